/** The rule of the pace, branch by branch. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decidePace, type PaceSample } from './decide-pace.ts';

const BOUNDS = { least: 10, most: 200 };
const CALM: PaceSample = { limit: 100, inside: 100, waiting: 40, good: 20, troubles: {} };

describe('the pace', () => {
  it('C2: halves what is under way when a tenth of what was seen is trouble', () => {
    const troubles = { failedCall: 2, lateStart: 1 };
    const decision = decidePace({ ...CALM, inside: 60, troubles }, BOUNDS);
    assert.equal(decision.limit, 30, 'of what was used, not of what was allowed');
    assert.equal(decision.reason, 'of 23 seen: 2 failed calls, 1 late starts');
  });

  it('does not slow down for less than a tenth', () => {
    const { limit } = decidePace({ ...CALM, good: 100, troubles: { slowCall: 11 } }, BOUNDS);
    assert.ok(limit > CALM.limit);
    const more = decidePace({ ...CALM, good: 100, troubles: { slowCall: 12 } }, BOUNDS);
    assert.equal(more.limit, 50);
  });

  it('goes up step by step while somebody waits and all is well', () => {
    const decision = decidePace(CALM, BOUNDS);
    assert.deepEqual(decision, { limit: 109, reason: '20 went well and 40 wait' });
    assert.equal(decidePace({ ...CALM, limit: 195 }, BOUNDS).limit, 200);
  });

  it('stays as it is when nobody waits, or nothing was seen', () => {
    for (const one of [{ waiting: 0 }, { good: 0 }, { limit: 200 }]) {
      const sample = { ...CALM, ...one };
      const decision = decidePace(sample, BOUNDS);
      assert.deepEqual(decision, { limit: sample.limit, reason: undefined });
    }
  });

  it('goes on with the least whatever happens', () => {
    const sample = { ...CALM, limit: 10, inside: 3, good: 0, troubles: { failedCall: 9 } };
    assert.deepEqual(decidePace(sample, BOUNDS), { limit: 10, reason: undefined });
  });

  it('C2: is half of the most when very many wait', () => {
    const decision = decidePace({ ...CALM, limit: 200, waiting: 251 }, BOUNDS);
    assert.deepEqual(decision, { limit: 100, reason: '251 more wait' });
    assert.equal(decidePace({ ...CALM, limit: 100, waiting: 251 }, BOUNDS).limit, 100);
  });
});
