/** What must be true of hooks that hold, and of every run of a hook (design 6 and 7). */
import type { Invariant } from './invariant.ts';

/** At a call that changes the cloud. */
export interface HookCallFacts {
  readonly call: string;
  readonly host: string;
  /** Hooks that hold at a point before the call and have not succeeded in the incident. */
  readonly missing: readonly string[];
}

/** At the begin of a run. */
export interface HookRunFacts {
  readonly hook: string;
  readonly host: string;
  readonly holdsLease: boolean;
}

export const HOOK_CALL_INVARIANTS: readonly Invariant<HookCallFacts>[] = [
  {
    name: 'hook-that-holds-is-not-passed',
    rule: 'The recovery does not pass a point before the hooks that hold there have succeeded (6).',
    holdsOutside: true,
    check: ({ call, host, missing }) =>
      missing.length === 0 ? undefined : `${call} of ${host} before ${missing.join(', ')}`,
  },
];

export const HOOK_RUN_INVARIANTS: readonly Invariant<HookRunFacts>[] = [
  {
    name: 'hook-under-the-lease',
    rule: 'Every outside effect is made by the holder of the lease (4).',
    holdsOutside: true,
    check: ({ holdsLease, hook, host }) =>
      holdsLease ? undefined : `hook ${hook} was run for ${host} without the lease`,
  },
];
