/**
 * Seeded runs as part of the tests: a hundred seeds without a violation, the same seed with the
 * same log, and seeds that have found something once.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFigures, fuzz, runPlan, runSeed } from '../src/index.ts';
import { FOUND_PLANS } from './found-plans.ts';

const SEEDS = 100;
/** Digests of whole logs: they change with the product or the world, and never by themselves. */
const DIGESTED = [1, 2, 3] as const;

describe('seeded runs', () => {
  it(`keep every invariant in ${SEEDS} seeds`, async (test) => {
    const figures = await fuzz(SEEDS, 1);
    test.diagnostic(describeFigures(figures));
    assert.deepEqual(figures.failures.map((one) => one.text).join('\n'), '');
    assert.equal(figures.seeds, SEEDS);
    assert.ok(figures.recoveredHosts > SEEDS, `${figures.recoveredHosts} hosts recovered`);
    assert.ok(figures.outsideGuarantee < SEEDS / 4, `${figures.outsideGuarantee} are outside`);
  });

  for (const seed of DIGESTED) {
    it(`give the same log for seed ${seed} again, byte for byte`, async () => {
      const [first, second] = [await runSeed(seed), await runSeed(seed)];
      assert.deepEqual(second.log, first.log);
      assert.equal(second.digest, first.digest);
      assert.ok(first.log.length > 20, 'the log tells something');
    });
  }

  for (const { leavesStuck = false, plan, story } of FOUND_PLANS) {
    it(`do not break again because ${story} (seed ${plan.seed})`, async () => {
      const result = await runPlan(plan);
      assert.deepEqual(result.violations, []);
      assert.equal(result.recoveredHosts > 0, !leavesStuck, 'there was something to recover');
    });
  }
});
