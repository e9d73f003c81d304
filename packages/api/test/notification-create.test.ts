/** Reports of failures: what is accepted, what is refused and what a refused one still tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostName, NotificationUuid } from '@medevac/kernel';
import {
  ADMIN_TOKEN,
  addHost,
  addSegment,
  HOST_STOPPED,
  openApi,
  PROJECT,
  report,
} from './api-fixture.ts';
import { openIncident } from './working-incident.ts';

const INSTANCE = '6f14551e-8006-4e5a-9158-490c141b2b78';
const VM_PAYLOAD = { event: 'LIFECYCLE', instance_uuid: INSTANCE, vir_domain_event: 'STOPPED' };

async function openProtected(overrides: Parameters<typeof openApi>[0] = {}) {
  const api = openApi(overrides);
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid);
  return { api, segment, host };
}

test('a report is stored as new, answered with 202, and the engine is nudged', async () => {
  const { api, segment, host } = await openProtected();
  const answer = await report(api);
  assert.equal(answer.status, 202);
  const { notification } = answer.body;
  assert.deepEqual(notification, {
    id: notification.id,
    notification_uuid: notification.notification_uuid,
    type: 'COMPUTE_HOST',
    generated_time: '2026-11-20T20:58:12.500000',
    source_host_uuid: host.uuid,
    failover_segment_uuid: segment.uuid,
    payload: HOST_STOPPED,
    status: 'new',
    message: null,
    created_at: '2026-11-20T21:00:00.000000',
    updated_at: null,
    deleted: false,
    deleted_at: null,
  });
  assert.equal(api.nudges.length, 1);
  const [waiting] = await api.stores.notifications.undispatched(10);
  assert.equal(waiting?.uuid, notification.notification_uuid);
  assert.equal(waiting?.reportedBy, `admin-id/${PROJECT}`);
});

const ACCEPTED: readonly object[] = [
  { payload: { event: 'STARTED' } },
  { payload: { event: 'STOPPED', host_status: 'UNKNOWN' } },
  { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'nova-compute' } },
  { type: 'VM', payload: VM_PAYLOAD },
  { type: 'VM', payload: { ...VM_PAYLOAD, instance_uuid: INSTANCE.replaceAll('-', '') } },
];
for (const fields of ACCEPTED) {
  test(`${JSON.stringify(fields)} is accepted`, async () => {
    const { api } = await openProtected();
    assert.equal((await report(api, fields)).status, 202);
  });
}

const REFUSED: readonly (readonly [fields: object, message: RegExp])[] = [
  [{ type: 'DISK' }, /'DISK' is not one of \('COMPUTE_HOST', 'VM', 'PROCESS'\)$/],
  [{ hostname: 'com pute' }, /'com pute' does not match '\^\[a-zA-Z0-9-\._\]\*\$'$/],
  [{ generated_time: 'yesterday' }, /'yesterday' is not a 'date-time'$/],
  [{ payload: {} }, /^'event' is a required property$/],
  [{ payload: { event: 'STOPPED', other: 'x' } }, /\('other' was unexpected\)$/],
  [{ type: 'PROCESS', payload: { event: 'stopped', process_name: 'x' } }, /'stopped' is not one/],
  [{ type: 'VM', payload: { ...VM_PAYLOAD, instance_uuid: 'x' } }, /'x' is not a 'uuid'$/],
  [{ extra: 1 }, /\('extra' was unexpected\)$/],
];
for (const [fields, message] of REFUSED) {
  test(`${JSON.stringify(fields)} is refused`, async () => {
    const { api } = await openProtected();
    const answer = await report(api, fields);
    assert.equal(answer.status, 400);
    assert.match(answer.message, message);
    assert.equal(api.nudges.length, 0);
  });
}

test('a host that is in no segment is a 400', async () => {
  const { api } = await openProtected();
  const answer = await report(api, { hostname: 'compute-03' });
  assert.equal(answer.status, 400);
  assert.equal(answer.message, 'Host with name compute-03 could not be found.');
});

test('a host on maintenance is a 409, told before a duplicate', async () => {
  const { api, segment, host } = await openProtected();
  await report(api);
  const url = `/v1/segments/${segment.uuid}/hosts/${host.uuid}`;
  await api.ask({ method: 'PUT', url, body: { host: { on_maintenance: true } } });
  const answer = await report(api);
  assert.equal(answer.status, 409);
  assert.equal(
    answer.message,
    "Notification received from host compute-01 of type 'COMPUTE_HOST' " +
      'is ignored as the host is already under maintenance.',
  );
  assert.equal(api.nudges.length, 1);
});

test('an equal report within the window is a duplicate, a later or other one is none', async () => {
  const { api } = await openProtected();
  const at = (time: string, fields: object = {}) =>
    report(api, { generated_time: time, ...fields });
  assert.equal((await at('2026-11-20T20:00:00')).status, 202);
  const again = await at('2026-11-20T20:03:00');
  assert.equal(again.status, 409);
  assert.equal(
    again.message,
    'Notification received from host compute-01 of type COMPUTE_HOST is duplicate.',
  );
  const { event, host_status, cluster_status } = HOST_STOPPED;
  const reordered = { cluster_status, host_status, event };
  assert.equal((await at('2026-11-20T20:01:00', { payload: reordered })).status, 409);
  assert.equal((await at('2026-11-20T20:01:00', { payload: { event } })).status, 202);
  assert.equal((await at('2026-11-20T20:03:00.001')).status, 202);
  assert.equal(api.nudges.length, 3);
});

test('the window of duplicates is an option', async () => {
  const options = { authUrl: 'http://keystone', duplicateWindowMs: 1_000 };
  const { api } = await openProtected({ options });
  await report(api, { generated_time: '2026-11-20T20:00:00' });
  const later = await report(api, { generated_time: '2026-11-20T20:00:01.001' });
  assert.equal(later.status, 202);
  const sooner = await report(api, { generated_time: '2026-11-20T20:00:02' });
  assert.equal(sooner.status, 409);
});

test('a refused report of a failure joins the open incident as evidence', async () => {
  const { api, segment, host } = await openProtected();
  const first = await report(api);
  const uuid = first.body.notification.notification_uuid as NotificationUuid;
  const { id } = await openIncident(api, uuid);
  await report(api);
  const url = `/v1/segments/${segment.uuid}/hosts/${host.uuid}`;
  await api.ask({ method: 'PUT', url, body: { host: { on_maintenance: true } } });
  await report(api, { generated_time: '2026-11-20T22:00:00Z' });
  const [, ...evidence] = await api.stores.incidents.readEvidence(id);
  assert.deepEqual(
    evidence.map(({ kind, source, observer, receivedAtMs }) => [
      kind,
      source,
      observer,
      receivedAtMs,
    ]),
    Array(2).fill(['failure', 'notification', `admin-id/${PROJECT}`, api.clock.wallMs()]),
  );
  assert.deepEqual(evidence[1]?.content, {
    type: 'COMPUTE_HOST',
    generated_time: '2026-11-20T22:00:00Z',
    payload: HOST_STOPPED,
  });
});

test('only a report that the host itself has failed is kept as evidence', async () => {
  const { api } = await openProtected();
  const uuid = (await report(api)).body.notification.notification_uuid as NotificationUuid;
  const { id } = await openIncident(api, uuid);
  const others: readonly object[] = [
    { payload: { event: 'STARTED', host_status: 'NORMAL' } },
    { payload: { event: 'STOPPED', host_status: 'UNKNOWN' } },
    { payload: { event: 'STOPPED' } },
    { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'x' } },
  ];
  for (const fields of others) {
    assert.equal((await report(api, fields)).status, 202);
    assert.equal((await report(api, fields)).status, 409);
  }
  assert.equal((await api.stores.incidents.readEvidence(id)).length, 1);
});

test('a duplicate about a host without an incident opens none', async () => {
  const { api } = await openProtected();
  await report(api);
  assert.equal((await report(api)).status, 409);
  const open = await api.stores.incidents.findOpen('compute-01' as HostName);
  assert.equal(open, undefined);
});

test('copies that come before the incident of their original are kept for it', async () => {
  const { api } = await openProtected();
  const uuid = (await report(api)).body.notification.notification_uuid as NotificationUuid;
  assert.equal((await report(api)).status, 409);
  assert.equal((await report(api)).status, 409);
  const { id } = await openIncident(api, uuid);
  const evidence = await api.stores.incidents.readEvidence(id);
  const copies = Array<string>(2).fill(`admin-id/${PROJECT}`);
  assert.deepEqual(evidence.map(({ observer }) => observer).toSorted(), ['a monitor', ...copies]);
});

test('a report is accepted even when the nudge of the engine fails', async () => {
  const dispatch = (): void => {
    throw new Error('the engine is gone');
  };
  const { api } = await openProtected({ dispatch });
  const answer = await report(api);
  assert.equal(answer.status, 202);
  const url = `/v1/notifications/${answer.body.notification.notification_uuid}`;
  assert.equal((await api.ask({ url, token: ADMIN_TOKEN })).status, 200);
});
