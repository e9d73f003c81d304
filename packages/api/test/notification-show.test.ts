/** One notification: its status and, from 1.1, what was done about it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NotificationUuid } from '@medevac/kernel';
import type { RecoveryDetail } from '../src/index.ts';
import { addHost, addSegment, openApi, report } from './api-fixture.ts';
import { readCapture } from './replay/capture.ts';
import { addEvents, moveThrough, openIncident } from './working-incident.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

async function openReported() {
  const api = openApi();
  await addHost(api, (await addSegment(api)).uuid);
  const answer = await report(api);
  const uuid = answer.body.notification.notification_uuid as NotificationUuid;
  return { api, uuid, url: `/v1/notifications/${uuid}`, created: answer.body.notification };
}

test('a notification is shown as it was created, with empty details from 1.1', async () => {
  const { api, url, created } = await openReported();
  assert.deepEqual((await api.ask({ url, version: '1.0' })).body, { notification: created });
  for (const version of ['1.1', '1.2', '1.3']) {
    assert.deepEqual((await api.ask({ url, version })).body, {
      notification: { ...created, recovery_workflow_details: [] },
    });
  }
});

test('lines of one step are its progress, steps stand in order of their first line', async () => {
  const { api, uuid, url } = await openReported();
  const incident = await openIncident(api, uuid);
  const atMs = Date.UTC(2026, 10, 20, 20, 58, 9, 412);
  const line = (step: string, progress: number, failed = false) => ({
    step,
    message: `${step} at ${progress}`,
    progress,
    failed,
    atMs,
  });
  await addEvents(api, incident, [
    line('fence', 0),
    line('evacuate', 0),
    line('fence', 1),
    line('evacuate', 0.25),
    line('disable', 0),
    line('disable', 0.5, true),
    line('settle', 0, true),
    line('settle', 1),
  ]);
  const { notification } = (await api.ask({ url, version: '1.1' })).body;
  const details = notification.recovery_workflow_details;
  assert.deepEqual(
    details.map(({ name, state, progress }) => [name, state, progress]),
    [
      ['fence', 'SUCCESS', 1],
      ['evacuate', 'RUNNING', 0.25],
      ['disable', 'FAILURE', 0.5],
      ['settle', 'SUCCESS', 1],
    ],
  );
  const timestamp = '2026-11-20 20:58:09.412000';
  assert.deepEqual(details[1]?.progress_details, [
    { timestamp, progress: '0.0', message: 'evacuate at 0' },
    { timestamp, progress: '0.25', message: 'evacuate at 0.25' },
  ]);
  const recorded = readCapture('notification-show-vm-finished').answer.body as {
    notification: { recovery_workflow_details: RecoveryDetail[] };
  };
  const example = recorded.notification.recovery_workflow_details[0]!;
  assert.deepEqual(Object.keys(details[0]!).sort(), Object.keys(example).sort());
  const inner = (detail: RecoveryDetail): string[] =>
    Object.keys(detail.progress_details[0]!).sort();
  assert.deepEqual(inner(details[0]!), inner(example));
});

test('the status and message of a settled incident are shown', async () => {
  const { api, uuid, url } = await openReported();
  const incident = await openIncident(api, uuid);
  assert.equal((await api.ask({ url })).body.notification.status, 'new');
  await moveThrough(api, incident, ['fencing']);
  assert.equal((await api.ask({ url })).body.notification.status, 'running');
  await moveThrough(api, incident, ['planning', 'recovered']);
  assert.equal((await api.ask({ url })).body.notification.status, 'finished');
});

test('an unknown notification is not found', async () => {
  const { api } = await openReported();
  for (const id of [UNKNOWN, '7', 'detail']) {
    const answer = await api.ask({ url: `/v1/notifications/${id}` });
    assert.equal(answer.status, 404);
    assert.equal(answer.message, `No notification with id ${id}.`);
  }
});

test('a notification can be neither changed nor deleted', async () => {
  const { api, url } = await openReported();
  const put = await api.ask({ method: 'PUT', url, body: { notification: {} } });
  const remove = await api.ask({ method: 'DELETE', url });
  for (const [answer, method, action] of [
    [put, 'PUT', 'update'],
    [remove, 'DELETE', 'delete'],
  ] as const) {
    assert.equal(answer.status, 405);
    assert.equal(
      answer.body.badMethod.message,
      `The request method: '${method}' with action: '${action}' is not allowed on this resource`,
    );
  }
});
