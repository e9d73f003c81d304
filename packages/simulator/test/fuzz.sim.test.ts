/**
 * Seeded runs as part of the tests: a hundred seeds without a violation, the same seed with the
 * same log, and seeds that have found something once.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFigures, fuzz, runSeed } from '../src/index.ts';

const SEEDS = 100;
/** Digests of whole logs: they change with the product or the world, and never by themselves. */
const DIGESTED = [1, 2, 3] as const;

/** Each broke an invariant once; what was mended because of it stands beside it. */
const FOUND: Readonly<Record<number, string>> = {
  513: 'an instance was reset while an evacuate call of ours, believed lost, had just landed',
  702: 'the same after no host had room for the instance',
};

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

  for (const [seed, story] of Object.entries(FOUND)) {
    it(`keep what seed ${seed} has taught: ${story}`, async () => {
      const result = await runSeed(Number(seed));
      assert.deepEqual(result.violations, []);
    });
  }
});
