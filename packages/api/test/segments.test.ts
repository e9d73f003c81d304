/** Segments: create, show, update and delete. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncidentState } from '@medevac/core';
import type { NotificationUuid } from '@medevac/kernel';
import { addHost, addSegment, openApi, report } from './api-fixture.ts';
import { moveThrough, openIncident } from './working-incident.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

test('a segment is created with defaults and shown as it was created', async () => {
  const api = openApi();
  const segment = await addSegment(api, { name: 'alpha' });
  assert.deepEqual(segment, {
    id: segment.id,
    uuid: segment.uuid,
    name: 'alpha',
    description: null,
    service_type: 'COMPUTE',
    recovery_method: 'auto',
    enabled: true,
    created_at: '2026-11-20T21:00:00.000000',
    updated_at: null,
    deleted: false,
    deleted_at: null,
  });
  const shown = await api.ask({ url: `/v1/segments/${segment.uuid}` });
  assert.deepEqual(shown.body, { segment });
});

test('an update changes the given fields alone and stamps the time', async () => {
  const api = openApi();
  const segment = await addSegment(api, { description: 'first' });
  await api.clock.advance(1_500);
  const url = `/v1/segments/${segment.uuid}`;
  const body = { segment: { recovery_method: 'rh_priority', enabled: 'off' } };
  const changed = await api.ask({ method: 'PUT', url, body });
  const expected = {
    ...segment,
    recovery_method: 'rh_priority',
    enabled: false,
    updated_at: '2026-11-20T21:00:01.500000',
  };
  assert.deepEqual(changed.body, { segment: expected });
  const cleared = await api.ask({ method: 'PUT', url, body: { segment: { description: null } } });
  assert.equal(cleared.body.segment.description, null);
});

test('every word for true and false is understood', async () => {
  const api = openApi();
  for (const [index, word] of ['True', 'yes', '1', 'on', true].entries()) {
    assert.equal((await addSegment(api, { name: `t${index}`, enabled: word })).enabled, true);
  }
  for (const [index, word] of ['False', 'NO', '0', 'Off', false].entries()) {
    assert.equal((await addSegment(api, { name: `f${index}`, enabled: word })).enabled, false);
  }
});

test('a name is unique among live segments', async () => {
  const api = openApi();
  const segment = await addSegment(api, { name: 'alpha' });
  const other = await addSegment(api, { name: 'beta' });
  const body = { segment: { name: 'alpha' } };
  const again = await api.ask({ method: 'PUT', url: `/v1/segments/${other.uuid}`, body });
  assert.equal(again.status, 409);
  assert.equal(again.message, 'Failover segment with name alpha already exists.');
  const removed = await api.ask({ method: 'DELETE', url: `/v1/segments/${segment.uuid}` });
  assert.equal(removed.status, 204);
  assert.equal(removed.text, '');
  assert.equal((await addSegment(api, { name: 'alpha' })).name, 'alpha');
});

test('an unknown identifier is not found, whatever is asked of it', async () => {
  const api = openApi();
  for (const id of [UNKNOWN, 'alpha', '1', 'x'.repeat(300)]) {
    const url = `/v1/segments/${id}`;
    const answers = [
      await api.ask({ url }),
      await api.ask({ method: 'PUT', url, body: { segment: { name: 'x' } } }),
      await api.ask({ method: 'DELETE', url }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 404);
      const message = `No failover segment with id ${id}.`;
      assert.deepEqual(answer.body, { itemNotFound: { code: 404, message } });
    }
  }
});

test('deleting a segment deletes its hosts, whose names can be used again', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  await addHost(api, segment.uuid);
  await api.ask({ method: 'DELETE', url: `/v1/segments/${segment.uuid}` });
  const next = await addSegment(api);
  assert.equal((await addHost(api, next.uuid)).name, 'compute-01');
});

const REFUSING: readonly IncidentState[] = ['fencing', 'planning', 'evacuating'];
const ROAD: readonly IncidentState[] = ['fencing', 'planning', 'evacuating', 'waiting_capacity'];

for (const state of ['suspected', ...ROAD] as const) {
  const refused = REFUSING.includes(state);
  const verb = refused ? 'cannot' : 'can';
  test(`a segment and its hosts ${verb} be edited while an incident is ${state}`, async () => {
    const api = openApi();
    const segment = await addSegment(api);
    const host = await addHost(api, segment.uuid);
    const reported = await report(api);
    const uuid = reported.body.notification.notification_uuid as NotificationUuid;
    const incident = await openIncident(api, uuid);
    await moveThrough(api, incident, ROAD.slice(0, ROAD.indexOf(state) + 1));
    const url = `/v1/segments/${segment.uuid}`;
    const hostUrl = `${url}/hosts/${host.uuid}`;
    const answers = [
      await api.ask({ method: 'PUT', url, body: { segment: { description: 'x' } } }),
      await api.ask({ method: 'PUT', url: hostUrl, body: { host: { reserved: true } } }),
      await api.ask({ method: 'DELETE', url: hostUrl }),
      await api.ask({ method: 'DELETE', url }),
    ];
    if (!refused) {
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 204, 204],
      );
      return;
    }
    const tail = 'as it is in-use to process notifications.';
    assert.deepEqual(
      answers.map(({ status, message }) => [status, message]),
      [
        [409, `Failover segment ${segment.uuid} can't be updated ${tail}`],
        [409, `Host ${host.uuid} can't be updated ${tail}`],
        [409, `Host ${host.uuid} can't be deleted ${tail}`],
        [409, `Failover segment (${segment.uuid}) can't be deleted ${tail}`],
      ],
    );
  });
}
