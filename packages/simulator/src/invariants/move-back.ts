/** What must be true when the product moves an instance to a host that it names. */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface MoveBackFacts {
  readonly instance: InstanceUuid;
  readonly to: HostName;
  /** A move of it that has ended and is newer than its last evacuation; `undefined`: none. */
  readonly movedBy: string | undefined;
}

export const MOVE_BACK_INVARIANTS: readonly Invariant<MoveBackFacts>[] = [
  {
    name: 'moved-on-instance-stays',
    rule: 'Only what is where the recovery put it goes back to its repaired host (F2).',
    holdsOutside: true,
    check: ({ instance, movedBy, to }) =>
      movedBy === undefined
        ? undefined
        : `${instance} was moved back to ${to}, and ${movedBy} had moved it since`,
  },
];
