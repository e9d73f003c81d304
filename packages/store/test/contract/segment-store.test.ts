/** Contract of the segment store. Paging has a file of its own. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type IncidentState, WORKING_STATES } from '@medevac/core';
import type { HostUuid, SegmentUuid } from '@medevac/kernel';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostFields,
  hostName,
  openIncident,
  segmentFields,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const segment = uuid<SegmentUuid>(1);
const host = uuid<HostUuid>(10);

async function withHost(stores: Stores): Promise<void> {
  await stores.segments.createSegment(segment, segmentFields(), 100);
  await stores.segments.createHost(host, segment, hostFields(), 200);
}

contract('SegmentStore', (open) => {
  it('keeps a segment and a host as they were made', async () => {
    const stores = await open();
    await withHost(stores);
    const created = { createdAtMs: 100, updatedAtMs: null };
    const made = await stores.segments.readSegment(segment);
    assert.deepEqual(made, { ...segmentFields(), uuid: segment, id: made?.id, ...created });
    const row = await stores.segments.readHost(host);
    const expected = { ...hostFields(), id: row?.id, uuid: host, segmentUuid: segment };
    const kept = { ...created, createdAtMs: 200, isMaintenanceOurs: false };
    assert.deepEqual(row, { ...expected, ...kept });
    assert.deepEqual(await stores.segments.findHost(hostName('compute-1')), row);
    assert.equal(await stores.segments.readSegment(uuid(2)), undefined);
    assert.equal(await stores.segments.readHost(uuid(2)), undefined);
    assert.equal(await stores.segments.findHost(hostName('COMPUTE-1')), undefined);
  });

  it('gives a name to one of several segments made at the same moment', async () => {
    const { segments } = await open();
    const kinds = await Promise.all(
      [1, 2, 3].map((n) => segments.createSegment(uuid(n), segmentFields(), 100)),
    );
    assert.deepEqual(kinds.map(({ kind }) => kind).sort(), ['created', 'name-taken', 'name-taken']);
    const list = await segments.listSegments({ filter: {}, sort: [], limit: 10 });
    assert.equal(list.kind === 'page' && list.rows.length, 1);
  });

  it('keeps host names unique over all segments', async () => {
    const stores = await open();
    await withHost(stores);
    await stores.segments.createSegment(uuid(2), segmentFields({ name: 'rack-2' }), 100);
    const second = await stores.segments.createHost(uuid(11), uuid(2), hostFields(), 300);
    assert.equal(second.kind, 'name-taken');
    assert.equal(await stores.segments.readHost(uuid(11)), undefined);
  });

  it('refuses a host of a segment that is not there', async () => {
    const stores = await open();
    await withHost(stores);
    assert.equal(await stores.segments.deleteSegment(segment, 300), 'deleted');
    const fields = hostFields({ name: hostName('new') });
    for (const missing of [segment, uuid<SegmentUuid>(9)])
      assert.deepEqual(await stores.segments.createHost(uuid(12), missing, fields, 400), {
        kind: 'missing',
      });
  });

  it('changes only the given fields and stamps the change', async () => {
    const stores = await open();
    await withHost(stores);
    const changed = await stores.segments.updateSegment(segment, { enabled: false }, 500);
    const id = changed.kind === 'changed' && changed.row.id;
    const expected = { ...segmentFields({ enabled: false }), uuid: segment, id };
    const row = { ...expected, createdAtMs: 100, updatedAtMs: 500 };
    assert.deepEqual(changed, { kind: 'changed', row });
    assert.deepEqual(await stores.segments.readSegment(segment), row);
    await stores.segments.updateHost(host, { reserved: true, onMaintenance: true }, 600);
    const kept = await stores.segments.updateHost(host, { onMaintenance: false }, 700);
    assert.ok(kept.kind === 'changed');
    assert.deepEqual(kept.row, await stores.segments.readHost(host));
    assert.deepEqual([kept.row.reserved, kept.row.onMaintenance], [true, false]);
    assert.equal(kept.row.updatedAtMs, 700);
  });

  it('refuses a change to a name that another live row has, but not to its own', async () => {
    const stores = await open();
    await withHost(stores);
    const { segments } = stores;
    await segments.createSegment(uuid(2), segmentFields({ name: 'rack-2' }), 100);
    await segments.createHost(uuid(11), segment, hostFields({ name: hostName('compute-2') }), 100);
    const before = await segments.readHost(host);
    assert.equal((await segments.updateSegment(uuid(2), { name: 'rack-1' }, 1)).kind, 'name-taken');
    const taken = await segments.updateHost(host, { name: hostName('compute-2'), type: 'x' }, 1);
    assert.equal(taken.kind, 'name-taken');
    assert.deepEqual(await segments.readHost(host), before);
    assert.equal((await segments.updateSegment(segment, { name: 'rack-1' }, 1)).kind, 'changed');
  });

  it('deletes a segment with its hosts and frees their names, time and again', async () => {
    const stores = await open();
    const { segments, notifications } = stores;
    for (let round = 0; round < 3; round++) {
      const made = await segments.createSegment(uuid(round), segmentFields(), round);
      const inside = await segments.createHost(uuid(100 + round), uuid(round), hostFields(), round);
      assert.deepEqual([made.kind, inside.kind], ['created', 'created']);
      assert.equal(await segments.deleteSegment(uuid(round), round), 'deleted');
      assert.equal(await segments.readSegment(uuid(round)), undefined);
      assert.equal(await segments.readHost(uuid(100 + round)), undefined);
      assert.equal(await segments.findHost(hostName('compute-1')), undefined);
    }
    const left = await segments.listHosts({ filter: {}, sort: [], limit: 10 });
    assert.deepEqual(left, { kind: 'page', rows: [] });
    assert.equal(await segments.deleteSegment(uuid(0), 9), 'missing');
    const rows = await notifications.undispatched(10);
    assert.deepEqual(rows, []);
  });

  it('keeps notifications when their segment goes', async () => {
    const stores = await open();
    await withHost(stores);
    const incident = await openIncident(stores, 900);
    assert.equal(await stores.segments.deleteSegment(segment, 9), 'deleted');
    const filter = { incidentId: incident.id };
    const list = await stores.notifications.list({ filter, sort: [], limit: 10 });
    assert.equal(list.kind === 'page' && list.rows.length, 1);
  });

  it('frees the name of a deleted host', async () => {
    const stores = await open();
    await withHost(stores);
    assert.equal(await stores.segments.deleteHost(host, 300), 'deleted');
    assert.equal(await stores.segments.deleteHost(host, 300), 'missing');
    const again = await stores.segments.createHost(uuid(11), segment, hostFields(), 400);
    assert.equal(again.kind, 'created');
  });

  it('says that a row is missing before anything else', async () => {
    const { segments } = await open();
    assert.deepEqual(await segments.updateSegment(uuid(5), {}, 1), { kind: 'missing' });
    assert.deepEqual(await segments.updateHost(uuid(5), {}, 1), { kind: 'missing' });
    assert.equal(await segments.deleteHost(uuid(5), 1), 'missing');
  });

  it('refuses edits exactly while an incident of the segment is being worked on', async () => {
    const stores = await open();
    await withHost(stores);
    const { segments, incidents } = stores;
    const other = hostFields({ name: hostName('compute-2') });
    await segments.createHost(uuid(11), segment, other, 100);
    const tenure = await takeTenure(stores);
    const incident = await openIncident(stores, 900);
    const states: readonly IncidentState[] = [
      'suspected',
      'held',
      'fencing',
      'planning',
      'evacuating',
      'waiting_capacity',
      'refencing',
      'stuck',
      'cancelled',
    ];
    for (const [place, state] of states.entries()) {
      const from = states[place - 1];
      if (from !== undefined) {
        const move = { from, to: state, guard: null, reason: null, atMs: place };
        assert.equal(await incidents.move(tenure, incident.id, move), 'written');
      }
      const expected = WORKING_STATES.includes(state) ? 'in-use' : 'changed';
      assert.equal((await segments.updateSegment(segment, {}, 7)).kind, expected, state);
      assert.equal((await segments.updateHost(uuid(11), {}, 7)).kind, expected, state);
      if (expected === 'changed') continue;
      assert.equal(await segments.deleteHost(uuid(11), 7), 'in-use');
      assert.equal(await segments.deleteSegment(segment, 7), 'in-use');
    }
    assert.equal(await segments.deleteSegment(segment, 8), 'deleted');
  });

  it('adds hosts to a segment that is being worked on, so that capacity can be added', async () => {
    const stores = await open();
    await withHost(stores);
    const tenure = await takeTenure(stores);
    const { id } = await openIncident(stores, 900);
    const move = { from: 'suspected', to: 'fencing', guard: null, reason: null, atMs: 1 } as const;
    await stores.incidents.move(tenure, id, move);
    const fields = hostFields({ name: hostName('spare') });
    const added = await stores.segments.createHost(uuid(30), segment, fields, 9);
    assert.equal(added.kind, 'created');
  });

  it('applies every filter by equality', async () => {
    const { segments } = await open();
    await segments.createSegment(uuid(1), segmentFields(), 1);
    const other = segmentFields({ name: 'b', recoveryMethod: 'rh_priority', enabled: false });
    await segments.createSegment(uuid(2), { ...other, serviceType: 'x' }, 2);
    const filters = [{ recoveryMethod: 'rh_priority' }, { enabled: false }, { name: 'b' }] as const;
    for (const filter of [...filters, { serviceType: 'x' }]) {
      const page = await segments.listSegments({ filter, sort: [], limit: 10 });
      assert.deepEqual(page.kind === 'page' && page.rows.map((row) => row.uuid), [uuid(2)]);
    }
    await segments.createHost(uuid(10), uuid(1), hostFields(), 1);
    const odd = { name: hostName('h2'), type: 'QEMU', controlAttributes: 'IPMI' } as const;
    const fields = hostFields({ ...odd, reserved: true, onMaintenance: true });
    await segments.createHost(uuid(11), uuid(2), fields, 2);
    const named = Object.entries({ ...fields, segmentUuid: uuid<SegmentUuid>(2) });
    for (const [name, value] of named) {
      const page = await segments.listHosts({ filter: { [name]: value }, sort: [], limit: 10 });
      const found = page.kind === 'page' && page.rows.map((row) => row.uuid);
      assert.deepEqual(found, [uuid(11)], name);
    }
  });
});
