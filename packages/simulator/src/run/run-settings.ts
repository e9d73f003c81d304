/** How the product is set up in seeded runs: shipped defaults, with the long waits shortened. */
import { DEFAULT_PACE_RULES } from '@medevac/core';
import { DEFAULT_RULES, DEFAULT_TIMING, type EngineSettings } from '@medevac/engine';

export const LEASE_MS = 5_000;
export const REPORT_MS = 10_000;
/** A host of which Nova has heard nothing for this long is silent. */
export const SILENCE_MS = REPORT_MS * 1.1;
/** Instances that fit on one host. */
export const ROOM = 100;

export const runSettings = (
  isIntervalKnown: boolean,
  storage: EngineSettings['storage'] = 'shared',
  openEvacuations: number = DEFAULT_PACE_RULES.openPerCloud,
): EngineSettings => ({
  ...DEFAULT_RULES,
  storage,
  // Owners in these runs say nothing about their instances.
  failures: { ...DEFAULT_RULES.failures, processAllInstances: true },
  reportIntervalMs: isIntervalKnown ? REPORT_MS : undefined,
  keepHistoryMs: 90 * 86_400_000,
  pace: { ...DEFAULT_PACE_RULES, openPerCloud: openEvacuations },
  timing: {
    ...DEFAULT_TIMING,
    contradictionMs: 150_000,
    heldMs: 1_200_000,
    instanceMs: 1_800_000,
    patienceMs: 300_000,
    returnMs: 120_000,
  },
});
