/**
 * The states of an incident and the moves between them.
 *
 * | state | entered when | leaves to |
 * | --- | --- | --- |
 * | suspected | a report opened the incident | held, fencing, cancelled, partly_recovered, stuck |
 * | held | a guard or contradicting evidence holds recovery back | suspected, fencing, cancelled, partly_recovered, stuck |
 * | fencing | the verdict is failed and no guard holds | planning, fence_failed, held, partly_recovered, stuck |
 * | fence_failed | no device gave a confirmation | fencing, held, cancelled, partly_recovered, stuck |
 * | planning | the host is confirmed dead | evacuating, recovered, partly_recovered, held, refencing, stuck |
 * | evacuating | the plan is stored | waiting_capacity, recovered, partly_recovered, held, refencing, paused, stuck |
 * | waiting_capacity | all that is left waits for room | evacuating, recovered, partly_recovered, held, refencing, paused, stuck |
 * | refencing | a spent confirmation is renewed | planning, evacuating, held, fence_failed, stuck |
 * | paused | an operator paused it | evacuating, waiting_capacity, held, cancelled, stuck |
 * | stuck | nothing more can be done without a person | fencing, planning, evacuating, cancelled, partly_recovered |
 * | recovered | every protected instance runs elsewhere, or there was none | - |
 * | partly_recovered | every instance has its final answer, not all run | - |
 * | cancelled | the host lives, or an operator ended it | - |
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
  suspected: ['held', 'fencing', 'cancelled', 'partly_recovered', 'stuck'],
  held: ['suspected', 'fencing', 'cancelled', 'partly_recovered', 'stuck'],
  fencing: ['planning', 'fence_failed', 'held', 'partly_recovered', 'stuck'],
  fence_failed: ['fencing', 'held', 'cancelled', 'partly_recovered', 'stuck'],
  planning: ['evacuating', 'recovered', 'partly_recovered', 'held', 'refencing', 'stuck'],
  evacuating: [
    'waiting_capacity',
    'recovered',
    'partly_recovered',
    'held',
    'refencing',
    'paused',
    'stuck',
  ],
  waiting_capacity: [
    'evacuating',
    'recovered',
    'partly_recovered',
    'held',
    'refencing',
    'paused',
    'stuck',
  ],
  refencing: ['planning', 'evacuating', 'held', 'fence_failed', 'stuck'],
  paused: ['evacuating', 'waiting_capacity', 'held', 'cancelled', 'stuck'],
  stuck: ['fencing', 'planning', 'evacuating', 'cancelled', 'partly_recovered'],
  recovered: [],
  partly_recovered: [],
  cancelled: [],
};

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
  MOVES[from].includes(to);

/** Asserts that the table allows the move. */
export function assertLegalMove(from: IncidentState, to: IncidentState): void {
  invariant(isLegalMove(from, to), `an incident cannot go from ${from} to ${to}`);
}
