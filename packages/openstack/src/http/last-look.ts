/**
 * How long a request that changes something may be held up on its way out. Its caller has just
 * looked (the confirmation is valid, the lease is renewed, the instance runs nowhere), and what it
 * saw grows old while a token is fetched or a connection is awaited.
 */
import type { Clock } from '@medevac/kernel';

/** Longer than any healthy Keystone takes for a token, shorter than a host takes to come back. */
export const LAST_LOOK_MS = 2_000;

/** The request that is too late for its caller's last look. Not one byte of it was sent. */
export class LookTooOld extends Error {}

export interface LastLook {
  /** Nothing is put on a connection from then on, by the monotonic clock. */
  readonly endsAtMonotonicMs: number;
}

/** The caller has looked just now. */
export const lookedNow = (clock: Clock): LastLook => ({
  endsAtMonotonicMs: clock.monotonicMs() + LAST_LOOK_MS,
});
