/** Contract of the vmove store. Paging has a file of its own. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InvariantError } from '@medevac/kernel';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import { hostName, newVmove, openIncident, staleTenure, takeTenure, uuid } from './sample-rows.ts';

const incident = uuid<never>(900);
const instance = (n: number) => uuid<never>(n + 5_000);
const keyOf = (n: number) => ({ incidentId: incident, instanceUuid: instance(n) });

const all = async (stores: Stores) => {
  const page = await stores.vmoves.list({
    filter: { incidentId: incident },
    sort: [{ key: 'id', direction: 'asc' }],
    limit: 1_000,
  });
  assert.ok(page.kind === 'page');
  return page.rows;
};

contract('VmoveStore', (open) => {
  it('stores a plan at once, with the state before the failure', async () => {
    const stores = await open();
    await openIncident(stores, 900);
    const tenure = await takeTenure(stores);
    const plan = Array.from({ length: 450 }, (_, n) => newVmove(n));
    assert.equal(await stores.vmoves.plan(tenure, plan), 'written');
    const none = { destHost: null, startAtMs: null, endAtMs: null, updatedAtMs: null };
    const open1 = { ...none, tries: 0 };
    const rows = await all(stores);
    assert.deepEqual(
      rows,
      plan.map((vmove, n) => ({ ...vmove, ...open1, id: rows[n]?.id })),
    );
    assert.deepEqual(await stores.vmoves.read(uuid(3)), rows[3]);
    assert.equal(await stores.vmoves.read(uuid(999)), undefined);
    assert.equal(await stores.vmoves.plan(tenure, []), 'written');
  });

  it('leaves an instance that is planned already as it is', async () => {
    const stores = await open();
    await openIncident(stores, 900);
    const tenure = await takeTenure(stores);
    await stores.vmoves.plan(tenure, [newVmove(1), newVmove(2)]);
    await stores.vmoves.change(tenure, keyOf(1), { status: 'ongoing' }, 5);
    const before = await all(stores);
    const other = newVmove(50, { instanceUuid: instance(1) });
    const twice = newVmove(51, { instanceUuid: instance(3) });
    await stores.vmoves.plan(tenure, [other, newVmove(2), newVmove(3), twice]);
    const rows = await all(stores);
    assert.deepEqual(rows.slice(0, 2), before);
    assert.deepEqual(
      rows.slice(2).map((row) => row.uuid),
      [uuid(3)],
    );
  });

  it('changes only what is given, of one instance', async () => {
    const stores = await open();
    await openIncident(stores, 900);
    const tenure = await takeTenure(stores);
    await stores.vmoves.plan(tenure, [newVmove(1), newVmove(2)]);
    const [first, second] = await all(stores);
    const begun = { status: 'ongoing', startAtMs: 7, message: 'called' } as const;
    assert.equal(await stores.vmoves.change(tenure, keyOf(1), begun, 7), 'written');
    const ended = { endAtMs: 9, destHost: hostName('compute-2'), message: null };
    await stores.vmoves.change(tenure, keyOf(1), ended, 9);
    const expected = { ...first, ...begun, ...ended, updatedAtMs: 9 };
    assert.deepEqual(await all(stores), [expected, second]);
  });

  it('breaks an invariant on an instance without a row, and keeps no beat for it', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const change = stores.vmoves.change(tenure, keyOf(1), { status: 'failed' }, 1);
    await assert.rejects(change, InvariantError);
    await assert.rejects(stores.vmoves.plan(tenure, [newVmove(1)]), InvariantError);
    assert.equal((await stores.leases.read('recovery'))?.beat, 0);
  });

  it('writes nothing under a tenure that is over', async () => {
    const stores = await open();
    await openIncident(stores, 900);
    const tenure = await takeTenure(stores);
    const stale = await staleTenure(stores);
    await stores.vmoves.plan(tenure, [newVmove(1)]);
    const before = await all(stores);
    const change = { status: 'failed' } as const;
    assert.equal(await stores.vmoves.plan(stale, [newVmove(2)]), 'stale');
    assert.equal(await stores.vmoves.change(stale, keyOf(1), change, 9), 'stale');
    assert.deepEqual(await all(stores), before);
  });

  it('applies every filter by equality', async () => {
    const stores = await open();
    await openIncident(stores, 900);
    await openIncident(stores, 901, { hostName: hostName('compute-2') });
    const tenure = await takeTenure(stores);
    const odd = { incidentId: uuid<never>(901), type: 'migration', status: 'ignored' } as const;
    await stores.vmoves.plan(tenure, [newVmove(1), newVmove(2, odd)]);
    const { incidentId, type, status } = odd;
    const filters = [{ incidentId }, { type }, { status }, { instanceUuid: instance(2) }];
    for (const filter of filters) {
      const page = await stores.vmoves.list({ filter, sort: [], limit: 10 });
      assert.deepEqual(page.kind === 'page' && page.rows.map((row) => row.uuid), [uuid(2)]);
    }
  });
});
