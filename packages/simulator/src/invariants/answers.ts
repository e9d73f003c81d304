/** What must be true at the moment at which an incident is given its final answer. */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface AnswerFacts {
  readonly host: HostName;
  readonly state: string;
  /** Instances that Nova still places on the host and that it was to bring back. */
  readonly left: readonly InstanceUuid[];
}

export const ANSWER_INVARIANTS: readonly Invariant<AnswerFacts>[] = [
  {
    name: 'recovered-means-recovered',
    rule: 'An incident ends as recovered only when no protected instance is left on its host.',
    holdsOutside: true,
    check: ({ host, state, left }) =>
      state !== 'recovered' || left.length === 0
        ? undefined
        : `the incident of ${host} ended as recovered and left ${left.join(', ')} there`,
  },
];
