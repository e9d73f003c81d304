/** Contract of what people do with incidents. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { IncidentState } from '@medevac/core';
import type { IncidentRecord, Reopening } from '@medevac/engine';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostName,
  newEvidence,
  newIncident,
  newNotification,
  newReturn,
  newVmove,
  openIncident,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const id = uuid<never>(900);
const compute1 = hostName('compute-1');
const reopening = (change: Partial<Reopening> = {}): Reopening => ({
  retries: 0,
  reason: 'tried again by alice',
  evidence: newEvidence({ source: 'operator', observer: 'alice' }),
  atMs: 77,
  ...change,
});

const told = (message: string, atMs: number) => ({
  ...{ step: 'OperatorCommandTask', message, progress: 1 },
  ...{ failed: false, atMs },
});

async function moveTo(stores: Stores, incident: IncidentRecord, to: IncidentState) {
  const tenure = await takeTenure(stores, `lease-of-${incident.id}`);
  const { state: from } = incident;
  const move = { from, to, guard: null, reason: 'over', atMs: 60 };
  assert.equal(await stores.incidents.move(tenure, incident.id, move), 'written');
  return tenure;
}

contract('IncidentCommandStore', (open) => {
  it('lists the newest first, page by page, and by every filter', async () => {
    const stores = await open();
    const { incidentCommands } = stores;
    for (const n of [1, 2, 3]) {
      const change = { hostName: hostName(`compute-${n}`), openedAtMs: n === 3 ? 2 : n };
      const incident = await openIncident(stores, n, change);
      if (n === 1) await moveTo(stores, incident, 'cancelled');
    }
    await incidentCommands.acknowledge(uuid(2), { by: 'alice', note: null, atMs: 9 });
    const ids = async (filter: object, more: object = {}): Promise<readonly string[]> => {
      const page = await incidentCommands.list({ filter, limit: 10, ...more });
      assert.ok(page.kind === 'page');
      return page.rows.map((row) => row.id);
    };
    assert.deepEqual(await ids({}), [uuid(3), uuid(2), uuid(1)]);
    assert.deepEqual(await ids({}, { limit: 1 }), [uuid(3)]);
    assert.deepEqual(await ids({}, { limit: 1, marker: uuid(3) }), [uuid(2)]);
    assert.deepEqual(await ids({}, { marker: uuid(2) }), [uuid(1)]);
    assert.deepEqual(await ids({ isOpen: true }), [uuid(3), uuid(2)]);
    assert.deepEqual(await ids({ isOpen: false }), [uuid(1)]);
    assert.deepEqual(await ids({ state: 'cancelled' }), [uuid(1)]);
    assert.deepEqual(await ids({ hostName: hostName('compute-2') }), [uuid(2)]);
    assert.deepEqual(await ids({ isAcknowledged: true }), [uuid(2)]);
    assert.deepEqual(await ids({ isAcknowledged: false }), [uuid(3), uuid(1)]);
    assert.deepEqual(await ids({ segmentUuid: uuid(4_242) }), []);
    const lost = await incidentCommands.list({ filter: {}, limit: 1, marker: uuid(99) });
    assert.deepEqual(lost, { kind: 'unknown-marker' });
  });

  it('keeps the first acknowledgement', async () => {
    const stores = await open();
    const incident = await openIncident(stores, 900);
    const first = { by: 'alice', note: 'on it', atMs: 5 };
    const { incidentCommands } = stores;
    const expected = { ...incident, acknowledged: first };
    assert.deepEqual(await incidentCommands.acknowledge(id, first), expected);
    const second = { by: 'bob', note: null, atMs: 6 };
    assert.deepEqual(await incidentCommands.acknowledge(id, second), expected);
    assert.deepEqual(await stores.incidents.read(id), expected);
    assert.equal(await incidentCommands.acknowledge(uuid(99), first), undefined);
  });

  it('leaves word of a retry with an open incident only', async () => {
    const stores = await open();
    const incident = await openIncident(stores, 900);
    assert.equal(await stores.incidentCommands.askRetry(id, 40), true);
    assert.equal((await stores.incidents.read(id))?.retryAskedAtMs, 40);
    await moveTo(stores, incident, 'partly_recovered');
    assert.equal(await stores.incidentCommands.askRetry(id, 50), false);
    assert.equal(await stores.incidentCommands.askRetry(uuid(99), 50), false);
    assert.equal((await stores.incidents.read(id))?.retryAskedAtMs, 40);
  });

  it('opens a final incident again with what was tried and failed, and nothing else', async () => {
    const stores = await open();
    const { incidentCommands, incidents, notifications, vmoves } = stores;
    const tenure = await takeTenure(stores);
    const incident = await openIncident(stores, 900);
    await vmoves.plan(tenure, [
      newVmove(1, { incidentId: id, status: 'pending' }),
      newVmove(2, { incidentId: id, status: 'pending' }),
      newVmove(3, { incidentId: id, status: 'failed', message: 'would lose its disk' }),
    ]);
    const keyOf = (n: number) => ({ incidentId: id, instanceUuid: newVmove(n).instanceUuid });
    await vmoves.change(tenure, keyOf(1), { status: 'failed', message: 'x', endAtMs: 9 }, 9);
    await vmoves.change(tenure, keyOf(2), { status: 'succeeded', endAtMs: 9 }, 9);
    await incidentCommands.acknowledge(id, { by: 'alice', note: null, atMs: 8 });
    await moveTo(stores, incident, 'partly_recovered');
    assert.equal(await incidentCommands.reopen(id, reopening()), 'reopened');
    const now = await incidents.read(id);
    const again = { state: 'suspected', reason: 'tried again by alice', retries: 1 };
    assert.deepEqual(now, { ...incident, ...again, updatedAtMs: 77 });
    assert.deepEqual(await incidents.findOpen(compute1), now);
    const rows = await vmoves.list({
      filter: { incidentId: id },
      sort: [{ key: 'id', direction: 'asc' }],
      limit: 9,
    });
    assert.ok(rows.kind === 'page');
    assert.deepEqual(
      rows.rows.map(({ status, message, endAtMs }) => [status, message, endAtMs]),
      [
        ['pending', null, null],
        ['succeeded', null, 9],
        ['failed', 'would lose its disk', null],
      ],
    );
    const [report] = await reportsOf(stores);
    assert.deepEqual([report?.status, report?.message], ['new', 'tried again by alice']);
    const evidence = await incidents.readEvidence(id);
    assert.deepEqual(
      evidence.map(({ observer }) => observer),
      [newEvidence().observer, 'alice'],
    );
    assert.deepEqual(await notifications.undispatched(9), []);
  });

  it('opens none again that is open, recovered, was opened meanwhile, or is not there', async () => {
    const stores = await open();
    const { incidentCommands } = stores;
    const first = await openIncident(stores, 900);
    assert.equal(await incidentCommands.reopen(id, reopening()), 'lost');
    await moveTo(stores, first, 'cancelled');
    assert.equal(await incidentCommands.reopen(id, reopening({ retries: 1 })), 'lost');
    assert.equal(await incidentCommands.reopen(uuid(99), reopening()), 'lost');
    const answers = await Promise.all(
      [1, 2, 3].map(() => incidentCommands.reopen(id, reopening())),
    );
    assert.deepEqual(answers.toSorted(), ['lost', 'lost', 'reopened']);
  });

  it('pauses an open incident once, resumes it, and says both in the timeline', async () => {
    const stores = await open();
    const { incidentCommands, incidents } = stores;
    const incident = await openIncident(stores, 900);
    const asked = { by: 'alice', note: 'rack work', atMs: 40 };
    assert.equal(await incidentCommands.pause(id, asked, told('paused', 40)), true);
    const paused = { ...incident, paused: asked, retryAskedAtMs: 40 };
    assert.deepEqual(await incidents.read(id), paused);
    const bob = { by: 'bob', note: null, atMs: 41 };
    assert.equal(await incidentCommands.pause(id, bob, told('paused', 41)), false);
    assert.deepEqual(await incidents.read(id), paused);
    assert.equal(await incidentCommands.resume(id, told('resumed', 50)), true);
    assert.equal(await incidentCommands.resume(id, told('resumed', 51)), false);
    assert.deepEqual(await incidents.read(id), { ...incident, retryAskedAtMs: 50 });
    const lines = (await incidents.readEvents(id)).map(({ message, atMs }) => [message, atMs]);
    assert.deepEqual(lines, [
      ['paused', 40],
      ['resumed', 50],
    ]);
    assert.equal(await incidentCommands.pause(uuid(99), asked, told('paused', 60)), false);
    assert.equal(await incidentCommands.resume(uuid(99), told('resumed', 60)), false);
    assert.equal(await incidentCommands.pause(id, bob, told('paused', 61)), true);
    await moveTo(stores, incident, 'cancelled');
    assert.equal(await incidentCommands.resume(id, told('resumed', 70)), true, 'after the end');
    assert.equal(await incidentCommands.pause(id, asked, told('paused', 71)), false);
  });

  it('keeps a pause and a method over the end, and changes neither then', async () => {
    const stores = await open();
    const { incidentCommands, incidents } = stores;
    const incident = await openIncident(stores, 900);
    const asked = { by: 'alice', note: null, atMs: 40 };
    const chosen = { method: 'rh_priority', ...asked };
    assert.equal(await incidentCommands.chooseMethod(id, chosen, told('method', 40)), true);
    assert.equal(await incidentCommands.pause(id, asked, told('paused', 40)), true);
    await moveTo(stores, incident, 'cancelled');
    assert.equal(await incidentCommands.chooseMethod(id, chosen, told('method', 61)), false);
    assert.equal(await incidentCommands.reopen(id, reopening()), 'reopened');
    const now = await incidents.read(id);
    assert.deepEqual([now?.paused, now?.method], [asked, chosen]);
  });

  it('has one instance tried again, while it is open and after its end', async () => {
    const stores = await open();
    const { incidentCommands, vmoves } = stores;
    const tenure = await takeTenure(stores);
    const incident = await openIncident(stores, 900);
    const plan = [1, 2, 3].map((n) => newVmove(n, { incidentId: id, status: 'pending' }));
    await vmoves.plan(tenure, plan);
    const keyOf = (n: number) => ({ incidentId: id, instanceUuid: newVmove(n).instanceUuid });
    const fail = (n: number) =>
      vmoves.change(tenure, keyOf(n), { status: 'failed', message: 'x', endAtMs: 9 }, 9);
    const statuses = async () => {
      const sort = [{ key: 'id', direction: 'asc' }] as const;
      const page = await vmoves.list({ filter: { incidentId: id }, sort, limit: 9 });
      assert.ok(page.kind === 'page');
      return page.rows.map(({ status, tries }) => `${status} ${tries}`);
    };
    const retry = (n: number) =>
      incidentCommands.retryInstance(id, keyOf(n).instanceUuid, told('again', 45));
    for (const n of [1, 2]) await fail(n);
    assert.equal(await retry(3), false);
    assert.equal((await stores.incidents.read(id))?.retryAskedAtMs, null);
    assert.equal(await retry(1), true);
    assert.equal(await retry(1), false);
    assert.deepEqual(await statuses(), ['pending 1', 'failed 0', 'pending 0']);
    assert.equal((await stores.incidents.read(id))?.retryAskedAtMs, 45);
    for (const n of [1, 3]) await fail(n);
    await moveTo(stores, incident, 'partly_recovered');
    assert.equal(await retry(1), false);
    const one = reopening({ instance: keyOf(2).instanceUuid });
    assert.equal(await incidentCommands.reopen(id, one), 'reopened');
    assert.deepEqual(await statuses(), ['failed 1', 'pending 1', 'failed 0']);
  });

  it('moves no incident to its end while an instance is open, where that is asked', async () => {
    const stores = await open();
    const { incidents, vmoves } = stores;
    const tenure = await takeTenure(stores);
    const { state: from } = await openIncident(stores, 900);
    await vmoves.plan(tenure, [newVmove(1, { incidentId: id, status: 'pending' })]);
    const to = 'partly_recovered' as const;
    const move = { from, to, guard: null, reason: 'over', atMs: 60, onlySettled: true as const };
    assert.equal(await incidents.move(tenure, id, move), 'unsettled');
    assert.equal((await incidents.read(id))?.state, from);
    const { instanceUuid } = newVmove(1);
    const key = { incidentId: id, instanceUuid };
    await vmoves.change(tenure, key, { status: 'failed', endAtMs: 9 }, 9);
    assert.equal(await incidents.move(tenure, id, move), 'written');
  });

  it('opens none again while another incident of the host is open', async () => {
    const stores = await open();
    await moveTo(stores, await openIncident(stores, 900), 'cancelled');
    await openIncident(stores, 901);
    assert.equal(await stores.incidentCommands.reopen(id, reopening()), 'host-busy');
    assert.equal((await stores.incidents.read(id))?.state, 'cancelled');
  });

  it('opens none again whose host is on its way back, and lets no host begin it meanwhile', async () => {
    const stores = await open();
    const incident = await openIncident(stores, 900);
    const tenure = await takeTenure(stores);
    await stores.returns.open(tenure, newReturn({ incidentId: id }));
    await moveTo(stores, incident, 'partly_recovered');
    assert.equal(await stores.incidentCommands.reopen(id, reopening()), 'reopened');
    assert.equal(await stores.returns.begin(id, 'waiting', 80), false);
    const other = await open();
    const moved = await openIncident(other, 900);
    await other.returns.open(await takeTenure(other), newReturn({ incidentId: id }));
    await moveTo(other, moved, 'partly_recovered');
    assert.equal(await other.returns.begin(id, 'waiting', 80), true);
    assert.equal(await other.incidentCommands.reopen(id, reopening()), 'returned');
    assert.equal((await other.incidents.read(id))?.closedAtMs, 60);
  });

  it('keeps refused copies until the incident is there, and then as its evidence', async () => {
    const stores = await open();
    const { incidentCommands, incidents, notifications } = stores;
    await notifications.create(newNotification(1), 0);
    const copy = (n: number) => newEvidence({ observer: `monitor-${n}` });
    const kept = [1, 2, 3].map((n) => incidentCommands.keepCopy(compute1, uuid(1), copy(n)));
    assert.deepEqual(await Promise.all(kept), ['kept', 'kept', 'kept']);
    await incidents.openOrJoin(newIncident(900), uuid(1), newEvidence({ observer: 'first' }));
    assert.equal(await incidentCommands.keepCopy(compute1, uuid(1), copy(4)), 'added');
    const observers = (await incidents.readEvidence(id)).map(({ observer }) => observer);
    assert.deepEqual(observers, ['first', 'monitor-1', 'monitor-2', 'monitor-3', 'monitor-4']);
  });

  it('drops a copy of what has ended', async () => {
    const stores = await open();
    await stores.notifications.create(newNotification(1), 0);
    await stores.notifications.settle(uuid(1), 'ignored', 'no', 5);
    const kept = await stores.incidentCommands.keepCopy(compute1, uuid(1), newEvidence());
    assert.equal(kept, 'dropped');
    assert.equal(
      await stores.incidentCommands.keepCopy(compute1, uuid(2), newEvidence()),
      'dropped',
    );
  });
});

async function reportsOf(stores: Stores) {
  const page = await stores.notifications.list({ filter: { incidentId: id }, sort: [], limit: 9 });
  return page.kind === 'page' ? page.rows : [];
}
