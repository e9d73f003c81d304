/** Legal moves of a return: the table of the port's file, and staying put to change the message. */
import type { BeginningState, ReturnState } from '@medevac/engine';
import { invariant } from '@medevac/kernel';

const MOVES: Readonly<Record<ReturnState, readonly ReturnState[]>> = {
  waiting: ['waiting', 'clearing', 'cancelled'],
  clearing: ['clearing', 'waiting', 'cleared', 'cancelled'],
  cleared: ['cleared', 'enabling', 'cancelled'],
  enabling: ['enabling', 'cleared', 'watching', 'cancelled'],
  watching: ['watching', 'moving_back', 'returned', 'cancelled'],
  moving_back: ['moving_back', 'returned', 'cancelled'],
  returned: [],
  cancelled: [],
};

export const OPEN_RETURN_STATES: readonly ReturnState[] = [
  'waiting',
  'clearing',
  'cleared',
  'enabling',
  'watching',
  'moving_back',
];

/** What a beginning makes of the state that it begins from. */
export const BEGINS: Readonly<Record<BeginningState, ReturnState>> = {
  waiting: 'clearing',
  cleared: 'enabling',
};

/** Said of an older return when the host has been recovered once more. */
export const SUPERSEDED = 'a later recovery of the host opened a return of its own';

export function assertLegalReturnMove(from: ReturnState, to: ReturnState): void {
  invariant(MOVES[from].includes(to), `a return cannot go from ${from} to ${to}`);
}
