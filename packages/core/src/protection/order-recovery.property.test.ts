/** The order of a recovery: examples, and what holds for every set of instances. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type OrderFacts, orderRecovery } from './order-recovery.ts';

const instance = (uuid: string, change: Partial<OrderFacts> = {}): OrderFacts => ({
  uuid,
  name: `name-of-${uuid}`,
  projectId: 'p',
  priority: 5,
  isAsked: false,
  after: [],
  groups: [],
  createdAt: '2026-01-01T00:00:00Z',
  ...change,
});

const uuids = (instances: readonly OrderFacts[]): readonly string[] =>
  orderRecovery(instances).map((one) => one.facts.uuid);

describe('order of a recovery', () => {
  it('begins with the highest priority, then the asked, then the oldest', () => {
    const order = uuids([
      instance('young', { createdAt: '2026-02-01T00:00:00Z' }),
      instance('old', { createdAt: '2026-01-01T00:00:00Z' }),
      instance('asked', { isAsked: true, createdAt: '2026-03-01T00:00:00Z' }),
      instance('high', { priority: 9 }),
      instance('low', { priority: 1, isAsked: true }),
    ]);
    assert.deepEqual(order, ['high', 'asked', 'old', 'young', 'low']);
  });

  it('puts an instance behind those that it waits for, which inherit its priority', () => {
    const order = orderRecovery([
      instance('web', { priority: 9, after: ['name-of-database'] }),
      instance('other', { priority: 7 }),
      instance('database', { priority: 2 }),
    ]);
    assert.deepEqual(
      order.map((one) => [one.facts.uuid, one.waitsFor]),
      [
        ['database', []],
        ['web', ['database']],
        ['other', []],
      ],
    );
  });

  it('takes names of the same project only, and forgets instances that are not concerned', () => {
    const [first] = orderRecovery([
      instance('web', { priority: 9, after: ['name-of-database', 'elsewhere'] }),
      instance('database', { projectId: 'another' }),
    ]);
    assert.deepEqual([first?.facts.uuid, first?.waitsFor, first?.notes], ['web', [], []]);
  });

  it('breaks a circle, and says so', () => {
    const order = orderRecovery([
      instance('a', { after: ['b'] }),
      instance('b', { after: ['a'] }),
      instance('c', { after: ['c'] }),
    ]);
    assert.equal(order.length, 3);
    assert.deepEqual(
      order.flatMap((one) => one.notes),
      ['it cannot wait for a, which waits for it', 'it cannot wait for c, which waits for it'],
    );
  });

  it('keeps the members of a group together', () => {
    const order = uuids([
      instance('1', { groups: ['g'] }),
      instance('2'),
      instance('3', { groups: ['g'] }),
      instance('4'),
    ]);
    assert.deepEqual(order, ['1', '3', '2', '4']);
  });

  const some = fc.uniqueArray(fc.nat(30), { maxLength: 12 }).chain((numbers) =>
    fc.tuple(
      ...numbers.map((number) =>
        fc.record({
          uuid: fc.constant(`vm-${number}`),
          name: fc.constant(`n${number % 5}`),
          projectId: fc.constantFrom('p', 'q'),
          priority: fc.nat(10),
          isAsked: fc.boolean(),
          after: fc.array(
            fc.oneof(
              fc.nat(30).map((other): string => `vm-${other}`),
              fc.nat(5).map((other) => `n${other}`),
            ),
            { maxLength: 3 },
          ),
          groups: fc.array(fc.constantFrom('g', 'h'), { maxLength: 1 }),
          createdAt: fc.constantFrom('2026-01-01', '2026-02-01'),
        }),
      ),
    ),
  );

  it('has every instance once, and none before one that it waits for', () => {
    fc.assert(
      fc.property(some, (instances) => {
        const order = orderRecovery(instances);
        const places = new Map<string, number>(order.map((one, place) => [one.facts.uuid, place]));
        assert.equal(places.size, instances.length);
        for (const [place, one] of order.entries()) {
          for (const first of one.waitsFor) assert.ok((places.get(first) ?? 99) < place);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('puts nobody behind a less important instance that nobody needs', () => {
    fc.assert(
      fc.property(some, (instances) => {
        const order = orderRecovery(instances);
        const needed = new Set(order.flatMap((one) => one.waitsFor));
        const free = order.filter((one) => !needed.has(one.facts.uuid));
        const priorities = free.map((one) => one.facts.priority);
        assert.deepEqual(
          priorities,
          priorities.toSorted((a, b) => b - a),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order in which Nova lists the instances', () => {
    fc.assert(
      fc.property(some, (instances) => {
        assert.deepEqual(uuids(instances.toReversed()).toSorted(), uuids(instances).toSorted());
        const alone = instances.filter((one) => one.after.length === 0);
        assert.deepEqual(uuids(alone.toReversed()), uuids(alone));
      }),
      { numRuns: 500 },
    );
  });
});
