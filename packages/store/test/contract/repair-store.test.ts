/** Contract of the repair store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NewRepair } from '@medevac/engine';
import { LIMITS } from '@medevac/kernel';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostName,
  newNotification,
  openIncident,
  staleTenure,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const newRepair = (n: number, change: Partial<NewRepair> = {}): NewRepair => ({
  id: uuid(n),
  kind: 'instance',
  subject: 'f249d89d-e26f-4702-a4d5-30064d7eb9ee',
  hostUuid: uuid(10),
  hostName: hostName('compute-1'),
  segmentUuid: uuid(1),
  payload: { event: 'LIFECYCLE' },
  openedAtMs: 1_000 + n,
  ...change,
});

async function report(stores: Stores, n: number, change: Partial<NewRepair> = {}) {
  await stores.notifications.create(newNotification(n, { type: 'VM' }), 0);
  const opened = await stores.repairs.openOrJoin(newRepair(n + 500, change), uuid(n));
  assert.ok(opened.kind !== 'already-dispatched');
  return { kind: opened.kind, id: opened.repair.id };
}

const close = { status: 'finished', message: 'it runs', atMs: 50, closesAfterReports: 1 } as const;

contract('RepairStore', (open) => {
  it('opens one repair of a subject, which every report of it joins', async () => {
    const stores = await open();
    const first = await report(stores, 1);
    const second = await report(stores, 2, { hostUuid: uuid(11) });
    assert.deepEqual([first.kind, second.kind], ['opened', 'joined']);
    assert.deepEqual(first.id, second.id);
    const expected = {
      ...newRepair(501),
      status: 'running',
      message: null,
      reports: 2,
      startedAtMs: null,
      tries: 0,
      triedAtMs: null,
      updatedAtMs: 1_501,
      closedAtMs: null,
    };
    assert.deepEqual(await stores.repairs.read(first.id), expected);
    assert.deepEqual(await stores.repairs.ofNotification(uuid(2)), expected);
    assert.deepEqual(await stores.repairs.listOpen(10), [expected]);
    assert.equal((await stores.notifications.read(uuid(2)))?.status, 'running');
    assert.deepEqual(await stores.notifications.undispatched(10), []);
    assert.equal(await stores.repairs.ofNotification(uuid(3)), undefined);
    assert.equal(await stores.repairs.read(uuid(3)), undefined);
  });

  it('takes two reports at the same moment for one', async () => {
    const stores = await open();
    const both = await Promise.all([report(stores, 1), report(stores, 2)]);
    assert.deepEqual(both.map(({ kind }) => kind).toSorted(), ['joined', 'opened']);
    assert.equal((await stores.repairs.listOpen(10)).length, 1);
  });

  it('keeps processes of different hosts, and long names, apart', async () => {
    const stores = await open();
    const process = { kind: 'process', subject: 'x'.repeat(4_096) } as const;
    await report(stores, 1, process);
    await report(stores, 2, { ...process, hostUuid: uuid(11) });
    await report(stores, 3, { ...process, subject: `${process.subject}y` });
    assert.equal((await stores.repairs.listOpen(10)).length, 3);
    assert.equal((await stores.repairs.listOpen(2)).length, 2);
  });

  it('dispatches a notification once', async () => {
    const stores = await open();
    await report(stores, 1);
    const again = await stores.repairs.openOrJoin(newRepair(600), uuid(1));
    assert.deepEqual(again, { kind: 'already-dispatched' });
    assert.equal((await stores.repairs.listOpen(10))[0]?.reports, 1);
    await openIncident(stores, 900);
    const joined = await stores.repairs.openOrJoin(newRepair(601), uuid(70_900));
    assert.deepEqual(joined, { kind: 'already-dispatched' });
  });

  it('gives its status and message to its notifications, also to one that joins later', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const { id } = await report(stores, 1);
    const change = { status: 'finished', message: 'disabled', atMs: 9 } as const;
    assert.equal(await stores.repairs.change(tenure, id, change), 'written');
    await report(stores, 2);
    for (const n of [1, 2]) {
      const row = await stores.notifications.read(uuid(n));
      assert.deepEqual([row?.status, row?.message], ['finished', 'disabled']);
    }
  });

  it('closes only when no other report has joined, and opens a new one afterwards', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const { id } = await report(stores, 1);
    await report(stores, 2);
    assert.equal(await stores.repairs.change(tenure, id, close), 'lost');
    const both = { ...close, closesAfterReports: 2 };
    assert.equal(await stores.repairs.change(tenure, id, both), 'written');
    assert.equal(await stores.repairs.change(tenure, id, both), 'lost');
    assert.equal((await stores.repairs.read(id))?.closedAtMs, 50);
    assert.deepEqual(await stores.repairs.listOpen(10), []);
    assert.equal((await report(stores, 3)).kind, 'opened');
  });

  it('counts tries of a subject within a time, over all of its repairs', async () => {
    const stores = await open();
    const { repairs } = stores;
    const tenure = await takeTenure(stores);
    const first = await report(stores, 1);
    await repairs.noteTry(tenure, first.id, 2, 100);
    await repairs.noteTry(tenure, first.id, 1, 900);
    await repairs.change(tenure, first.id, close);
    const second = await report(stores, 2);
    await repairs.noteTry(tenure, second.id, 1, 200);
    const { subject } = newRepair(1);
    assert.equal(await repairs.countTries('instance', subject, 100), 3);
    assert.equal(await repairs.countTries('instance', subject, 101), 1);
    assert.equal(await repairs.countTries('instance', subject, 201), 0);
    assert.equal(await repairs.countTries('instance', 'another', 0), 0);
  });

  it('notes that a process has started until it is reported again', async () => {
    const stores = await open();
    const process = { kind: 'process', subject: 'nova-compute' } as const;
    const { id } = await report(stores, 1, process);
    await stores.repairs.noteStarted(uuid(11), 'nova-compute', 5);
    assert.equal((await stores.repairs.read(id))?.startedAtMs, null);
    await stores.repairs.noteStarted(uuid(10), 'nova-compute', 6);
    assert.equal((await stores.repairs.read(id))?.startedAtMs, 6);
    await report(stores, 2, process);
    assert.equal((await stores.repairs.read(id))?.startedAtMs, null);
  });

  it('keeps its timeline, the newest lines of it', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const { id } = await report(stores, 1);
    const line = { step: 'StopInstanceTask', message: 'm', progress: 0.5, failed: true, atMs: 3 };
    const all = LIMITS.eventsPerIncident + 1;
    for (let atMs = 0; atMs < all; atMs++) {
      await stores.repairs.addEvent(tenure, id, { ...line, atMs });
    }
    const lines = await stores.repairs.readEvents(id);
    assert.equal(lines.length, LIMITS.eventsPerIncident);
    assert.deepEqual(lines.at(0), { ...line, atMs: 1 });
  });

  it('refuses every write of a tenure that is over', async () => {
    const stores = await open();
    const { repairs } = stores;
    const { id } = await report(stores, 1);
    const tenure = await staleTenure(stores);
    const line = { step: 's', message: 'm', progress: 1, failed: false, atMs: 1 };
    assert.equal(await repairs.change(tenure, id, close), 'stale');
    assert.equal(await repairs.noteTry(tenure, id, 1, 1), 'stale');
    assert.equal(await repairs.addEvent(tenure, id, line), 'stale');
    assert.deepEqual([(await repairs.read(id))?.tries, await repairs.readEvents(id)], [0, []]);
  });

  it('is purged with its notifications when it was closed long ago', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const old = await report(stores, 1);
    const line = { step: 's', message: 'm', progress: 1, failed: false, atMs: 1 };
    await stores.repairs.addEvent(tenure, old.id, line);
    await stores.repairs.change(tenure, old.id, close);
    const present = await report(stores, 2);
    assert.equal(await stores.history.purge(51, 10), 1);
    assert.equal(await stores.repairs.read(old.id), undefined);
    assert.deepEqual(await stores.repairs.readEvents(old.id), []);
    assert.equal(await stores.notifications.read(uuid(1)), undefined);
    assert.notEqual(await stores.repairs.read(present.id), undefined);
    assert.equal((await stores.notifications.read(uuid(2)))?.status, 'running');
  });
});
