/**
 * The states of an incident and the moves between them. From every open state there are three more
 * moves: to `cancelled`, to `partly_recovered` and to `stuck`, because a person may end it, its
 * time may be up, and it may need a person at any point.
 *
 * | state | entered when | leaves to |
 * | --- | --- | --- |
 * | suspected | a report opened the incident | held, fencing |
 * | held | a guard or a contradiction holds recovery back | suspected, fencing |
 * | fencing | the verdict is failed and no guard holds | planning, fence_failed, held, paused |
 * | fence_failed | nothing gave a confirmation | fencing, refencing, held, paused |
 * | planning | the host is confirmed dead | evacuating, recovered, held, refencing, paused |
 * | evacuating | the plan is stored | waiting_capacity, recovered, held, refencing, paused |
 * | waiting_capacity | the rest waits for room | evacuating, recovered, held, refencing, paused |
 * | refencing | a spent one is renewed | planning, evacuating, held, fence_failed, paused |
 * | paused | an operator paused it after the verdict | suspected, held, fencing |
 * | stuck | nothing more can be done without a person | fencing, planning, evacuating |
 * | recovered | every protected instance runs elsewhere, or there was none | - |
 * | partly_recovered | every instance has its final answer, not all run | - |
 * | cancelled | the host lives, or an operator ended it | - |
 *
 * A pause that is asked for before the verdict is a guard of `held`. From `paused` it goes on like
 * from `held`: by a new verdict and a new confirmation, because nobody knows what has become of the
 * host meanwhile.
 */
import { invariant } from '@medevac/kernel';

export const IncidentState = {
  suspected: 'suspected',
  held: 'held',
  fencing: 'fencing',
  fenceFailed: 'fence_failed',
  planning: 'planning',
  evacuating: 'evacuating',
  waitingCapacity: 'waiting_capacity',
  refencing: 'refencing',
  paused: 'paused',
  stuck: 'stuck',
  recovered: 'recovered',
  partlyRecovered: 'partly_recovered',
  cancelled: 'cancelled',
} as const;
export type IncidentState = (typeof IncidentState)[keyof typeof IncidentState];

const MOVES: Readonly<Record<IncidentState, readonly IncidentState[]>> = {
  suspected: ['held', 'fencing'],
  held: ['suspected', 'fencing'],
  fencing: ['planning', 'fence_failed', 'held', 'paused'],
  fence_failed: ['fencing', 'refencing', 'held', 'paused'],
  planning: ['evacuating', 'recovered', 'held', 'refencing', 'paused'],
  evacuating: ['waiting_capacity', 'recovered', 'held', 'refencing', 'paused'],
  waiting_capacity: ['evacuating', 'recovered', 'held', 'refencing', 'paused'],
  refencing: ['planning', 'evacuating', 'held', 'fence_failed', 'paused'],
  paused: ['suspected', 'held', 'fencing'],
  stuck: ['fencing', 'planning', 'evacuating'],
  recovered: [],
  partly_recovered: [],
  cancelled: [],
};

/** Where every open state may go. */
const FROM_ANY_OPEN: readonly IncidentState[] = [
  IncidentState.cancelled,
  IncidentState.partlyRecovered,
  IncidentState.stuck,
];

/** States in which nothing more happens. */
export const FINAL_STATES: readonly IncidentState[] = [
  IncidentState.recovered,
  IncidentState.partlyRecovered,
  IncidentState.cancelled,
];

/** States in which v1 edits of the segment and its hosts are refused. */
export const WORKING_STATES: readonly IncidentState[] = [
  IncidentState.fencing,
  IncidentState.planning,
  IncidentState.evacuating,
  IncidentState.refencing,
];

export const isFinal = (state: IncidentState): boolean => FINAL_STATES.includes(state);

export const isLegalMove = (from: IncidentState, to: IncidentState): boolean =>
  MOVES[from].includes(to) || (from !== to && !isFinal(from) && FROM_ANY_OPEN.includes(to));

/** Asserts that the table allows the move. */
export function assertLegalMove(from: IncidentState, to: IncidentState): void {
  invariant(isLegalMove(from, to), `an incident cannot go from ${from} to ${to}`);
}
