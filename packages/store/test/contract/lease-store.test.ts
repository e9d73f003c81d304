/** Contract of the lease store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { contract } from './implementations.ts';
import { replica, staleTenure, takeTenure } from './sample-rows.ts';

contract('LeaseStore', (open) => {
  it('answers nothing for a lease that nobody ever took', async () => {
    const { leases } = await open();
    assert.equal(await leases.read('recovery'), undefined);
  });

  it('gives a new lease to exactly one of ten racing takers', async () => {
    const { leases } = await open();
    const takers = Array.from({ length: 10 }, (_, n) =>
      leases.take('recovery', undefined, replica(`r${n}`)),
    );
    const tenures = await Promise.all(takers);
    const winners = tenures.flatMap((tenure, n) => (tenure === undefined ? [] : [{ tenure, n }]));
    assert.equal(winners.length, 1);
    assert.deepEqual(winners[0]?.tenure, { lease: 'recovery', epoch: 1 });
    assert.deepEqual(await leases.read('recovery'), {
      name: 'recovery',
      holder: `r${winners[0]?.n}`,
      epoch: 1,
      beat: 0,
    });
  });

  it('gives a seen lease to exactly one of ten racing takers, under the next epoch', async () => {
    const { leases } = await open();
    await leases.take('recovery', undefined, replica('old'));
    const takers = Array.from({ length: 10 }, (_, n) =>
      leases.take('recovery', { epoch: 1, beat: 0 }, replica(`r${n}`)),
    );
    const won = (await Promise.all(takers)).filter((tenure) => tenure !== undefined);
    assert.deepEqual(won, [{ lease: 'recovery', epoch: 2 }]);
  });

  it('refuses a taker whose view of the row is not exact any more', async () => {
    const { leases } = await open();
    const tenure = await leases.take('recovery', undefined, replica('r1'));
    assert.ok(tenure !== undefined && (await leases.renew(tenure)));
    assert.equal(await leases.take('recovery', { epoch: 1, beat: 0 }, replica('r2')), undefined);
    assert.equal(await leases.take('recovery', { epoch: 2, beat: 1 }, replica('r2')), undefined);
    assert.equal(await leases.take('recovery', undefined, replica('r2')), undefined);
    assert.equal(await leases.take('other', { epoch: 1, beat: 1 }, replica('r2')), undefined);
    assert.deepEqual(await leases.take('recovery', { epoch: 1, beat: 1 }, replica('r2')), {
      lease: 'recovery',
      epoch: 2,
    });
  });

  it('moves the beat with every renewal and keeps the epoch', async () => {
    const { leases } = await open();
    const tenure = await leases.take('recovery', undefined, replica('r1'));
    assert.ok(tenure !== undefined);
    assert.equal(await leases.renew(tenure), true);
    assert.equal(await leases.renew(tenure), true);
    const row = await leases.read('recovery');
    assert.deepEqual([row?.epoch, row?.beat], [1, 2]);
  });

  it('refuses to renew a tenure that is over and changes nothing', async () => {
    const stores = await open();
    const stale = await staleTenure(stores, 'recovery');
    const before = await stores.leases.read('recovery');
    assert.equal(await stores.leases.renew(stale), false);
    assert.equal(await stores.leases.renew({ lease: 'unknown', epoch: 1 }), false);
    assert.deepEqual(await stores.leases.read('recovery'), before);
  });

  it('is without a holder once it was given back, and the next taker has a later epoch', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await stores.leases.release(tenure);
    const row = await stores.leases.read('recovery');
    assert.ok(row !== undefined && row.holder === null);
    assert.equal(await stores.leases.renew(tenure), false, 'what was given back is over');
    const next = await stores.leases.take('recovery', row, replica('r2'));
    assert.ok(next !== undefined && next.epoch > tenure.epoch);
  });

  it('changes nothing when a tenure that is over is given back', async () => {
    const stores = await open();
    const stale = await staleTenure(stores, 'recovery');
    await stores.leases.release(stale);
    assert.equal((await stores.leases.read('recovery'))?.holder, 'r2');
  });
});
