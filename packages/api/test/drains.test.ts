/** Drains of hosts in Medevac's own API, and reports of a host that fails while it is drained. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DrainState } from '@medevac/engine';
import type { DrainId, ReplicaId } from '@medevac/kernel';
import { addHost, addSegment, MEMBER_TOKEN, openApi, report } from './api-fixture.ts';

const URL = '/medevac/v1/drains';

interface Drain {
  readonly id: DrainId;
  readonly state: string;
  readonly parallel: number;
  readonly deadline_seconds: number;
  readonly asked_by: string;
  readonly note: string | null;
  readonly instances: readonly Readonly<Record<string, unknown>>[];
}

async function openDrained(fields: object = {}) {
  const api = openApi();
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid);
  const body = { drain: { host_name: 'compute-01', ...fields } };
  const answer = await api.ask({ method: 'POST', url: URL, body });
  const { drain } = JSON.parse(answer.text) as { readonly drain: Drain };
  const tenure = await api.stores.leases.take('run/drain', undefined, 'r1' as ReplicaId);
  assert.ok(tenure !== undefined);
  return { api, answer, drain, host, segment, tenure };
}

test('F5: a drain is taken, puts its host on maintenance, and is listed and shown', async () => {
  const asked = { parallel: 3, deadline_seconds: 600, note: 'new fan' };
  const { api, answer, drain, host, tenure } = await openDrained(asked);
  assert.equal(answer.status, 202);
  assert.deepEqual(
    [drain.state, drain.parallel, drain.deadline_seconds, drain.note],
    ['draining', 3, 600, 'new fan'],
  );
  assert.ok(api.nudges.length > 0, 'the engine is told');
  const row = await api.stores.segments.readHost(host.uuid as never);
  assert.deepEqual([row?.onMaintenance, row?.isMaintenanceOurs], [true, true]);
  const instance = { instanceUuid: 'i' as never, instanceName: 'vm-1', place: 1 };
  await api.stores.drains.plan(tenure, drain.id, [instance], 1);
  const shown = JSON.parse((await api.ask({ url: `${URL}/${drain.id}` })).text) as {
    readonly drain: Drain;
  };
  assert.deepEqual(
    shown.drain.instances.map((one) => [one['instance_name'], one['status']]),
    [['vm-1', 'pending']],
  );
  for (const [query, count] of [
    ['open=true&host_name=compute-01', 1],
    ['open=false', 0],
    ['host_name=compute-02', 0],
  ] as const) {
    const list = JSON.parse((await api.ask({ url: `${URL}?${query}` })).text) as {
      readonly drains: readonly Drain[];
    };
    assert.equal(list.drains.length, count, query);
  }
});

test('a drain is refused for what stands against it, for strangers, and for bad bodies', async () => {
  const { api, drain } = await openDrained();
  const post = (body: unknown, token?: string) =>
    api.ask({ method: 'POST', url: URL, body, ...(token === undefined ? {} : { token }) });
  const again = await post({ drain: { host_name: 'compute-01' } });
  assert.equal(again.status, 409);
  assert.match(again.text, new RegExp(`the drain ${drain.id} of compute-01 is open already`));
  assert.equal((await post({ drain: { host_name: 'compute-09' } })).status, 400);
  assert.equal((await post({ drain: { host_name: 'compute-01', parallel: 0 } })).status, 400);
  assert.equal((await post({ drain: { host_name: 'compute-01' } }, MEMBER_TOKEN)).status, 403);
  assert.equal((await api.ask({ url: `${URL}/nobody` })).status, 404);
  const undrain = await api.ask({ method: 'POST', url: `${URL}/${drain.id}/undrain` });
  assert.equal(undrain.status, 409);
  assert.match(undrain.text, /it is draining, and not drained; cancel the drain/);
});

test('a drain is called off, and a drained host is asked back', async () => {
  const first = await openDrained();
  const cancel = { method: 'POST', url: `${URL}/${first.drain.id}/cancel` } as const;
  assert.equal((await first.api.ask(cancel)).status, 202);
  assert.equal((await first.api.stores.drains.read(first.drain.id))?.state, 'cancelling');
  assert.equal((await first.api.ask(cancel)).status, 409);

  const { api, drain, tenure } = await openDrained();
  const drained = { from: DrainState.draining, to: DrainState.drained, message: null, atMs: 1 };
  await api.stores.drains.move(tenure, drain.id, drained);
  const undrain = { method: 'POST', url: `${URL}/${drain.id}/undrain` } as const;
  assert.equal((await api.ask({ ...undrain, body: { note: 'done' } })).status, 202);
  const row = await api.stores.drains.read(drain.id);
  assert.equal(row?.state, 'undraining');
  assert.match(row?.message ?? '', /^asked back by admin-id.*: done$/);
});

test('D12, D13: the maintenance of a drain refuses no report of a failure', async () => {
  for (const isEmptied of [false, true]) {
    const { api, drain, tenure } = await openDrained();
    const drained = { from: DrainState.draining, to: DrainState.drained, message: null, atMs: 1 };
    if (isEmptied) await api.stores.drains.move(tenure, drain.id, drained);
    assert.equal((await report(api)).status, 202);
  }
});

test("an operator's own maintenance refuses reports as ever, drained or not", async () => {
  const { api, host, segment } = await openDrained();
  const url = `/v1/segments/${segment.uuid}/hosts/${host.uuid}`;
  const body = { host: { on_maintenance: true } };
  assert.equal((await api.ask({ method: 'PUT', url, body })).status, 200);
  assert.equal((await report(api)).status, 409);
});
