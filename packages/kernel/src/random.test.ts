/** Chance: golden numbers, independent streams, identifiers drawn from it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isUuid, newUuid } from './ids.ts';
import { seededRandom, systemRandom } from './random.ts';

const draw = (seed: number, count: number, label?: string): readonly number[] => {
  const random = label === undefined ? seededRandom(seed) : seededRandom(seed).fork(label);
  return Array.from({ length: count }, () => Math.floor(random.next() * 1e9));
};

describe('seeded random', () => {
  it('gives the golden numbers on every machine and in every release', () => {
    assert.deepEqual([draw(0, 3), draw(42, 3), draw(42, 3, 'a'), draw(0xffffffff, 2)], GOLDEN);
  });

  it('forks by seed and label only, however much was drawn before', () => {
    const drawn = seededRandom(7);
    for (let times = 0; times < 10; times++) drawn.next();
    assert.equal(drawn.fork('x').next(), seededRandom(7).fork('x').next());
    assert.notEqual(seededRandom(7).fork('x').next(), seededRandom(7).fork('y').next());
    assert.notEqual(seededRandom(7).fork('x').next(), seededRandom(8).fork('x').next());
  });

  it('draws numbers in [0, 1), the system too', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const number = seededRandom(seed).next();
        return number >= 0 && number < 1;
      }),
    );
    const number = systemRandom.fork('any').next();
    assert.ok(number >= 0 && number < 1);
  });
});

describe('new UUID', () => {
  it('is a valid version 4 UUID of variant 1 for every seed, and differs between draws', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const [first, second] = [newUuid<string>(random), newUuid<string>(random)];
        return isUuid(first) && /^.{14}4.{4}[89ab]/.test(first) && first !== second;
      }),
    );
  });

  for (const text of ['', 'x', 'A'.repeat(36), '00000000-0000-4000-8000-00000000000g']) {
    it(`does not take ${JSON.stringify(text)} for a UUID`, () => assert.equal(isUuid(text), false));
  }
});

const GOLDEN = [
  [392125141, 850593185, 684420470],
  [128483301, 33533640, 75098044],
  [364161681, 769323651, 902237156],
  [919709953, 999645066],
];
