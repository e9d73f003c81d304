/**
 * How much is asked of the cloud at once, and whether the recoveries of several hosts share it.
 * Judged at each evacuate call that Nova carries out.
 */
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface PaceFacts {
  readonly host: HostName;
  /** Evacuations that are open with this one. */
  readonly open: number;
  /** As many as all replicas together may have open. */
  readonly bound: number;
  /** Calls for this host one after the other, with this one, while others waited. */
  readonly inARow: number;
  /** Failed hosts whose recoveries have waited meanwhile. */
  readonly waiting: readonly HostName[];
}

export const PACE_INVARIANTS: readonly Invariant<PaceFacts>[] = [
  {
    name: 'pace-is-bounded',
    rule: 'Evacuations that are open at once never exceed their bound (C2).',
    holdsOutside: true,
    check: ({ host, open, bound }) =>
      open <= bound ? undefined : `${open} open evacuations with that of ${host}, of ${bound}`,
  },
  {
    name: 'pace-is-shared',
    rule: 'Several failed hosts recover by turns: none waits for all of another (C6).',
    holdsOutside: true,
    // What holds a place gives it back to whoever is next: as many in a row are still by turns.
    check: ({ host, bound, inARow, waiting }) =>
      inARow <= bound + 1
        ? undefined
        : `${inARow} calls in a row for ${host} while ${waiting.join(', ')} waited`,
  },
];
