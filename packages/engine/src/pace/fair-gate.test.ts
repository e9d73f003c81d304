/** Who is let in, and in which order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairGate } from './fair-gate.ts';

/** Asks for a place for each name (`queue` and rank) and answers in which order they came in. */
async function enterAll(gate: FairGate, names: readonly string[]) {
  const order: string[] = [];
  const leave: (() => void)[] = [];
  for (const name of names) {
    const place = { queue: name.slice(0, 1), rank: Number(name.slice(1)) };
    void gate.enter(place).then((left) => {
      order.push(name);
      leave.push(left);
    });
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await settle();
  return { order, settle, leaveOne: () => leave.shift()?.() };
}

test('lets those that wait in by their rank, whenever they came', async () => {
  const gate = new FairGate(1);
  const { order, settle, leaveOne } = await enterAll(gate, ['a0', 'a7', 'a3', 'a9', 'a1']);
  assert.deepEqual(order, ['a0'], 'one at a time');
  for (let turn = 0; turn < 4; turn++) {
    leaveOne();
    await settle();
  }
  assert.deepEqual(order, ['a0', 'a1', 'a3', 'a7', 'a9']);
});

test('serves several queues by turns, so that a small one does not wait for a large one', async () => {
  const gate = new FairGate(1);
  const names = ['a0', 'a1', 'a2', 'a3', 'b0', 'b1'];
  const { order, settle, leaveOne } = await enterAll(gate, names);
  for (let turn = 0; turn < 5; turn++) {
    leaveOne();
    await settle();
  }
  assert.deepEqual(order, ['a0', 'a1', 'b0', 'a2', 'b1', 'a3']);
});

test('never lets more in than its limit, and takes a new limit at once', async () => {
  const gate = new FairGate(2);
  const { order, settle } = await enterAll(gate, ['a0', 'a1', 'a2', 'a3', 'a4']);
  assert.equal(order.length, 2);
  gate.limit = 4;
  await settle();
  assert.equal(order.length, 4);
  assert.equal(gate.waiting, 1);
  assert.equal(gate.hasRoomFor({ queue: 'a', rank: 9 }), false);
});

test('a smaller limit sends nobody away and lets nobody in until there is room', async () => {
  const gate = new FairGate(3);
  const { order, settle, leaveOne } = await enterAll(gate, ['a0', 'a1', 'a2', 'a3']);
  gate.limit = 1;
  leaveOne();
  leaveOne();
  await settle();
  assert.equal(order.length, 3, 'one is still inside');
  leaveOne();
  await settle();
  assert.deepEqual(order, ['a0', 'a1', 'a2', 'a3']);
});

test('a place is given back once, however often it is left', async () => {
  const gate = new FairGate(1);
  const leave = await gate.enter({ queue: 'a', rank: 0 });
  const second = gate.enter({ queue: 'a', rank: 1 });
  leave();
  leave();
  await second;
  assert.equal(gate.hasRoomFor({ queue: 'a', rank: 9 }), false);
});

test('who gives up waiting is passed over', async () => {
  const gate = new FairGate(1);
  const leave = await gate.enter({ queue: 'a', rank: 0 });
  const stop = new AbortController();
  const given = gate.enter({ queue: 'a', rank: 1 }, stop.signal);
  const patient = gate.enter({ queue: 'a', rank: 2 });
  stop.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
  leave();
  await patient;
});

test('C6: the queue whose next one is most urgent comes first, equals by turns', async () => {
  const gate = new FairGate(1);
  const order: string[] = [];
  const leave: (() => void)[] = [];
  const places = [
    ['a', 0, 9],
    ['a', 1, 5],
    ['a', 2, 5],
    ['b', 0, 9],
    ['b', 1, 9],
    ['b', 2, 5],
  ] as const;
  for (const [queue, rank, urgency] of places) {
    void gate.enter({ queue, rank, urgency }).then((left) => {
      order.push(`${queue}${rank}`);
      leave.push(left);
    });
  }
  for (let turn = 0; turn < places.length; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    leave.shift()?.();
  }
  assert.deepEqual(order, ['a0', 'b0', 'b1', 'a1', 'b2', 'a2']);
});

test('who may not come in keeps nobody of another queue out, and comes in once it may', async () => {
  const inside = new Map<string, number>();
  const count = (queue: string, by: number): void => {
    inside.set(queue, (inside.get(queue) ?? 0) + by);
  };
  const gate = new FairGate(4, {
    admits: ({ queue }) => (inside.get(queue) ?? 0) < 1,
    entered: ({ queue }) => count(queue, 1),
    left: ({ queue }) => count(queue, -1),
  });
  const { order, settle, leaveOne } = await enterAll(gate, ['a0', 'a1', 'a2', 'b0', 'b1']);
  assert.deepEqual(order, ['a0', 'b0']);
  assert.equal(gate.waiting, 3);
  leaveOne();
  await settle();
  assert.deepEqual(order, ['a0', 'b0', 'a1']);
});

test('what is under way already is counted beyond the bound', async () => {
  const gate = new FairGate(1);
  const leave = [gate.join({ queue: 'a', rank: 0 }), gate.join({ queue: 'a', rank: 1 })];
  let isIn = false;
  void gate.enter({ queue: 'a', rank: 2 }).then(() => {
    isIn = true;
  });
  leave[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isIn, false);
  leave[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isIn, true);
});
