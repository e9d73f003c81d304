/** Vmoves of a notification. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  HostName,
  IncidentId,
  InstanceUuid,
  NotificationUuid,
  VmoveUuid,
} from '@medevac/kernel';
import { type ApiFixture, addHost, addSegment, openApi, report } from './api-fixture.ts';
import { openIncident } from './working-incident.ts';

const uuidOf = (index: number): string => `00000000-0000-4000-8000-00000000000${index}`;

async function openMoved() {
  const api = openApi();
  const segment = await addSegment(api);
  await addHost(api, segment.uuid);
  const uuid = (await report(api)).body.notification.notification_uuid as NotificationUuid;
  const { id, tenure } = await openIncident(api, uuid);
  const planned = [1, 2, 3].map((index) => planOf(id, index));
  await api.stores.vmoves.plan(tenure, planned);
  const change = {
    status: 'succeeded',
    destHost: 'compute-02' as HostName,
    startAtMs: api.clock.wallMs(),
    endAtMs: api.clock.wallMs() + 1_000,
  } as const;
  await api.stores.vmoves.change(
    tenure,
    { incidentId: id, instanceUuid: uuidOf(1) as InstanceUuid },
    change,
    5_000,
  );
  return { api, segment, uuid, id, url: `/v1/notifications/${uuid}/vmoves` };
}

const planOf = (incidentId: IncidentId, index: number) => ({
  uuid: uuidOf(index + 5) as VmoveUuid,
  incidentId,
  instanceUuid: uuidOf(index) as InstanceUuid,
  instanceName: `vm-${index}`,
  sourceHost: 'compute-01' as HostName,
  type: 'evacuation' as const,
  status: 'pending' as const,
  message: null,
  before: { vmState: 'active', taskState: null, powerState: 1, locked: false },
  createdAtMs: Date.UTC(2026, 10, 20, 21, 0, index),
});

test('a vmove is shown with the notification that was asked for', async () => {
  const { api, uuid, url } = await openMoved();
  const shown = await api.ask({ url: `${url}/${uuidOf(6)}`, version: '1.3' });
  assert.equal(shown.status, 200);
  const { vmove } = shown.body;
  assert.deepEqual(vmove, {
    id: vmove.id,
    uuid: uuidOf(6),
    notification_uuid: uuid,
    instance_uuid: uuidOf(1),
    instance_name: 'vm-1',
    source_host: 'compute-01',
    dest_host: 'compute-02',
    start_time: '2026-11-20T21:00:00.000000',
    end_time: '2026-11-20T21:00:01.000000',
    type: 'evacuation',
    status: 'succeeded',
    message: null,
    created_at: '2026-11-20T21:00:01.000000',
    updated_at: '1970-01-01T00:00:05.000000',
    deleted: false,
    deleted_at: null,
  });
});

test('vmoves are listed at every version, filtered, ordered and paged', async () => {
  const { api, url } = await openMoved();
  const names = async (query: string, version = '1.3') =>
    (await api.ask({ url: `${url}${query}`, version })).body.vmoves.map(
      (vmove: { instance_name: string }) => vmove.instance_name,
    );
  assert.deepEqual(await names(''), ['vm-3', 'vm-2', 'vm-1']);
  assert.deepEqual(await names('', '1.0'), ['vm-3', 'vm-2', 'vm-1']);
  assert.deepEqual(await names('?status=succeeded'), ['vm-1']);
  assert.deepEqual(await names('?status=lost'), []);
  assert.deepEqual(await names('?type=migration'), []);
  assert.deepEqual(await names('?type=evacuation&sort_key=created_at&sort_dir=asc&limit=1'), [
    'vm-1',
  ]);
  assert.deepEqual(await names(`?marker=${uuidOf(8)}`), ['vm-2', 'vm-1']);
});

const otherNotification = async (api: ApiFixture, fields: object): Promise<string> =>
  (await report(api, fields)).body.notification.notification_uuid;

test('a notification without an incident has an empty list', async () => {
  const { api } = await openMoved();
  const other = await otherNotification(api, { payload: { event: 'STARTED' } });
  const answer = await api.ask({ url: `/v1/notifications/${other}/vmoves` });
  assert.deepEqual(answer.body, { vmoves: [] });
});

test('a vmove is not found under another notification', async () => {
  const { api, url } = await openMoved();
  const other = await otherNotification(api, { payload: { event: 'STARTED' } });
  for (const [base, id] of [
    [`/v1/notifications/${other}/vmoves`, uuidOf(6)],
    [url, uuidOf(9)],
    [url, 'vm-1'],
  ]) {
    const answer = await api.ask({ url: `${base}/${id}` });
    assert.equal(answer.status, 404);
    assert.equal(answer.message, `No vm move with id ${id}.`);
  }
});

test('only a notification about a compute host has vmoves', async () => {
  const { api } = await openMoved();
  const fields = { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'x' } };
  const other = await otherNotification(api, fields);
  for (const tail of ['', `/${uuidOf(6)}`]) {
    const answer = await api.ask({ url: `/v1/notifications/${other}/vmoves${tail}` });
    assert.equal(answer.status, 400);
    assert.equal(answer.message, `This notification ${other} without vm moves.`);
    const unknown = await api.ask({ url: `/v1/notifications/${uuidOf(0)}/vmoves${tail}` });
    assert.equal(unknown.status, 404);
    assert.equal(unknown.message, `No notification with id ${uuidOf(0)}.`);
  }
});

test('vmoves can be neither created, changed nor deleted', async () => {
  const { api, url } = await openMoved();
  const member = `${url}/${uuidOf(6)}`;
  assert.equal((await api.ask({ method: 'POST', url, body: {} })).status, 405);
  assert.equal((await api.ask({ method: 'PUT', url: member, body: {} })).status, 405);
  assert.equal((await api.ask({ method: 'DELETE', url: member })).status, 405);
});
