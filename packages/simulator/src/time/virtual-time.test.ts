/** Virtual time: order, limits, giving up, and everything at once before the next instant. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualTime } from './virtual-time.ts';

describe('virtual time', () => {
  it('wakes sleepers by their due times, and equal ones in the order of their calls', async () => {
    const time = new VirtualTime();
    const woken: string[] = [];
    const sleep = (ms: number, name: string) =>
      time.sleep(ms).then(() => woken.push(`${name}@${time.monotonicMs()}`));
    for (const [ms, name] of [
      [30, 'c'],
      [10, 'a'],
      [30, 'd'],
      [20, 'b'],
    ] as const) {
      void sleep(ms, name);
    }
    await time.advance(100);
    assert.deepEqual(woken, ['a@10', 'b@20', 'c@30', 'd@30']);
    assert.equal(time.monotonicMs(), 100);
  });

  it('lets a long chain of reactions end before the next instant', async () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    void time.sleep(10).then(async () => {
      for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
      seen.push(time.monotonicMs());
    });
    void time.sleep(11).then(() => seen.push(-1));
    await time.advance(20);
    assert.deepEqual(seen, [10, -1]);
  });

  it('stops when it is told to, and says whether it was', async () => {
    const time = new VirtualTime();
    let ticks = 0;
    const stop = time.every(5, () => {
      ticks += 1;
    });
    assert.equal(await time.runUntil(() => ticks === 3, 1_000), true);
    assert.equal(time.monotonicMs(), 15);
    stop();
    assert.equal(await time.runUntil(() => ticks === 4, 1_000), false);
    assert.equal(time.monotonicMs(), 1_015);
  });

  it('rejects with the reason of the signal, and never wakes that sleeper', async () => {
    const time = new VirtualTime();
    const stop = new AbortController();
    const asleep = time.sleep(10, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(asleep, /enough/);
    await assert.rejects(time.sleep(10, stop.signal), /enough/);
    await time.advance(20);
    assert.equal(time.monotonicMs(), 20);
  });
});
