/** A reserved host serves one failed host at a time and is given back when it was not needed. */
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface ReservedCallFacts {
  /** The reserved host that an evacuation names. */
  readonly target: HostName;
  readonly failedHost: HostName;
  /** Failed hosts for which it is held, or that it has served. */
  readonly serves: readonly HostName[];
}

const RULE = 'design 7.5: a reserved host serves one failed host at a time, and is given back';

export const RESERVED_CALL_INVARIANTS: readonly Invariant<ReservedCallFacts>[] = [
  {
    name: 'reserved-host-is-held-before-it-is-used',
    rule: RULE,
    holdsOutside: true,
    check: ({ target, failedHost, serves }) =>
      serves.includes(failedHost)
        ? undefined
        : `evacuates ${failedHost} to ${target}, which serves ${serves.join(', ') || 'nobody'}`,
  },
];

export interface HeldFacts {
  readonly host: HostName;
  /** Failed hosts that hold it at this moment. */
  readonly holders: readonly HostName[];
}

export const HELD_INVARIANTS: readonly Invariant<HeldFacts>[] = [
  {
    name: 'reserved-host-serves-one',
    rule: RULE,
    holdsOutside: true,
    check: ({ host, holders }) =>
      holders.length > 1 ? `${host} is held for ${holders.join(' and ')} at once` : undefined,
  },
];
