/** Incidents in Medevac's own API: what is shown, and what may be asked of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NotificationUuid, RunId } from '@medevac/kernel';
import type { IncidentDetailWire, IncidentWire } from '../src/index.ts';
import {
  type ApiFixture,
  addHost,
  addSegment,
  MEMBER_TOKEN,
  openApi,
  PROJECT,
  report,
} from './api-fixture.ts';
import { addEvents, moveThrough, openIncident } from './working-incident.ts';

const URL = '/medevac/v1/incidents';
const WHO = `admin-id/${PROJECT}`;

async function openReported() {
  const api = openApi();
  const segment = await addSegment(api);
  await addHost(api, segment.uuid);
  const uuid = (await report(api)).body.notification.notification_uuid as NotificationUuid;
  const incident = await openIncident(api, uuid);
  return { api, segment, uuid, incident };
}

async function askFor(api: ApiFixture, url: string) {
  const answer = await api.ask({ url });
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as {
    readonly incident: IncidentDetailWire;
    readonly incidents: readonly IncidentWire[];
  };
}

const order = (api: ApiFixture, id: string, command: string, body?: unknown) =>
  api.ask({
    method: 'POST',
    url: `${URL}/${id}/${command}`,
    ...(body === undefined ? {} : { body }),
  });

test('an incident is shown with its timeline, its evidence and its reports', async () => {
  const { api, segment, uuid, incident } = await openReported();
  const line = { step: 'JudgeHostTask', message: 'silent for 11 s', progress: 1, failed: false };
  await addEvents(api, incident, [{ ...line, atMs: api.clock.wallMs() }]);
  await moveThrough(api, incident, ['fencing']);
  await report(api, { generated_time: '2026-11-20T20:58:13' });
  const at = '2026-11-20T21:00:00.000Z';
  const { incident: shown } = await askFor(api, `${URL}/${incident.id}`);
  assert.deepEqual(
    { ...shown, evidence: shown.evidence.map(({ observer }) => observer) },
    {
      id: incident.id,
      host_uuid: shown.host_uuid,
      host_name: 'compute-01',
      segment_uuid: segment.uuid,
      state: 'fencing',
      guard: null,
      reason: null,
      opened_at: at,
      updated_at: at,
      closed_at: null,
      retries: 0,
      acknowledged: null,
      paused: null,
      chosen_method: null,
      cancel_asked: null,
      notifications: [uuid],
      timeline: [{ at, ...line }],
      evidence: ['a monitor', WHO],
      instances: [],
    },
  );
});

test('incidents are listed, filtered and paged', async () => {
  const { api, segment, incident } = await openReported();
  const ids = async (query: string) =>
    (await askFor(api, `${URL}${query}`)).incidents.map(({ id }) => id);
  assert.deepEqual(await ids(''), [incident.id]);
  for (const query of [
    '?state=suspected',
    '?host_name=compute-01',
    `?segment_uuid=${segment.uuid}`,
    '?open=true',
    '?acknowledged=no',
    '?limit=1',
  ]) {
    assert.deepEqual(await ids(query), [incident.id], query);
  }
  for (const query of [
    '?state=fencing',
    '?state=lost',
    '?host_name=compute-02',
    '?open=0',
    '?acknowledged=1',
    '?limit=0',
    `?marker=${incident.id}`,
  ]) {
    assert.deepEqual(await ids(query), [], query);
  }
  for (const query of ['?marker=nobody', '?open=perhaps', '?limit=-1']) {
    assert.equal((await api.ask({ url: `${URL}${query}` })).status, 400, query);
  }
});

test('a cancellation is taken, shown until it has come, and refused after the end', async () => {
  const { api, incident } = await openReported();
  const taken = await order(api, incident.id, 'cancel', { note: 'by hand' });
  assert.equal(taken.status, 202, taken.text);
  const run = await api.stores.journal.readRun(`host-failure/${incident.id}` as RunId);
  assert.equal(run?.cancelReason, `asked for by ${WHO}: by hand`);
  const { incident: shown } = await askFor(api, `${URL}/${incident.id}`);
  assert.equal(shown.cancel_asked, run?.cancelReason);
  await moveThrough(api, incident, ['cancelled']);
  const late = await order(api, incident.id, 'cancel');
  assert.equal(late.status, 409);
  assert.match(
    late.message,
    /^The command cancel is not for incident .* it is cancelled already\.$/,
  );
});

test('a retry opens an ended incident again and is refused where nothing is left', async () => {
  const { api, incident, uuid } = await openReported();
  assert.equal((await order(api, incident.id, 'retry')).status, 409);
  await moveThrough(api, incident, ['fencing', 'planning', 'partly_recovered']);
  const taken = await order(api, incident.id, 'retry', {});
  assert.equal(taken.status, 202, taken.text);
  const { incident: shown } = await askFor(api, `${URL}/${incident.id}`);
  assert.deepEqual([shown.state, shown.retries, shown.closed_at], ['suspected', 1, null]);
  assert.equal(shown.evidence.at(-1)?.source, 'operator');
  const seen = await api.ask({ url: `/v1/notifications/${uuid}` });
  assert.equal(seen.body.notification.status, 'new');
});

test('an acknowledgement is kept with who, when and why', async () => {
  const { api, incident } = await openReported();
  const taken = await order(api, incident.id, 'acknowledge', { note: 'on my way' });
  assert.equal(taken.status, 200);
  await order(api, incident.id, 'acknowledge');
  const [listed] = (await askFor(api, `${URL}?acknowledged=true`)).incidents;
  const at = '2026-11-20T21:00:00.000Z';
  assert.deepEqual(listed?.acknowledged, { by: WHO, note: 'on my way', at });
});

test('F6: a pause is shown with who and why, refused twice, and ended by a resume', async () => {
  const { api, incident } = await openReported();
  const taken = await order(api, incident.id, 'pause', { note: 'rack work' });
  assert.equal(taken.status, 202, taken.text);
  const at = '2026-11-20T21:00:00.000Z';
  const { incident: shown } = await askFor(api, `${URL}/${incident.id}`);
  assert.deepEqual(shown.paused, { by: WHO, note: 'rack work', at });
  assert.deepEqual(
    shown.timeline.map(({ message }) => message),
    [`paused by ${WHO}: rack work`],
  );
  const twice = await order(api, incident.id, 'pause');
  assert.equal(twice.status, 409);
  assert.match(twice.message, /paused by .* already; resume it to let it go on\.$/);
  assert.equal((await order(api, incident.id, 'resume')).status, 202);
  assert.equal((await askFor(api, `${URL}/${incident.id}`)).incident.paused, null);
  const again = await order(api, incident.id, 'resume');
  assert.equal(again.status, 409);
  assert.match(again.message, /it is suspected and not paused; there is nothing to resume\.$/);
});

test('D26: another method is kept with who chose it, and refused when there is none', async () => {
  const { api, incident } = await openReported();
  const taken = await order(api, incident.id, 'method', { method: 'rh_priority' });
  assert.equal(taken.status, 202, taken.text);
  const at = '2026-11-20T21:00:00.000Z';
  const { incident: shown } = await askFor(api, `${URL}/${incident.id}`);
  assert.deepEqual(shown.chosen_method, { method: 'rh_priority', by: WHO, note: null, at });
  for (const body of [undefined, {}, { method: 'by_hand' }]) {
    assert.equal((await order(api, incident.id, 'method', body)).status, 400);
  }
  await moveThrough(api, incident, ['cancelled']);
  const late = await order(api, incident.id, 'method', { method: 'auto' });
  assert.equal(late.status, 409);
  assert.match(late.message, /cancelled already; .* retry it first\.$/);
});

test('F6: a retry of one instance is refused when the incident does not have it', async () => {
  const { api, incident } = await openReported();
  const instance = '00000000-0000-4000-a000-000000000001';
  const refused = await order(api, incident.id, 'retry', { instance_uuid: instance });
  assert.equal(refused.status, 409);
  assert.match(refused.message, new RegExp(`it has no instance ${instance}\\.$`));
  const wrong = await order(api, incident.id, 'retry', { instance_uuid: 'a/b' });
  assert.equal(wrong.status, 400);
});

test('what is not there, not valid or not allowed is refused as everywhere', async () => {
  const { api, incident } = await openReported();
  assert.equal((await api.ask({ url: `${URL}/nobody` })).message, 'No incident with id nobody.');
  assert.equal((await order(api, 'nobody', 'retry')).status, 404);
  assert.equal((await order(api, incident.id, 'explode')).status, 404);
  assert.equal((await api.ask({ url: '/medevac/v1' })).status, 404);
  for (const body of [{ note: 5 }, { why: 'x' }, [], { note: 'x'.repeat(1_001) }]) {
    assert.equal((await order(api, incident.id, 'cancel', body)).status, 400);
  }
  assert.equal((await api.ask({ url: URL, token: null })).status, 401);
  const url = `${URL}/${incident.id}/cancel`;
  const forbidden = await api.ask({ method: 'POST', url, token: MEMBER_TOKEN });
  assert.equal(forbidden.status, 403);
  assert.match(forbidden.message, /medevac_api:incidents:cancel/);
});
