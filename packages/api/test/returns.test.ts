/** Returns of hosts in Medevac's own API, and reports of a host that fails on its way back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReturnState } from '@medevac/engine';
import type { NotificationUuid, ServiceUuid } from '@medevac/kernel';
import { addHost, addSegment, MEMBER_TOKEN, openApi, report } from './api-fixture.ts';
import { moveThrough, openIncident } from './working-incident.ts';

const URL = '/medevac/v1/returns';

/** A host that a recovery has put on maintenance, with its return in the state. */
async function openReturning(state: ReturnState) {
  const api = openApi();
  const segment = await addSegment(api);
  const { uuid } = await addHost(api, segment.uuid);
  const { body } = await report(api);
  const { id, tenure } = await openIncident(
    api,
    body.notification.notification_uuid as NotificationUuid,
  );
  const { hostUuid, hostName } = (await api.stores.incidents.read(id))!;
  const { incidents, returns } = api.stores;
  const atMs = api.clock.wallMs();
  const serviceUuid = 'service' as ServiceUuid;
  const host = { incidentId: id, hostUuid, hostName, serviceUuid, silentStamp: '1' };
  await returns.open(tenure, { ...host, wasEnabled: true, createdAtMs: atMs });
  await incidents.setMaintenance(tenure, hostUuid, atMs);
  await moveThrough(api, { id, tenure }, ['fencing', 'planning', 'recovered']);
  const move = async (from: ReturnState, to: ReturnState) =>
    returns.move(tenure, id, { from, to, message: `now ${to}`, atMs });
  if (state !== 'waiting') await returns.begin(id, 'waiting', atMs);
  if (state === 'cleared') await move('clearing', 'cleared');
  return { api, id, segment, uuid };
}

const later = { generated_time: '2026-11-20T23:00:00' };

test('F1: a return is listed and shown, and its approval takes the host off maintenance', async () => {
  const { api, id, uuid } = await openReturning(ReturnState.cleared);
  const list = await api.ask({ url: `${URL}?open=true&host_name=compute-01` });
  const { returns } = JSON.parse(list.text) as { returns: readonly Record<string, unknown>[] };
  assert.deepEqual(
    returns.map((one) => [one['incident_id'], one['state'], one['reason']]),
    [[id, 'cleared', 'now cleared']],
  );
  const none = await api.ask({ url: `${URL}?open=false` });
  assert.deepEqual(JSON.parse(none.text), { returns: [] });
  const approve = { method: 'POST', url: `${URL}/${id}/approve` } as const;
  assert.equal((await api.ask({ ...approve, token: MEMBER_TOKEN })).status, 403);
  assert.equal((await api.stores.segments.readHost(uuid as never))?.onMaintenance, true);
  assert.equal((await api.ask(approve)).status, 202);
  assert.equal((await api.stores.segments.readHost(uuid as never))?.onMaintenance, false);
  assert.equal((await api.ask({ url: `${URL}/nobody` })).status, 404);
});

test('a host that has not been heard of cannot be approved', async () => {
  const { api, id } = await openReturning(ReturnState.waiting);
  const answer = await api.ask({ method: 'POST', url: `${URL}/${id}/approve` });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /it is waiting, and only a cleared host can be approved/);
});

test('D13: its own maintenance refuses no report of a failure on the way back', async () => {
  for (const state of [ReturnState.clearing, ReturnState.cleared]) {
    const { api } = await openReturning(state);
    assert.equal((await report(api, later)).status, 202, state);
  }
});

test('its own maintenance refuses reports of a host that has not been heard of since', async () => {
  const { api } = await openReturning(ReturnState.waiting);
  assert.equal((await report(api, later)).status, 409);
});

test("an operator's own maintenance refuses every report, on the way back too", async () => {
  const { api, segment, uuid } = await openReturning(ReturnState.cleared);
  const url = `/v1/segments/${segment.uuid}/hosts/${uuid}`;
  const body = { host: { on_maintenance: true } };
  assert.equal((await api.ask({ method: 'PUT', url, body })).status, 200);
  assert.equal((await report(api, later)).status, 409);
});
