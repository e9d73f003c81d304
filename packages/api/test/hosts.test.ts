/** Hosts: create, show, update and delete, and the question to Nova. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { addHost, addSegment, openApi } from './api-fixture.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const HOST = { name: 'compute-03', type: 'COMPUTE', control_attributes: 'SSH' };

test('a host is created with defaults and carries its whole segment', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid, { reserved: 'True' });
  assert.deepEqual(host, {
    id: host.id,
    uuid: host.uuid,
    name: 'compute-01',
    type: 'COMPUTE',
    control_attributes: 'SSH',
    reserved: true,
    on_maintenance: false,
    failover_segment_id: segment.uuid,
    failover_segment: segment,
    created_at: '2026-11-20T21:00:00.000000',
    updated_at: null,
    deleted: false,
    deleted_at: null,
  });
  const url = `/v1/segments/${segment.uuid}/hosts`;
  assert.deepEqual((await api.ask({ url: `${url}/${host.uuid}` })).body, { host });
  assert.deepEqual((await api.ask({ url })).body, { hosts: [host] });
});

test('an update changes the given fields alone', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid);
  const url = `/v1/segments/${segment.uuid}/hosts/${host.uuid}`;
  const body = { host: { on_maintenance: 'yes', name: 'compute-02' } };
  const changed = await api.ask({ method: 'PUT', url, body });
  assert.deepEqual(changed.body.host, {
    ...host,
    name: 'compute-02',
    on_maintenance: true,
    updated_at: '2026-11-20T21:00:00.000000',
  });
});

test('a host is found under its own segment only', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  const other = await addSegment(api, { name: 'other' });
  const host = await addHost(api, segment.uuid);
  for (const [inSegment, id] of [
    [other.uuid, host.uuid],
    [segment.uuid, UNKNOWN],
    [UNKNOWN, host.uuid],
  ]) {
    const url = `/v1/segments/${inSegment}/hosts/${id}`;
    const answers = [
      await api.ask({ url }),
      await api.ask({ method: 'PUT', url, body: { host: { reserved: true } } }),
      await api.ask({ method: 'DELETE', url }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 404);
      assert.equal(
        answer.message,
        `Host '${id}' under failover_segment '${inSegment}' could not be found.`,
      );
    }
  }
  const strange = await api.ask({ url: `/v1/segments/${segment.uuid}/hosts/compute-01` });
  assert.equal(strange.message, 'No host with id compute-01.');
  const kept = await api.ask({ url: `/v1/segments/${segment.uuid}/hosts/${host.uuid}` });
  assert.equal(kept.status, 200);
});

test('an unknown segment has no hosts and takes none', async () => {
  const api = openApi();
  const url = `/v1/segments/${UNKNOWN}/hosts`;
  for (const answer of [
    await api.ask({ url }),
    await api.ask({ method: 'POST', url, body: { host: HOST } }),
  ]) {
    assert.equal(answer.status, 404);
    assert.equal(answer.message, `No failover segment with id ${UNKNOWN}.`);
  }
});

test('a name is unique among the live hosts of all segments', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  const other = await addSegment(api, { name: 'other' });
  const host = await addHost(api, segment.uuid);
  const url = `/v1/segments/${other.uuid}/hosts`;
  const body = { host: { ...HOST, name: 'compute-01' } };
  const again = await api.ask({ method: 'POST', url, body });
  assert.equal(again.status, 409);
  assert.equal(again.message, 'Host with name compute-01 already exists.');
  const removed = await api.ask({
    method: 'DELETE',
    url: `/v1/segments/${segment.uuid}/hosts/${host.uuid}`,
  });
  assert.equal(removed.status, 204);
  assert.equal((await api.ask({ method: 'POST', url, body })).status, 201);
});

test('a name that is no compute service is refused when creating and when renaming', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid);
  const url = `/v1/segments/${segment.uuid}/hosts`;
  for (const answer of [
    await api.ask({ method: 'POST', url, body: { host: { ...HOST, name: 'compute-99' } } }),
    await api.ask({
      method: 'PUT',
      url: `${url}/${host.uuid}`,
      body: { host: { name: 'compute-99' } },
    }),
  ]) {
    assert.equal(answer.status, 400);
    assert.equal(answer.message, 'Compute service with name compute-99 could not be found.');
  }
});

test('null is no type and no control attributes', async () => {
  const api = openApi();
  const url = `/v1/segments/${(await addSegment(api)).uuid}/hosts`;
  for (const field of ['type', 'control_attributes']) {
    const body = { host: { ...HOST, [field]: null } };
    const answer = await api.ask({ method: 'POST', url, body });
    assert.equal(answer.status, 400);
    assert.match(answer.message, /None is not of type 'string'$/);
  }
});

const novaAnswers = async (status: number) => {
  const kind = { code: 'cloud.refused', retry: 'never', advice: 'Check the role.' } as const;
  const error = new OperationalError(kind, 'Nova said no', { fields: { status } });
  const api = openApi({ computeServiceExists: () => Promise.reject(error) });
  const url = `/v1/segments/${(await addSegment(api)).uuid}/hosts`;
  const answer = await api.ask({ method: 'POST', url, body: { host: HOST } });
  assert.deepEqual((await api.ask({ url })).body, { hosts: [] });
  return answer;
};

test('Nova forbidding the look-up is a 403', async () => {
  const answer = await novaAnswers(403);
  assert.equal(answer.status, 403);
  assert.equal(answer.message, 'Nova does not let Medevac look up compute service compute-03.');
});

test('any other failure of Nova is a 500 that names it', async () => {
  const answer = await novaAnswers(503);
  assert.equal(answer.status, 500);
  assert.match(answer.message, /compute-03: Nova said no$/);
});
