/** Who holds allocations of an instance. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type InstanceUuid, OperationalError } from '@medevac/kernel';
import { CALL, openForTest } from '../../test/open-for-test.ts';

const INSTANCE = 'f249d89d-e26f-4702-a4d5-30064d7eb9ee' as InstanceUuid;
const SOURCE = '5ac48e81-b0fa-461b-9554-299f6a46fe5d';

async function recorded(name: string): Promise<unknown> {
  const url = new URL(`../../test/fixtures/${name}.json`, import.meta.url);
  return (JSON.parse(await readFile(url, 'utf8')) as { readonly body: unknown }).body;
}

test('names source and destination while an evacuation is under way, each asked once', async () => {
  await using bed = await openForTest();
  const { loopback } = bed;
  const allocations = await recorded('allocations-evacuating');
  loopback.on('GET /placement/allocations/', { status: 200, body: allocations });
  loopback.on('GET /placement/resource_providers/', {
    status: 200,
    body: { uuid: 'other', name: 'compute-02' },
  });
  const source = await recorded('provider');
  loopback.on(`GET /placement/resource_providers/${SOURCE}`, { status: 200, body: source });
  for (let round = 0; round < 2; round++) {
    const names = await bed.cloud.placement.allocatedProviders(INSTANCE, CALL);
    assert.deepEqual(names, ['compute-04', 'compute-02']);
  }
  assert.equal(loopback.seen('GET /placement/resource_providers/').length, 2);
  const [request] = loopback.seen('GET /placement/allocations/');
  assert.equal(request?.headers['openstack-api-version'], 'placement 1.14');
});

test('names nobody when there are no allocations', async () => {
  await using bed = await openForTest();
  bed.loopback.on('GET /placement/allocations/', { status: 200, body: { allocations: {} } });
  assert.deepEqual(await bed.cloud.placement.allocatedProviders(INSTANCE, CALL), []);
});

test('shows a provider that has vanished by its UUID', async () => {
  await using bed = await openForTest();
  const body = { allocations: { gone: {} } };
  bed.loopback.on('GET /placement/allocations/', { status: 200, body });
  bed.loopback.on('GET /placement/resource_providers/', { status: 404 });
  assert.deepEqual(await bed.cloud.placement.allocatedProviders(INSTANCE, CALL), ['gone']);
});

test('verifies Keystone, both endpoints and the right to read from them', async () => {
  await using bed = await openForTest();
  bed.loopback.on('GET /v2.1/os-services', { status: 200, body: { services: [] } });
  const errors = [
    { errors: [{ status: 403, title: 'Forbidden', detail: 'Policy does not allow it.' }] },
  ][0];
  bed.loopback.on('GET /placement/resource_providers', { status: 403, body: errors });
  await assert.rejects(bed.cloud.verify(CALL), (error: unknown) => {
    assert.ok(error instanceof OperationalError);
    assert.equal(error.code, 'cloud.forbidden');
    assert.match(error.message, /^placement: GET .* answered 403: Policy does not allow it\./);
    return true;
  });
  const body = { resource_providers: [] };
  bed.loopback.on('GET /placement/resource_providers', { status: 200, body });
  await bed.cloud.verify(CALL);
});

test('adds up what each provider has free, under the names of nodes', async () => {
  await using bed = await openForTest();
  const summary = (root: string, used: number) => ({
    resources: { VCPU: { capacity: 16, used }, MEMORY_MB: { capacity: 4096, used: 512 } },
    traits: ['COMPUTE_NODE'],
    root_provider_uuid: root,
    parent_provider_uuid: null,
  });
  bed.loopback.on('GET /placement/allocation_candidates', {
    status: 200,
    body: {
      allocation_requests: [],
      provider_summaries: { 'uuid-1': summary('uuid-1', 3), 'uuid-2': summary('uuid-1', 16) },
    },
  });
  bed.loopback.on('GET /placement/resource_providers', {
    status: 200,
    body: {
      resource_providers: [
        { uuid: 'uuid-1', name: 'compute-01' },
        { uuid: 'uuid-2', name: 'compute-01_pci' },
      ],
    },
  });
  for (let round = 0; round < 2; round++) {
    const least = { VCPU: 1, MEMORY_MB: 512 };
    assert.deepEqual(await bed.cloud.placement.listCapacity(least, CALL), [
      {
        name: 'compute-01',
        root: 'compute-01',
        free: { VCPU: 13, MEMORY_MB: 3584 },
        traits: ['COMPUTE_NODE'],
      },
      {
        name: 'compute-01_pci',
        root: 'compute-01',
        free: { VCPU: 0, MEMORY_MB: 3584 },
        traits: ['COMPUTE_NODE'],
      },
    ]);
  }
  assert.equal(bed.loopback.seen('GET /placement/resource_providers').length, 1);
  const [request] = bed.loopback.seen('GET /placement/allocation_candidates');
  assert.match(request?.path ?? '', /resources=VCPU%3A1%2CMEMORY_MB%3A512/);
  assert.equal(request?.headers['openstack-api-version'], 'placement 1.29');
});
