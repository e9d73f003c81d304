/** What must be true when the product switches an instance or a host. */
import { DEFAULT_FAILURE_POLICY } from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface SwitchFacts {
  readonly action: string;
  readonly instance: string;
  /** The product asks for it. */
  readonly isOurs: boolean;
  /** Where its guests execute at this moment. */
  readonly runsOn: readonly HostName[];
  /** How long ago its owner has stopped it, and nobody switched it since. */
  readonly stoppedForMs: number | undefined;
  /** Times that the product has brought it back within the window. */
  readonly triesBefore: number;
}

/** From the last look to the call, with a slow database and a slow cloud between. */
const LOOK_TO_CALL_MS = 15_000;
const BRINGS_BACK: readonly string[] = ['start', 'reboot'];

const ours =
  (check: (facts: SwitchFacts) => string | undefined) =>
  (facts: SwitchFacts): string | undefined =>
    facts.isOurs ? check(facts) : undefined;

export const SWITCH_INVARIANTS: readonly Invariant<SwitchFacts>[] = [
  {
    name: 'running-guest-is-not-started',
    rule: 'An instance is never started while its guest runs.',
    holdsOutside: true,
    check: ours(({ action, instance, runsOn }) =>
      action === 'start' && runsOn.length > 0
        ? `${instance} was started while it runs on ${runsOn.join(' and ')}`
        : undefined,
    ),
  },
  {
    name: 'owners-stop-is-respected',
    rule: 'An instance that its owner has stopped is not brought back.',
    holdsOutside: true,
    check: ours(({ action, instance, stoppedForMs }) =>
      BRINGS_BACK.includes(action) && (stoppedForMs ?? 0) > LOOK_TO_CALL_MS
        ? `${instance} was brought back by ${action} ${stoppedForMs} ms after its owner stopped it`
        : undefined,
    ),
  },
  {
    name: 'restarts-are-limited',
    rule: 'An instance that fails again and again is given up at the limit.',
    holdsOutside: true,
    check: ours(({ action, instance, triesBefore }) =>
      BRINGS_BACK.includes(action) && triesBefore >= DEFAULT_FAILURE_POLICY.restartLimit
        ? `${instance} was brought back by ${action} after ${triesBefore} tries`
        : undefined,
    ),
  },
];

export const MAINTENANCE_INVARIANTS: readonly Invariant<{ readonly lease: string }>[] = [
  {
    name: 'only-host-failures-set-maintenance',
    rule: 'A report of a process or an instance never puts its host on maintenance (D12, D13).',
    holdsOutside: true,
    check: ({ lease }) =>
      lease.startsWith('run/host-failure/') ? undefined : `set under the lease ${lease}`,
  },
];
