/** Legal moves of a drain: the table of the port's file, and staying put to change the message. */
import type { DrainInstanceStatus, DrainState } from '@medevac/engine';
import { type IncidentId, invariant } from '@medevac/kernel';

const MOVES: Readonly<Record<DrainState, readonly DrainState[]>> = {
  draining: ['draining', 'cancelling', 'drained', 'incomplete', 'host_failed'],
  cancelling: ['cancelling', 'cancelled', 'host_failed'],
  drained: ['drained', 'undraining', 'host_failed'],
  undraining: ['undraining', 'drained', 'undrained', 'host_failed'],
  undrained: [],
  incomplete: [],
  cancelled: [],
  host_failed: [],
};

export const OPEN_DRAIN_STATES: readonly DrainState[] = [
  'draining',
  'cancelling',
  'drained',
  'undraining',
];

/** Of instances, before their answer. */
export const UNANSWERED: readonly DrainInstanceStatus[] = ['pending', 'moving'];

/** States of a return in which its host is not back in service yet. */
export const EARLY_RETURN_STATES = ['waiting', 'clearing', 'cleared', 'enabling'] as const;

export const isDrainOpen = (state: DrainState): boolean => OPEN_DRAIN_STATES.includes(state);

export function assertLegalDrainMove(from: DrainState, to: DrainState): void {
  invariant(MOVES[from].includes(to), `a drain cannot go from ${from} to ${to}`);
}

export const endedByFailure = (incident: IncidentId): string =>
  `ended: the host failed (incident ${incident})`;

export const leftToIncident = (incident: IncidentId): string =>
  `the host failed: incident ${incident} decides about it`;
