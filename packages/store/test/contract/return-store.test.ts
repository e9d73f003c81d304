/** Contract of the return store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ReturnMove, ReturnState } from '@medevac/engine';
import { InvariantError } from '@medevac/kernel';
import type { Tenure } from '@medevac/workflow';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import { hostName, newReturn, openIncident, staleTenure, takeTenure, uuid } from './sample-rows.ts';

const id = uuid<never>(900);
const compute1 = hostName('compute-1');
const moveOf = (from: ReturnState, to: ReturnState): ReturnMove => ({
  from,
  to,
  message: `now ${to}`,
  atMs: 50,
});

async function withIncidents(stores: Stores, ...numbers: readonly number[]): Promise<Tenure> {
  for (const n of numbers) await openIncident(stores, n, { hostName: hostName(`h${n}`) });
  return takeTenure(stores);
}

contract('ReturnStore', (open) => {
  it('opens a return in waiting, once per incident', async () => {
    const stores = await open();
    const tenure = await withIncidents(stores, 900);
    const first = { ...newReturn(), state: 'waiting', message: null, tries: 0 };
    const expected = { ...first, updatedAtMs: newReturn().createdAtMs };
    assert.equal(await stores.returns.open(tenure, newReturn()), 'written');
    assert.deepEqual(await stores.returns.read(id), expected);
    const again = newReturn({ silentStamp: 'later', wasEnabled: false });
    assert.equal(await stores.returns.open(tenure, again), 'written');
    assert.deepEqual(await stores.returns.read(id), expected);
    assert.equal(await stores.returns.read(uuid(901)), undefined);
  });

  it('takes the stamp of a move that brings one, and keeps the old one otherwise', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900);
    await returns.open(tenure, newReturn());
    await returns.begin(id, 'waiting', 10);
    await returns.move(tenure, id, { ...moveOf('clearing', 'waiting'), silentStamp: 'later' });
    assert.equal((await returns.read(id))?.silentStamp, 'later');
    await returns.begin(id, 'waiting', 20);
    await returns.move(tenure, id, moveOf('clearing', 'cleared'));
    assert.equal((await returns.read(id))?.silentStamp, 'later');
  });

  it('cancels older open returns of the host when a later one opens', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900, 901, 902);
    await returns.open(tenure, newReturn());
    const elsewhere = newReturn({ incidentId: uuid(901), hostName: hostName('compute-2') });
    await returns.open(tenure, elsewhere);
    await returns.open(tenure, newReturn({ incidentId: uuid(902), createdAtMs: 4_000_009 }));
    const old = await returns.read(id);
    assert.deepEqual([old?.state, old?.updatedAtMs], ['cancelled', 4_000_009]);
    const listed = await returns.listOpen(10);
    assert.deepEqual(
      listed.map(({ incidentId }) => incidentId),
      [uuid(901), uuid(902)],
    );
    assert.equal((await returns.listOpen(1)).length, 1);
  });

  it('begins a waiting return for one of several that ask, and counts the try', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900);
    await returns.open(tenure, newReturn());
    const asked = await Promise.all([
      returns.begin(id, 'waiting', 7),
      returns.begin(id, 'waiting', 8),
    ]);
    assert.deepEqual(asked, [true, false]);
    const row = await returns.read(id);
    assert.deepEqual([row?.state, row?.tries, row?.updatedAtMs], ['clearing', 1, 7]);
    assert.equal(await returns.move(tenure, id, moveOf('clearing', 'waiting')), 'written');
    assert.equal(await returns.begin(id, 'waiting', 9), true);
    assert.equal((await returns.read(id))?.tries, 2);
    assert.equal(await returns.begin(uuid(901), 'waiting', 9), false);
  });

  it('keeps what is told of it, oldest first, up to the limit', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900);
    await returns.open(tenure, newReturn());
    assert.deepEqual(await returns.readEvents(id), []);
    const lines = [1, 2].map((n) => ({ message: `line ${n}`, failed: n === 2, atMs: n }));
    for (const line of lines) {
      assert.equal(await returns.addEvent(tenure, id, line), 'written');
    }
    assert.deepEqual(await returns.readEvents(id), lines);
    const stale = await staleTenure(stores);
    assert.equal(await returns.addEvent(stale, id, lines[0]!), 'stale');
    assert.deepEqual(await returns.readEvents(uuid(901)), []);
  });

  it('moves by compare-and-swap until it has come to its end', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900);
    await returns.open(tenure, newReturn());
    assert.equal(await returns.move(tenure, id, moveOf('clearing', 'cleared')), 'lost');
    await returns.begin(id, 'waiting', 7);
    assert.equal((await returns.listOpen(10)).length, 1);
    const both = await Promise.all([
      returns.move(tenure, id, moveOf('clearing', 'cleared')),
      returns.move(tenure, id, moveOf('clearing', 'cancelled')),
    ]);
    assert.deepEqual(both, ['written', 'lost']);
    const row = await returns.read(id);
    assert.deepEqual([row?.state, row?.message, row?.updatedAtMs], ['cleared', 'now cleared', 50]);
    assert.equal(await returns.begin(id, 'waiting', 9), false);
    const asked = [returns.begin(id, 'cleared', 60), returns.begin(id, 'cleared', 60)];
    // Which of the two comes first is the database's to say.
    const granted = (await Promise.all(asked)).filter(Boolean);
    assert.equal(granted.length, 1);
    const enabling = await returns.read(id);
    assert.deepEqual([enabling?.state, enabling?.tries], ['enabling', 2]);
    assert.equal(await returns.move(tenure, id, moveOf('enabling', 'watching')), 'written');
    assert.equal((await returns.listOpen(10)).length, 1);
    assert.equal(await returns.move(tenure, id, moveOf('watching', 'returned')), 'written');
    assert.deepEqual(await returns.listOpen(10), []);
    assert.equal(await returns.move(tenure, uuid(901), moveOf('waiting', 'cancelled')), 'lost');
  });

  it('breaks an invariant on a move that the table forbids', async () => {
    const stores = await open();
    const tenure = await withIncidents(stores, 900);
    await stores.returns.open(tenure, newReturn());
    const forbidden = [
      moveOf('waiting', 'cleared'),
      moveOf('cleared', 'waiting'),
      moveOf('cancelled', 'clearing'),
    ];
    for (const move of forbidden)
      await assert.rejects(stores.returns.move(tenure, id, move), InvariantError);
    assert.equal((await stores.returns.read(id))?.state, 'waiting');
  });

  it('lists the newest first, by host and by whether they have ended, and counts those of a host', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900, 901, 902);
    await returns.open(tenure, newReturn({ createdAtMs: 10 }));
    await returns.open(tenure, newReturn({ incidentId: uuid(901), createdAtMs: 20 }));
    const other = newReturn({ incidentId: uuid(902), hostName: hostName('compute-2') });
    await returns.open(tenure, { ...other, createdAtMs: 30 });
    const list = async (filter: object, limit = 10, marker?: string) => {
      const after = marker === undefined ? {} : { marker: marker as never };
      const page = await returns.list({ filter, limit, ...after });
      return page.kind === 'page' ? page.rows.map((row) => row.incidentId) : page.kind;
    };
    assert.deepEqual(await list({}), [uuid(902), uuid(901), id]);
    assert.deepEqual(await list({}, 1, uuid<never>(902)), [uuid(901)]);
    assert.equal(await list({}, 1, uuid<never>(999)), 'unknown-marker');
    assert.deepEqual(await list({ hostName: compute1 }), [uuid(901), id]);
    assert.deepEqual(await list({ isOpen: false }), [id]);
    assert.equal(await returns.countOfHost(compute1, 10), 2);
    assert.equal(await returns.countOfHost(compute1, 11), 1);
  });

  it('writes nothing under a tenure that is over', async () => {
    const stores = await open();
    const tenure = await withIncidents(stores, 900, 901);
    const stale = await staleTenure(stores);
    await stores.returns.open(tenure, newReturn());
    const before = await stores.returns.read(id);
    const later = newReturn({ incidentId: uuid(901) });
    assert.equal(await stores.returns.open(stale, later), 'stale');
    assert.equal(await stores.returns.move(stale, id, moveOf('waiting', 'cancelled')), 'stale');
    assert.deepEqual(await stores.returns.read(id), before);
    assert.equal(await stores.returns.read(uuid(901)), undefined);
  });

  it('cancels the open return of a host when the next one opens, and no ended or other one', async () => {
    const stores = await open();
    const { returns } = stores;
    const tenure = await withIncidents(stores, 900, 901, 902, 903);
    await returns.open(tenure, newReturn());
    await returns.begin(id, 'waiting', 7);
    await returns.move(tenure, id, moveOf('clearing', 'cancelled'));
    await returns.open(tenure, newReturn({ incidentId: uuid(901) }));
    await returns.begin(uuid(901), 'waiting', 8);
    const other = hostName('compute-2');
    await returns.open(tenure, newReturn({ incidentId: uuid(902), hostName: other }));
    await returns.open(tenure, newReturn({ incidentId: uuid(903), createdAtMs: 99 }));
    const row = await returns.read(uuid(901));
    assert.deepEqual([row?.state, row?.updatedAtMs], ['cancelled', 99]);
    assert.match(row?.message ?? '', /./);
    assert.equal((await returns.read(id))?.message, 'now cancelled');
    assert.equal((await returns.read(uuid(902)))?.state, 'waiting');
  });
});
