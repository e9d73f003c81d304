/** A person's word, over the API, that the host of an incident is off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostSilence } from '@medevac/engine';
import type { NotificationUuid } from '@medevac/kernel';
import { addHost, addSegment, MEMBER_TOKEN, openApi, PROJECT, report } from './api-fixture.ts';
import { moveThrough, openIncident } from './working-incident.ts';

const WORD = { reason: 'both plugs are pulled' };

async function openReported(silence: HostSilence = { kind: 'silent', forMs: 60_000 }) {
  const api = openApi({ silenceOf: async () => silence });
  const segment = await addSegment(api);
  await addHost(api, segment.uuid);
  const uuid = (await report(api)).body.notification.notification_uuid as NotificationUuid;
  const incident = await openIncident(api, uuid);
  const say = (body: unknown, token?: string) =>
    api.ask({
      method: 'POST',
      url: `/medevac/v1/incidents/${incident.id}/confirm-fenced`,
      body,
      ...(token === undefined ? {} : { token }),
    });
  return { api, incident, say };
}

test('the word is kept as evidence with identity and reason', async () => {
  const { api, incident, say } = await openReported();
  const answer = await say(WORD);
  assert.equal(answer.status, 202, answer.text);
  const evidence = await api.stores.incidents.readEvidence(incident.id);
  const { kind, observer, content } = evidence.at(-1)!;
  assert.equal(kind, 'confirmed_off');
  assert.equal(observer, `admin-id/${PROJECT}`);
  assert.deepEqual(content, { kind: 'off', reason: WORD.reason, silentForMs: 60_000 });
});

test('a word without a reason is none', async () => {
  const { api, incident, say } = await openReported();
  for (const body of [{}, { reason: '' }, { reason: 7 }, { ...WORD, note: 'more' }]) {
    assert.equal((await say(body)).status, 400, JSON.stringify(body));
  }
  assert.equal((await api.stores.incidents.readEvidence(incident.id)).length, 1);
});

for (const [what, silence, told] of [
  ['reports', { kind: 'reporting', waitMs: 4_200 }, /not shown compute-01 silent.+in 5 s/],
  ['is not to be seen', { kind: 'unseen' }, /does not show the service of compute-01/],
] as const) {
  test(`it is refused while the host ${what} in Nova, and nothing is kept`, async () => {
    const { api, incident, say } = await openReported(silence);
    const answer = await say(WORD);
    assert.equal(answer.status, 409);
    assert.match(answer.message, told);
    assert.equal((await api.stores.incidents.readEvidence(incident.id)).length, 1);
  });
}

test('it is refused for an incident that has ended, and 404 for one that never was', async () => {
  const { api, incident, say } = await openReported();
  await moveThrough(api, incident, ['cancelled']);
  const answer = await say(WORD);
  assert.equal(answer.status, 409);
  assert.match(answer.message, /it is cancelled; only the host of an open incident/);
  const url = '/medevac/v1/incidents/none/confirm-fenced';
  assert.equal((await api.ask({ method: 'POST', url, body: WORD })).status, 404);
});

test('only those whom the policy names may give it', async () => {
  const { say } = await openReported();
  assert.equal((await say(WORD, MEMBER_TOKEN)).status, 403);
});
