/** In which order the instances of one failed host are asked for (design 5.7), at each call. */
import type { Invariant } from './invariant.ts';

export interface PassedOver {
  readonly name: string;
  readonly priority: number;
  /** Calls for less important ones while it could go, with this one. */
  readonly times: number;
}

export interface OrderCallFacts {
  readonly name: string;
  readonly priority: number;
  /** More important ones of the same incident that could go, and wait. */
  readonly passedOver: readonly PassedOver[];
  /** Calls that may be on their way at once: so many may arrive in any order. */
  readonly onTheirWay: number;
  /** Those that it comes after, without their final answer. */
  readonly unanswered: readonly string[];
  readonly incidentForMs: number;
  /** The longest that anybody waits for others. */
  readonly turnMs: number;
}

export const ORDER_INVARIANTS: readonly Invariant<OrderCallFacts>[] = [
  {
    name: 'important-ones-go-first',
    rule: 'No call goes out for an instance while a more important one that could go waits (5.7).',
    holdsOutside: true,
    check: ({ name, priority, passedOver, onTheirWay }) => {
      const one = passedOver.find(({ times }) => times > onTheirWay);
      if (one === undefined) return undefined;
      const late = `${one.name} of priority ${one.priority} waits`;
      return `${name} of priority ${priority} goes while ${late}, the ${one.times}th before it`;
    },
  },
  {
    name: 'dependencies-are-kept',
    rule: 'An instance goes after those that its owner names, within a bounded wait (5.7).',
    holdsOutside: true,
    check: ({ name, unanswered, incidentForMs, turnMs }) =>
      unanswered.length > 0 && incidentForMs < turnMs
        ? `${name} goes after ${incidentForMs} ms, before ${unanswered.join(', ')} was answered`
        : undefined,
  },
];
