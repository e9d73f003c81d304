/** What must be true when the product locks an instance or takes a lock away (design 6). */
import type { Invariant } from './invariant.ts';

export interface LockCallFacts {
  readonly call: 'lock' | 'unlock';
  readonly instance: string;
  readonly isLocked: boolean;
  /** Of the lock that stands. */
  readonly reason: string | null;
  /** The lock that stands is one that the product has put there. */
  readonly isOurs: boolean;
  /** For how long it has been as it is. */
  readonly unchangedForMs: number;
  /** Of the host that Nova names: an incident is open and its plan stored. */
  readonly isPlanned: boolean;
}

/** From the last look to the call, with a slow database and a slow cloud between. */
const LOOK_TO_CALL_MS = 15_000;

const isForeign = ({ isLocked, isOurs, unchangedForMs }: LockCallFacts): boolean =>
  isLocked && !isOurs && unchangedForMs > LOOK_TO_CALL_MS;

export const LOCK_INVARIANTS: readonly Invariant<LockCallFacts>[] = [
  {
    name: 'foreign-lock-stays',
    rule: 'Only our own locks are undone, and none is put over that of somebody else (6).',
    holdsOutside: true,
    check: (facts) =>
      isForeign(facts)
        ? `${facts.call} of ${facts.instance}, which is locked by somebody else: ${facts.reason}`
        : undefined,
  },
  {
    name: 'only-planned-instances-are-locked',
    rule: 'Owners are kept off a dead host, and nothing else: after the plan, in its incident (6).',
    holdsOutside: true,
    check: ({ call, instance, isPlanned }) =>
      call === 'lock' && !isPlanned
        ? `${instance} was locked, and no planned recovery of its host is open`
        : undefined,
  },
];
