/** Settings about how much recoveries ask of the cloud at once, and the rules that they make. */
import { DEFAULT_PACE_RULES, type PaceRules } from '@medevac/core';
import { wholeNumber } from './read-text.ts';
import type { ServeSettings, Setting } from './settings-table.ts';

const LARGEST = 10_000;

const count = <const Name extends string>(name: Name, help: string, fallback: number) => ({
  name,
  value: 'NUMBER',
  help,
  read: wholeNumber(1, LARGEST),
  fallback,
  shownDefault: String(fallback),
});

export const PACE_SETTINGS = {
  openEvacuations: count(
    'open-evacuations',
    'evacuations that one replica has under way at once, of all failed hosts together; fewer ' +
      'while Nova answers slowly or with errors',
    DEFAULT_PACE_RULES.openPerCloud,
  ),
  openEvacuationsPerSegment: count(
    'open-evacuations-per-segment',
    'of them in one segment; fewer while evacuations begin late or rebuilds break',
    DEFAULT_PACE_RULES.openPerSegment,
  ),
  openEvacuationsPerDestination: count(
    'open-evacuations-per-destination',
    'of them to one host; by default as many as one nova-compute works on at once',
    DEFAULT_PACE_RULES.openPerDestination,
  ),
  evacuateCalls: count(
    'evacuate-calls',
    'evacuate calls that one replica has on their way to Nova at once',
    DEFAULT_PACE_RULES.calls,
  ),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export const paceRules = (settings: ServeSettings): PaceRules => ({
  openPerCloud: settings.openEvacuations,
  openPerSegment: settings.openEvacuationsPerSegment,
  openPerDestination: settings.openEvacuationsPerDestination,
  calls: settings.evacuateCalls,
});
