/** Contract of the store of locks on instances. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { InstanceLockRecord, NewInstanceLock } from '@medevac/engine';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import { newVmove, openIncident, staleTenure, takeTenure, uuid } from './sample-rows.ts';

/** Lock `n` of the instance of vmove `n`, in the incident 900. */
const newLock = (n: number, change: Partial<NewInstanceLock> = {}): NewInstanceLock => ({
  uuid: uuid(n + 100),
  incidentId: uuid(900),
  instanceUuid: newVmove(n).instanceUuid,
  createdAtMs: 6_000 + n,
  ...change,
});

async function withPlan(stores: Stores) {
  await openIncident(stores, 900);
  const tenure = await takeTenure(stores);
  assert.equal(
    await stores.vmoves.plan(
      tenure,
      [1, 2, 3].map((n) => newVmove(n)),
    ),
    'written',
  );
  return tenure;
}

const numbers = (rows: readonly InstanceLockRecord[]): readonly string[] =>
  rows.map((one) => one.uuid);

contract('InstanceLockStore', (open) => {
  it('keeps a lock from before the call until Nova has it no more', async () => {
    const stores = await open();
    const tenure = await withPlan(stores);
    const { instanceLocks } = stores;
    const lock = newLock(1);
    assert.equal(await instanceLocks.place(tenure, lock), 'written');
    assert.deepEqual(await instanceLocks.read(lock.uuid), { ...lock, isSettled: false });
    assert.deepEqual(
      await instanceLocks.find(lock.incidentId, lock.instanceUuid),
      await instanceLocks.read(lock.uuid),
    );
    assert.equal(await instanceLocks.settle(tenure, lock.uuid), 'written');
    assert.equal((await instanceLocks.read(lock.uuid))?.isSettled, true);
    assert.equal(await instanceLocks.remove(tenure, lock.uuid), 'written');
    assert.equal(await instanceLocks.read(lock.uuid), undefined);
    assert.equal(await instanceLocks.find(lock.incidentId, lock.instanceUuid), undefined);
  });

  it('has one lock of an instance: an earlier one gives way, and its number changes nothing', async () => {
    const stores = await open();
    const tenure = await withPlan(stores);
    const { instanceLocks } = stores;
    const earlier = newLock(1);
    const later = newLock(1, { uuid: uuid(150), createdAtMs: 7_000 });
    await instanceLocks.place(tenure, earlier);
    await instanceLocks.settle(tenure, earlier.uuid);
    assert.equal(await instanceLocks.place(tenure, later), 'written');
    assert.deepEqual(await instanceLocks.find(later.incidentId, later.instanceUuid), {
      ...later,
      isSettled: false,
    });
    assert.equal(await instanceLocks.settle(tenure, earlier.uuid), 'lost');
    assert.equal(await instanceLocks.remove(tenure, earlier.uuid), 'lost');
    assert.equal(await instanceLocks.renumber(tenure, earlier.uuid, uuid(160)), 'lost');
    assert.equal((await instanceLocks.read(later.uuid))?.isSettled, false);
  });

  it('gives a lock another number', async () => {
    const stores = await open();
    const tenure = await withPlan(stores);
    const { instanceLocks } = stores;
    await instanceLocks.place(tenure, newLock(1));
    await instanceLocks.settle(tenure, newLock(1).uuid);
    assert.equal(await instanceLocks.renumber(tenure, newLock(1).uuid, uuid(160)), 'written');
    assert.equal(await instanceLocks.read(newLock(1).uuid), undefined);
    assert.equal((await instanceLocks.read(uuid(160)))?.isSettled, true);
  });

  it('lists as due what has its final answer, oldest first', async () => {
    const stores = await open();
    const tenure = await withPlan(stores);
    const { incidents, instanceLocks, vmoves } = stores;
    for (const to of ['fencing', 'planning', 'evacuating'] as const) {
      const from = (await incidents.read(uuid(900)))?.state ?? 'suspected';
      const move = { from, to, guard: null, reason: null, atMs: 1 };
      assert.equal(await incidents.move(tenure, uuid(900), move), 'written');
    }
    for (const n of [3, 1, 2]) await instanceLocks.place(tenure, newLock(n));
    assert.deepEqual(await instanceLocks.listDue(10), []);
    for (const n of [1, 3]) {
      await vmoves.change(tenure, newVmove(n), { status: 'succeeded' }, 2);
    }
    assert.deepEqual(numbers(await instanceLocks.listDue(10)), [newLock(3).uuid, newLock(1).uuid]);
    assert.deepEqual(numbers(await instanceLocks.listDue(1)), [newLock(3).uuid]);
    const held = { from: 'evacuating', to: 'held', guard: 'pause', reason: 'r', atMs: 3 } as const;
    assert.equal(await incidents.move(tenure, uuid(900), held), 'written');
    assert.equal((await instanceLocks.listDue(10)).length, 3);
  });

  it('keeps the incident of a lock from being purged', async () => {
    const stores = await open();
    const tenure = await withPlan(stores);
    const { history, incidents, instanceLocks } = stores;
    await instanceLocks.place(tenure, newLock(1));
    const end = { from: 'suspected', to: 'cancelled', guard: null, reason: 'r', atMs: 5 } as const;
    assert.equal(await incidents.move(tenure, uuid(900), end), 'written');
    await history.purge(9_000_000, 10);
    assert.deepEqual(numbers(await instanceLocks.listDue(10)), [newLock(1).uuid]);
    await instanceLocks.remove(tenure, newLock(1).uuid);
    await history.purge(9_000_000, 10);
    assert.equal(await incidents.read(uuid(900)), undefined);
  });

  it('changes nothing under a tenure that is over', async () => {
    const stores = await open();
    const tenure = await withPlan(stores);
    const stale = await staleTenure(stores);
    const { instanceLocks } = stores;
    await instanceLocks.place(tenure, newLock(1));
    assert.equal(await instanceLocks.place(stale, newLock(2)), 'stale');
    assert.equal(await instanceLocks.settle(stale, newLock(1).uuid), 'stale');
    assert.equal(await instanceLocks.remove(stale, newLock(1).uuid), 'stale');
    assert.equal(await instanceLocks.renumber(stale, newLock(1).uuid, uuid(160)), 'stale');
    assert.deepEqual(await instanceLocks.read(newLock(1).uuid), {
      ...newLock(1),
      isSettled: false,
    });
    assert.equal(await instanceLocks.read(newLock(2).uuid), undefined);
  });
});
