/** The rule of the pace over all samples. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decidePace, type PaceBounds, type PaceSample, PaceTrouble } from './decide-pace.ts';

const bounds: fc.Arbitrary<PaceBounds> = fc
  .record({ least: fc.integer({ min: 1, max: 50 }), more: fc.nat(500) })
  .map(({ least, more }) => ({ least, most: least + more }));
const counts = fc.record(
  Object.fromEntries(Object.values(PaceTrouble).map((kind) => [kind, fc.nat(100)])),
  { requiredKeys: [] },
) as fc.Arbitrary<PaceSample['troubles']>;

/** A sample whose limit is within the bounds. */
const situations = fc
  .record({
    bounds,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    inside: fc.nat(600),
    waiting: fc.nat(2_000),
    good: fc.nat(300),
    troubles: counts,
  })
  .map(({ bounds: given, share, ...sample }) => {
    const limit = given.least + Math.floor((given.most - given.least) * share);
    return { bounds: given, sample: { ...sample, limit } };
  });

const troubleOf = ({ troubles }: PaceSample): number =>
  Object.values(troubles).reduce((sum, one) => sum + one, 0);

describe('the pace, over all samples', () => {
  it('C2: is a whole number within its bounds', () => {
    fc.assert(
      fc.property(situations, ({ sample, bounds: given }) => {
        const { limit } = decidePace(sample, given);
        return Number.isInteger(limit) && limit >= given.least && limit <= given.most;
      }),
    );
  });

  it('never goes up with a tenth of trouble, and never down without any but for many waiting', () => {
    fc.assert(
      fc.property(situations, ({ sample, bounds: given }) => {
        const { limit } = decidePace(sample, given);
        const trouble = troubleOf(sample);
        if (trouble > 0 && trouble >= (trouble + sample.good) / 10) return limit <= sample.limit;
        return limit >= sample.limit || (sample.waiting > 250 && limit * 2 + 1 >= given.most);
      }),
    );
  });

  it('says why whenever it changes, and only then', () => {
    fc.assert(
      fc.property(situations, ({ sample, bounds: given }) => {
        const { limit, reason } = decidePace(sample, given);
        return (reason !== undefined) === (limit !== sample.limit);
      }),
    );
  });

  it('is at the least after few troubled decisions and at the most after some good ones', () => {
    fc.assert(
      fc.property(situations, ({ sample, bounds: given }) => {
        const decide = (limit: number, seen: Partial<PaceSample>): number =>
          decidePace({ ...sample, waiting: 1, inside: limit, limit, ...seen }, given).limit;
        let limit = given.most;
        for (let turn = 0; turn < 10; turn++) {
          limit = decide(limit, { good: 0, troubles: { failedCall: 1 } });
        }
        assert.equal(limit, given.least);
        for (let turn = 0; turn < 60; turn++) limit = decide(limit, { good: 5, troubles: {} });
        assert.equal(limit, given.most);
      }),
    );
  });
});
