/** The rule of retries over all policies, attempts and draws. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from './random.ts';
import { nextRetryDelayMs, type RetryPolicy } from './retry.ts';

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 1_000 }),
  firstDelayMs: fc.integer({ min: 1, max: 60_000 }),
  maxDelayMs: fc.integer({ min: 1, max: 3_600_000 }),
  factor: fc.integer({ min: 1, max: 10 }),
});
const attempts = fc.integer({ min: 1, max: 2_000 });

describe('next retry delay', () => {
  it('exists exactly while attempts are left', () => {
    fc.assert(
      fc.property(policies, attempts, fc.integer(), (policy, attempt, seed) => {
        const delayMs = nextRetryDelayMs(policy, attempt, seededRandom(seed));
        return (delayMs === undefined) === attempt >= policy.maxAttempts;
      }),
    );
  });

  it('is between half and all of the policy, whole, and never above its greatest', () => {
    fc.assert(
      fc.property(policies, attempts, fc.integer(), (policy, attempt, seed) => {
        const delayMs = nextRetryDelayMs(policy, attempt, seededRandom(seed));
        if (delayMs === undefined) return true;
        const fullMs = Math.min(
          policy.maxDelayMs,
          policy.firstDelayMs * policy.factor ** (attempt - 1),
        );
        const isWithin = delayMs >= Math.floor(fullMs / 2) && delayMs <= Math.ceil(fullMs);
        return Number.isSafeInteger(delayMs) && isWithin;
      }),
    );
  });

  it('keeps a pause that the other side asked for, even beyond its own greatest', () => {
    fc.assert(
      fc.property(policies, fc.nat(10_000_000), fc.integer(), (policy, askedMs, seed) => {
        const delayMs = nextRetryDelayMs(policy, 1, seededRandom(seed), askedMs);
        return delayMs === undefined || delayMs >= askedMs;
      }),
    );
  });

  it('doubles with a factor of 2 until its greatest', () => {
    const policy = { maxAttempts: 6, firstDelayMs: 100, maxDelayMs: 500, factor: 2 };
    const highest = { next: () => 1 - Number.EPSILON, fork: () => highest };
    const delays = [1, 2, 3, 4, 5, 6].map((one) => nextRetryDelayMs(policy, one, highest));
    assert.deepEqual(delays, [100, 200, 400, 500, 500, undefined]);
  });
});
