/** Contract of the notification store. Paging has a file of its own. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { contract } from './implementations.ts';
import { newEvidence, newIncident, newNotification, openIncident, uuid } from './sample-rows.ts';

const WINDOW_MS = 180_000;

contract('NotificationStore', (open) => {
  it('keeps a notification as it was sent, new and without an incident', async () => {
    const { notifications } = await open();
    const sent = newNotification(1);
    const row = { ...sent, status: 'new', message: null, incidentId: null, updatedAtMs: null };
    const created = await notifications.create(sent, WINDOW_MS);
    const expected = { ...row, id: created.kind === 'created' && created.row.id };
    assert.deepEqual(created, { kind: 'created', row: expected });
    assert.deepEqual(await notifications.read(sent.uuid), expected);
    assert.equal(await notifications.read(uuid(2)), undefined);
  });

  it('keeps one of several equal ones sent at the same moment and names it to the others', async () => {
    const { notifications } = await open();
    const payload = { event: 'STOPPED', cluster_status: 'OFFLINE' };
    const turned = { cluster_status: 'OFFLINE', event: 'STOPPED' };
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        notifications.create(newNotification(n, { payload: n % 2 ? payload : turned }), WINDOW_MS),
      ),
    );
    const kinds = answers.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['created', ...Array.from({ length: 4 }, () => 'duplicate')]);
    for (const answer of answers.slice(1))
      assert.equal(answer.kind === 'duplicate' && answer.of.uuid, uuid(1));
    const kept = await notifications.list({ filter: {}, sort: [], limit: 10 });
    assert.equal(kept.kind === 'page' && kept.rows.length, 1);
  });

  it('counts as duplicate what is generated up to the window after the newest equal one', async () => {
    const { notifications } = await open();
    const payload = { event: 'STOPPED' };
    const at = (n: number, generatedAtMs: number) =>
      notifications.create(newNotification(n, { payload, generatedAtMs }), 100);
    assert.equal((await at(1, 1_000)).kind, 'created');
    assert.equal((await at(2, 1_100)).kind, 'duplicate');
    assert.equal((await at(3, 1_101)).kind, 'created');
    assert.equal((await at(4, 1_201)).kind, 'duplicate');
    // There is no upper bound: one that was generated before the known ones is a duplicate too.
    const late = await at(5, 10);
    assert.equal(late.kind === 'duplicate' && late.of.uuid, uuid(3));
  });

  it('does not take another type, host or payload for a duplicate', async () => {
    const { notifications } = await open();
    const payload = { event: 'STOPPED' };
    const changes = [{}, { type: 'VM' }, { hostUuid: uuid<never>(11) }, { payload: {} }] as const;
    for (const [n, change] of changes.entries()) {
      const answer = await notifications.create(newNotification(n, { payload, ...change }), 9e9);
      assert.equal(answer.kind, 'created');
    }
  });

  it('finds duplicates whatever has become of the first', async () => {
    const { notifications } = await open();
    const payload = { event: 'STOPPED' };
    await notifications.create(newNotification(1, { payload }), WINDOW_MS);
    await notifications.settle(uuid(1), 'ignored', 'host is on maintenance', 5);
    const again = await notifications.create(newNotification(2, { payload }), WINDOW_MS);
    assert.equal(again.kind === 'duplicate' && again.of.status, 'ignored');
  });

  it('hands out what the engine has still to look at, oldest first', async () => {
    const stores = await open();
    const { notifications, incidents } = stores;
    for (const n of [3, 1, 2, 4]) await notifications.create(newNotification(n), 0);
    await incidents.openOrJoin(newIncident(900), uuid(2), newEvidence());
    await notifications.settle(uuid(4), 'ignored', 'no such host', 5);
    const waiting = await notifications.undispatched(10);
    assert.deepEqual(
      waiting.map((row) => row.uuid),
      [uuid(1), uuid(3)],
    );
    assert.equal((await notifications.undispatched(1)).length, 1);
  });

  it('settles an undispatched notification once', async () => {
    const stores = await open();
    const { notifications } = stores;
    await notifications.create(newNotification(1), 0);
    const both = await Promise.all([
      notifications.settle(uuid(1), 'ignored', 'first', 5),
      notifications.settle(uuid(1), 'failed', 'second', 6),
    ]);
    assert.deepEqual(both, [true, false]);
    const row = await notifications.read(uuid(1));
    assert.deepEqual([row?.status, row?.message, row?.updatedAtMs], ['ignored', 'first', 5]);
    const { id } = await openIncident(stores, 900);
    const filter = { incidentId: id };
    const joined = await notifications.list({ filter, sort: [], limit: 1 });
    assert.ok(joined.kind === 'page' && joined.rows[0] !== undefined);
    assert.equal(await notifications.settle(joined.rows[0].uuid, 'ignored', 'late', 7), false);
    assert.equal(await notifications.settle(uuid(99), 'ignored', 'unknown', 7), false);
  });

  it('applies every filter, and the earliest time of generation', async () => {
    const stores = await open();
    const { notifications } = stores;
    const odd = { type: 'VM', hostUuid: uuid<never>(11), generatedAtMs: 2_000_000 } as const;
    await notifications.create(newNotification(1), 0);
    await notifications.create(newNotification(2, odd), 0);
    await notifications.settle(uuid(2), 'finished', '', 5);
    const { type, hostUuid } = odd;
    const filters = [
      { type },
      { hostUuid },
      { status: 'finished' },
      { generatedSinceMs: 2_000_000 },
      { type, hostUuid, generatedSinceMs: 1 },
    ] as const;
    for (const filter of filters) {
      const page = await notifications.list({ filter, sort: [], limit: 10 });
      assert.deepEqual(page.kind === 'page' && page.rows.map((row) => row.uuid), [uuid(2)]);
    }
    const none = { filter: { generatedSinceMs: 2_000_001 }, sort: [], limit: 10 };
    assert.deepEqual(await notifications.list(none), { kind: 'page', rows: [] });
    const { id } = await openIncident(stores, 900);
    for (const [incidentId, count] of [
      [null, 2],
      [id, 1],
    ] as const) {
      const page = await notifications.list({ filter: { incidentId }, sort: [], limit: 10 });
      assert.equal(page.kind === 'page' && page.rows.length, count);
    }
  });
});
