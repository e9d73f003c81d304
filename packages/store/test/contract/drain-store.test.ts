/** Contract of the drain store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { DrainMove, DrainState } from '@medevac/engine';
import { InvariantError } from '@medevac/kernel';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostFields,
  hostName,
  newDrain,
  newReturn,
  openIncident,
  segmentFields,
  staleTenure,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const id = uuid<never>(600);
const compute1 = hostName('compute-1');
const moveOf = (from: DrainState, to: DrainState): DrainMove => ({
  from,
  to,
  message: `now ${to}`,
  atMs: 50,
});
const instance = (n: number, place = n) => ({
  instanceUuid: uuid<never>(n),
  instanceName: `vm-${n}`,
  place,
});

async function withHost(stores: Stores, onMaintenance = false): Promise<void> {
  await stores.segments.createSegment(uuid(1), segmentFields(), 1);
  await stores.segments.createHost(uuid(10), uuid(1), hostFields({ onMaintenance }), 1);
}

async function maintenanceOf(stores: Stores): Promise<readonly (boolean | undefined)[]> {
  const host = await stores.segments.readHost(uuid(10));
  return [host?.onMaintenance, host?.isMaintenanceOurs];
}

const keyOf = (n: number) => ({ drainId: id, instanceUuid: uuid<never>(n) });

contract('DrainStore', (open) => {
  it('opens one drain of a host and puts the host on maintenance', async () => {
    const stores = await open();
    await withHost(stores);
    const [first, second] = await Promise.all([
      stores.drains.open(newDrain()),
      stores.drains.open(newDrain({ id: uuid(601) })),
    ]);
    assert.deepEqual([first.kind, second.kind], ['opened', 'drain']);
    assert.ok(second.kind === 'drain' && second.drain.id === id);
    const expected = {
      ...newDrain(),
      ...{ state: 'draining', message: null, serviceUuid: null, wasEnabled: null, tries: 0 },
      ...{ updatedAtMs: 5_000_000, closedAtMs: null },
    };
    assert.deepEqual(await stores.drains.read(id), expected);
    assert.deepEqual(await stores.drains.findOpen(compute1), expected);
    assert.equal(await stores.drains.findOpen(hostName('compute-2')), undefined);
    assert.deepEqual(await maintenanceOf(stores), [true, true]);
  });

  it('is refused while an incident, an early return or a reservation of the host is open', async () => {
    const stores = await open();
    await withHost(stores);
    const incident = await openIncident(stores, 900);
    const byIncident = await stores.drains.open(newDrain());
    assert.deepEqual(byIncident, { kind: 'incident', incident: incident.id });
    const tenure = await takeTenure(stores);
    await stores.returns.open(tenure, newReturn());
    const ends = { guard: null, reason: 'r', atMs: 9 };
    await stores.incidents.move(tenure, incident.id, {
      ...{ from: 'suspected', to: 'cancelled' },
      ...ends,
    });
    const byReturn = await stores.drains.open(newDrain());
    assert.deepEqual(byReturn, { kind: 'return', incident: incident.id, state: 'waiting' });
    await openIncident(stores, 901, { hostName: hostName('failed') });
    const spare = { hostUuid: uuid<never>(11), hostName: hostName('spare') };
    const fields = hostFields({ name: spare.hostName, reserved: true });
    await stores.segments.createHost(spare.hostUuid, uuid(1), fields, 1);
    const reservation = {
      ...{ ...spare, incidentId: uuid<never>(901), failedHost: hostName('failed') },
      ...{ serviceUuid: uuid<never>(21), wasEnabled: false, disabledReason: null },
      ...{ lastEnded: 0, createdAtMs: 5 },
    };
    assert.equal(await stores.reservations.reserve(tenure, reservation), 'written');
    const byReservation = await stores.drains.open(newDrain(spare));
    assert.deepEqual(byReservation, { kind: 'reservation', failedHost: 'failed' });
    assert.deepEqual(await maintenanceOf(stores), [false, false]);
  });

  it('keeps how the service was before, once', async () => {
    const stores = await open();
    await withHost(stores);
    await stores.drains.open(newDrain());
    const tenure = await takeTenure(stores);
    const before = { serviceUuid: uuid<never>(20), wasEnabled: true };
    assert.equal(await stores.drains.keepService(tenure, id, before), 'written');
    await stores.drains.keepService(tenure, id, { serviceUuid: uuid(21), wasEnabled: false });
    const row = await stores.drains.read(id);
    assert.deepEqual([row?.serviceUuid, row?.wasEnabled], [uuid(20), true]);
  });

  it('moves by compare-and-swap, and lifts the maintenance that is ours at its end', async () => {
    const stores = await open();
    const { drains } = stores;
    await withHost(stores);
    await drains.open(newDrain());
    const tenure = await takeTenure(stores);
    assert.equal(await drains.move(tenure, id, moveOf('cancelling', 'cancelled')), 'lost');
    assert.equal(await drains.askUndrain(id, 'm', 8), false);
    assert.equal(await drains.move(tenure, id, moveOf('draining', 'drained')), 'written');
    assert.equal(await drains.askCancel(id, 'm', 9), false);
    const asked = await Promise.all([drains.askUndrain(id, 'm', 9), drains.askUndrain(id, 'n', 9)]);
    assert.deepEqual(asked, [true, false]);
    assert.equal((await drains.read(id))?.tries, 1);
    assert.deepEqual(await maintenanceOf(stores), [true, true]);
    assert.equal(await drains.move(tenure, id, moveOf('undraining', 'undrained')), 'written');
    const ended = await drains.read(id);
    assert.deepEqual(
      [ended?.state, ended?.message, ended?.closedAtMs],
      ['undrained', 'now undrained', 50],
    );
    assert.deepEqual(await maintenanceOf(stores), [false, false]);
    assert.equal((await drains.open(newDrain({ id: uuid(601) }))).kind, 'opened');
    await assert.rejects(
      async () => drains.move(tenure, id, moveOf('draining', 'undrained')),
      InvariantError,
    );
  });

  it('leaves the maintenance of an operator alone, from its beginning to its end', async () => {
    const stores = await open();
    await withHost(stores, true);
    await stores.drains.open(newDrain());
    assert.deepEqual(await maintenanceOf(stores), [true, false]);
    assert.equal(await stores.drains.askCancel(id, 'called off', 6), true);
    const tenure = await takeTenure(stores);
    await stores.drains.move(tenure, id, moveOf('cancelling', 'cancelled'));
    assert.deepEqual(await maintenanceOf(stores), [true, false]);
  });

  it('keeps the answer of each instance, in the order of their places', async () => {
    const stores = await open();
    const { drains } = stores;
    await withHost(stores);
    await drains.open(newDrain());
    const tenure = await takeTenure(stores);
    await drains.plan(tenure, id, [instance(2), instance(1)], 10);
    const moved = { status: 'moved', destHost: hostName('compute-2'), message: 'm' } as const;
    assert.equal(await drains.changeInstance(tenure, keyOf(1), moved, 20), 'written');
    const answerOf = async () =>
      (await drains.instancesOf(id)).map((one) => [one.instanceName, one.status, one.destHost]);
    const first = ['vm-1', 'moved', 'compute-2'];
    assert.deepEqual(await answerOf(), [first, ['vm-2', 'pending', null]]);
    await drains.plan(tenure, id, [instance(1, 7)], 30);
    assert.deepEqual(await answerOf(), [
      ['vm-2', 'pending', null],
      ['vm-1', 'pending', null],
    ]);
    await drains.move(tenure, id, moveOf('draining', 'incomplete'));
    assert.equal(await drains.changeInstance(tenure, keyOf(1), moved, 40), 'lost');
  });

  it('ends with the failure of its host, and leaves what has no answer to the incident', async () => {
    const stores = await open();
    const { drains } = stores;
    await withHost(stores);
    await drains.open(newDrain());
    const tenure = await takeTenure(stores);
    await drains.plan(tenure, id, [instance(1), instance(2)], 10);
    await drains.changeInstance(tenure, keyOf(1), { status: 'moved' }, 20);
    assert.equal(await drains.endOfFailedHost(tenure, compute1, uuid(900), 60), 'written');
    assert.equal(await drains.endOfFailedHost(tenure, compute1, uuid(901), 70), 'written');
    const row = await drains.read(id);
    assert.deepEqual([row?.state, row?.closedAtMs], ['host_failed', 60]);
    assert.match(row?.message ?? '', /^ended: the host failed/);
    const rows = await drains.instancesOf(id);
    assert.deepEqual(
      rows.map((one) => one.status),
      ['moved', 'left'],
    );
    assert.deepEqual(await maintenanceOf(stores), [false, false]);
  });

  it('lists the newest first, by host, by being open, and behind a marker', async () => {
    const stores = await open();
    const { drains } = stores;
    await withHost(stores);
    await drains.open(newDrain());
    const tenure = await takeTenure(stores);
    await drains.endOfFailedHost(tenure, compute1, uuid(900), 60);
    await drains.open(newDrain({ id: uuid(601) }));
    await drains.open(newDrain({ id: uuid(602), hostName: hostName('other') }));
    const ids = async (more: Partial<Parameters<typeof drains.list>[0]>) => {
      const page = await drains.list({ filter: {}, limit: 10, ...more });
      return page.kind === 'page' ? page.rows.map((row) => row.id) : page.kind;
    };
    assert.deepEqual(await ids({}), [uuid(602), uuid(601), uuid(600)]);
    assert.deepEqual(await ids({ filter: { hostName: compute1 } }), [uuid(601), uuid(600)]);
    assert.deepEqual(await ids({ filter: { isOpen: false } }), [uuid(600)]);
    assert.deepEqual(await ids({ marker: uuid(602), limit: 1 }), [uuid(601)]);
    assert.equal(await ids({ marker: uuid(699) }), 'unknown-marker');
    const open_ = await drains.listOpen(10);
    assert.deepEqual(
      open_.map((row) => row.id),
      [uuid(601), uuid(602)],
    );
  });

  it('writes nothing for a tenure that is over', async () => {
    const stores = await open();
    const { drains } = stores;
    await withHost(stores);
    await drains.open(newDrain());
    const stale = await staleTenure(stores);
    assert.equal(await drains.move(stale, id, moveOf('draining', 'drained')), 'stale');
    assert.equal(await drains.plan(stale, id, [instance(1)], 1), 'stale');
    assert.equal(await drains.changeInstance(stale, keyOf(1), { status: 'moved' }, 1), 'stale');
    assert.equal(await drains.endOfFailedHost(stale, compute1, uuid(900), 1), 'stale');
    const service = { serviceUuid: uuid<never>(20), wasEnabled: true };
    assert.equal(await drains.keepService(stale, id, service), 'stale');
    assert.equal((await drains.read(id))?.state, 'draining');
  });

  it('goes with its instances when it ended long ago', async () => {
    const stores = await open();
    await withHost(stores);
    await stores.drains.open(newDrain());
    const tenure = await takeTenure(stores);
    await stores.drains.plan(tenure, id, [instance(1)], 10);
    assert.equal(await stores.history.purge(1_000, 10), 0);
    await stores.drains.endOfFailedHost(tenure, compute1, uuid(900), 60);
    assert.equal(await stores.history.purge(60, 10), 0);
    assert.equal(await stores.history.purge(61, 10), 1);
    assert.equal(await stores.drains.read(id), undefined);
    assert.deepEqual(await stores.drains.instancesOf(id), []);
  });
});
