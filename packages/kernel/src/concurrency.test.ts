/** Gate, bounded iteration and the shared read, on simulated time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forEachBounded, Gate, sharedRead } from './concurrency.ts';
import { InvariantError } from './errors.ts';
import { ManualClock } from './manual-clock.ts';

describe('gate', () => {
  it('lets as many in as it has places, and the others in the order of their calls', async () => {
    const gate = new Gate(2);
    const entered: number[] = [];
    const leaves = await Promise.all([gate.enter(), gate.enter()]);
    assert.equal(gate.hasRoom, false);
    const waiting = [1, 2, 3].map((name) =>
      gate.enter().then((leave) => {
        entered.push(name);
        return leave;
      }),
    );
    await Promise.resolve();
    assert.deepEqual(entered, []);
    for (const leave of leaves) leave();
    await Promise.all(waiting.slice(0, 2));
    assert.deepEqual(entered, [1, 2]);
  });

  it('gives a place back once, however often it is asked to', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter();
    leave();
    leave();
    await gate.enter();
    assert.equal(gate.hasRoom, false);
  });

  it('forgets those who gave up waiting, and leaves no place behind', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter();
    const stop = new AbortController();
    const gaveUp = gate.enter(stop.signal);
    const stays = gate.enter();
    stop.abort(new Error('enough'));
    await assert.rejects(gaveUp, /enough/);
    await assert.rejects(gate.enter(stop.signal), /enough/);
    leave();
    (await stays)();
    assert.equal(gate.hasRoom, true);
  });

  it('gives the place back when the task fails', async () => {
    const gate = new Gate(1);
    await assert.rejects(
      gate.run(() => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.equal(gate.hasRoom, true);
  });
});

describe('forEachBounded', () => {
  it('runs every item once, at most so many at once', async () => {
    const clock = new ManualClock();
    const done: number[] = [];
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 20 }, (_, index) => index);
    const all = forEachBounded(items, 3, async (item) => {
      most = Math.max(most, ++running);
      await clock.sleep(10 + (item % 3));
      running--;
      done.push(item);
    });
    await clock.advance(1_000);
    await all;
    assert.equal(most, 3);
    assert.deepEqual(
      done.toSorted((a, b) => a - b),
      items,
    );
  });

  it('starts nothing after a failure, and throws it when those under way have ended', async () => {
    const clock = new ManualClock();
    const ended: number[] = [];
    const started: number[] = [];
    const all = forEachBounded([0, 1, 2, 3], 2, async (item, signal) => {
      started.push(item);
      if (item === 0) throw new Error('first');
      await clock.sleep(50);
      ended.push(signal.aborted ? -item : item);
    });
    const rejected = assert.rejects(all, /first/);
    await clock.advance(100);
    await rejected;
    assert.deepEqual([started, ended], [[0, 1], [-1]]);
  });

  it('throws the reason of its signal after those under way have ended', async () => {
    const stop = new AbortController();
    const started: number[] = [];
    const all = forEachBounded(
      [0, 1, 2],
      1,
      async (item) => {
        started.push(item);
        stop.abort(new Error('enough'));
      },
      stop.signal,
    );
    await assert.rejects(all, /enough/);
    assert.deepEqual(started, [0]);
  });

  it('does nothing for no items, and refuses a bound that would leave all undone', async () => {
    await forEachBounded([], 0, () => Promise.reject(new Error('never')));
    await assert.rejects(
      forEachBounded([1], 0, async () => {}),
      InvariantError,
    );
  });
});

describe('shared read', () => {
  it('never gives a late comer a read that began before it asked', async () => {
    const clock = new ManualClock();
    const begun: number[] = [];
    const read = sharedRead(async () => {
      const atMs = clock.monotonicMs();
      begun.push(atMs);
      await clock.sleep(100);
      return atMs;
    });
    const answers: { readonly askedMs: number; readonly begunMs: number }[] = [];
    const ask = (afterMs: number): Promise<void> =>
      clock.sleep(afterMs).then(async () => {
        const askedMs = clock.monotonicMs();
        answers.push({ askedMs, begunMs: await read() });
      });
    const all = Promise.all([0, 10, 50, 99, 100, 101, 150, 199, 200, 201, 450].map(ask));
    await clock.advance(2_000);
    await all;
    for (const { askedMs, begunMs } of answers) assert.ok(begunMs >= askedMs);
    assert.equal(answers.length, 11);
    assert.ok(begun.length < answers.length, 'callers were joined');
  });

  it('gives the late comer an answer even when the read under way fails', async () => {
    const clock = new ManualClock();
    let reads = 0;
    const read = sharedRead(async () => {
      const number = ++reads;
      await clock.sleep(10);
      if (number === 1) throw new Error('down');
      return number;
    });
    const first = assert.rejects(read(), /down/);
    const late = read();
    await clock.advance(100);
    await first;
    assert.equal(await late, 2);
  });
});
