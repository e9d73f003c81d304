/** When to try again: a pure rule, so that the time goes through the Clock and into the journal. */
import type { Random } from './random.ts';

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Each delay is this many times the one before. */
  readonly factor: number;
}

/**
 * Milliseconds to wait after failed attempt number `attempt` (1 is the first), or `undefined` when
 * there is no further attempt. Half of the delay is drawn at random, so that many waiters spread.
 * A pause that the other side asked for is kept even where it is longer than the policy's own.
 */
export function nextRetryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  random: Random,
  askedForMs = 0,
): number | undefined {
  if (attempt >= policy.maxAttempts) return undefined;
  const full = Math.min(policy.maxDelayMs, policy.firstDelayMs * policy.factor ** (attempt - 1));
  return Math.max(askedForMs, Math.round(full / 2 + (random.next() * full) / 2));
}
