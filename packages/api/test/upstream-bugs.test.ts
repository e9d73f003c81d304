/**
 * Where Masakari errs in a way that no client can depend on, this API does the sane thing. Each
 * test names the fault of upstream that it is about.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NotificationUuid } from '@medevac/kernel';
import { addHost, addSegment, openApi, report } from './api-fixture.ts';
import { moveThrough, openIncident } from './working-incident.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

async function openProtected() {
  const api = openApi();
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid);
  return { api, segment, host };
}

test('upstream answers 500 to the filter enabled: here it is read as a boolean', async () => {
  const { api } = await openProtected();
  await addSegment(api, { name: 'off', enabled: false });
  const names = async (query: string) =>
    (await api.ask({ url: `/v1/segments?enabled=${query}` })).body.segments.map(({ name }) => name);
  assert.deepEqual(await names('Yes'), ['rack-1']);
  assert.deepEqual(await names('False'), ['off']);
  assert.equal((await api.ask({ url: '/v1/segments?enabled=maybe' })).status, 400);
});

test('upstream takes the text "False" in a change of enabled for true: here it is false', async () => {
  const { api, segment } = await openProtected();
  const url = `/v1/segments/${segment.uuid}`;
  const changed = await api.ask({ method: 'PUT', url, body: { segment: { enabled: 'False' } } });
  assert.equal(changed.body.segment.enabled, false);
});

test('upstream ignores the filters name and control_attributes of hosts: here they count', async () => {
  const { api, segment } = await openProtected();
  await addHost(api, segment.uuid, { name: 'compute-02', control_attributes: 'IPMI' });
  const names = async (query: string) =>
    (await api.ask({ url: `/v1/segments/${segment.uuid}/hosts?${query}` })).body.hosts.map(
      ({ name }) => name,
    );
  assert.deepEqual(await names('name=compute-01'), ['compute-01']);
  assert.deepEqual(await names('control_attributes=IPMI'), ['compute-02']);
});

test('upstream answers 500 to a host with null as type or control_attributes: here 400', async () => {
  const { api, segment } = await openProtected();
  for (const field of ['type', 'control_attributes']) {
    const host = { name: 'compute-03', type: 'COMPUTE', control_attributes: 'SSH', [field]: null };
    const url = `/v1/segments/${segment.uuid}/hosts`;
    assert.equal((await api.ask({ method: 'POST', url, body: { host } })).status, 400);
  }
});

test('upstream answers 500 to a vmove of an unknown notification: here 404', async () => {
  const { api } = await openProtected();
  const answer = await api.ask({ url: `/v1/notifications/${UNKNOWN}/vmoves/${UNKNOWN}` });
  assert.equal(answer.status, 404);
  assert.equal(answer.message, `No notification with id ${UNKNOWN}.`);
});

test('upstream asks the engine for details and fails without one: here the database answers', async () => {
  const { api, segment, host } = await openProtected();
  const uuid = (await report(api)).body.notification.notification_uuid;
  await moveThrough(api, await openIncident(api, uuid as NotificationUuid), ['cancelled']);
  const url = `/v1/segments/${segment.uuid}/hosts/${host.uuid}`;
  assert.equal((await api.ask({ method: 'DELETE', url })).status, 204);
  const shown = await api.ask({ url: `/v1/notifications/${uuid}`, version: '1.1' });
  assert.equal(shown.status, 200);
  assert.deepEqual(shown.body.notification.recovery_workflow_details, []);
});

test('upstream takes the number of a row alone as marker: here its UUID too', async () => {
  const { api, segment } = await openProtected();
  await addSegment(api, { name: 'second' });
  for (const marker of [segment.uuid, segment.id]) {
    const url = `/v1/segments?sort_key=id&sort_dir=asc&marker=${marker}`;
    const { segments } = (await api.ask({ url })).body;
    assert.deepEqual(
      segments.map(({ name }) => name),
      ['second'],
    );
  }
});

test('upstream demands a token for the version document: here none is needed', async () => {
  const answer = await openApi().ask({ url: '/v1/', token: null });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.version.version, '1.3');
});

test('upstream blocks edits while any report is unfinished: here only while work is done', async () => {
  const { api, segment } = await openProtected();
  const uuid = (await report(api)).body.notification.notification_uuid as NotificationUuid;
  const edit = async () => {
    const url = `/v1/segments/${segment.uuid}`;
    return (await api.ask({ method: 'PUT', url, body: { segment: { description: 'x' } } })).status;
  };
  assert.equal(await edit(), 200, 'reported');
  const incident = await openIncident(api, uuid);
  for (const [state, status] of [
    ['held', 200],
    ['fencing', 409],
    ['planning', 409],
    ['evacuating', 409],
    ['waiting_capacity', 200],
    ['stuck', 200],
  ] as const) {
    await moveThrough(api, incident, [state]);
    assert.equal(await edit(), status, state);
  }
});

const SORT_KEYS = {
  segments:
    'id uuid name description service_type recovery_method enabled created_at updated_at ' +
    'deleted deleted_at',
  hosts:
    'id uuid name type control_attributes reserved on_maintenance failover_segment_id ' +
    'created_at updated_at deleted deleted_at',
  notifications:
    'id uuid notification_uuid type generated_time source_host_uuid failover_segment_uuid ' +
    'payload status message created_at updated_at deleted deleted_at',
  vmoves:
    'id uuid notification_uuid instance_uuid instance_name source_host dest_host start_time ' +
    'end_time type status message created_at updated_at deleted deleted_at',
} as const;
for (const [list, keys] of Object.entries(SORT_KEYS)) {
  test(`${list} can be ordered by every column of their table`, async () => {
    const { api, segment } = await openProtected();
    const uuid = (await report(api)).body.notification.notification_uuid;
    await openIncident(api, uuid as NotificationUuid);
    const urls: Readonly<Record<string, string>> = {
      hosts: `/v1/segments/${segment.uuid}/hosts`,
      vmoves: `/v1/notifications/${uuid}/vmoves`,
    };
    for (const key of keys.split(' ')) {
      const url = `${urls[list] ?? `/v1/${list}`}?sort_key=${key}`;
      assert.equal((await api.ask({ url })).status, 200, key);
    }
  });
}
