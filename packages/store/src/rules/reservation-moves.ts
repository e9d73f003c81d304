/** Legal moves of a reservation: the table of the port's file, and staying put for a new try. */
import type { ReservationState } from '@medevac/engine';
import { invariant } from '@medevac/kernel';

const MOVES: Readonly<Record<ReservationState, readonly ReservationState[]>> = {
  held: ['releasing', 'used'],
  releasing: ['releasing', 'given_back', 'used'],
  used: [],
  given_back: [],
};

/** While it is in one of them, nobody else gets the reserved host. */
export const OPEN_RESERVATION_STATES: readonly ReservationState[] = ['held', 'releasing'];

/** Said of a reservation whose incident has ended without a word about it. */
export const LEFT_BEHIND = 'its incident has ended';

export function assertLegalReservationMove(from: ReservationState, to: ReservationState): void {
  invariant(MOVES[from].includes(to), `a reservation cannot go from ${from} to ${to}`);
}
