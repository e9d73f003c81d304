/** Aggregates and server groups as Nova answers them, and changes that are no change. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostName } from '@medevac/kernel';
import { CALL, type OpenedCloud, openForTest } from '../../test/open-for-test.ts';

const HOST = 'compute-02' as HostName;
const VERSION = { 'openstack-api-version': 'compute 2.41' };

const refusing = (bed: OpenedCloud, status: number, message: string): void =>
  bed.loopback.on('POST /v2.1/os-aggregates/3/action', {
    status,
    headers: VERSION,
    body: { fault: { code: status, message } },
  });

const listing = (bed: OpenedCloud, ids: readonly number[]): void =>
  bed.loopback.on('GET /v2.1/os-aggregates', {
    status: 200,
    headers: VERSION,
    body: {
      aggregates: ids.map((id) => ({
        id,
        uuid: `aggregate-${id}`,
        name: 'ssd',
        availability_zone: null,
        hosts: [],
        metadata: {},
      })),
    },
  });

describe('aggregates', () => {
  it('are read with their hosts and zone', async () => {
    await using bed = await openForTest();
    const aggregate = {
      id: 3,
      uuid: '6ba28ba7-f29b-45cc-a30b-6e3a40c2fb14',
      name: 'ssd',
      availability_zone: null,
      hosts: ['compute-01'],
      metadata: { ssd: 'true' },
    };
    bed.loopback.on('GET /v2.1/os-aggregates', {
      status: 200,
      headers: VERSION,
      body: { aggregates: [{ ...aggregate, deleted: false, created_at: 'x' }] },
    });
    const { availability_zone: availabilityZone, ...same } = aggregate;
    assert.deepEqual(await bed.cloud.aggregates.listAggregates(CALL), [
      { ...same, availabilityZone },
    ]);
  });

  it('take a host, which is no change when they have it', async () => {
    await using bed = await openForTest();
    const add = () => bed.cloud.aggregates.addHost(3, HOST, CALL);
    bed.loopback.on('POST /v2.1/os-aggregates/3/action', {
      status: 200,
      headers: VERSION,
      body: {},
    });
    assert.deepEqual(await add(), { kind: 'changed' });
    assert.deepEqual(bed.loopback.seen('POST /v2.1/os-aggregates/3/action').at(-1)?.body, {
      add_host: { host: HOST },
    });
    refusing(bed, 409, 'Cannot add host compute-02 in aggregate 3: already has host compute-02.');
    assert.deepEqual(await add(), { kind: 'unchanged' });
    refusing(bed, 409, 'Cannot add host compute-02 in aggregate 3: host is in another zone.');
    assert.equal((await add()).kind, 'refused');
    refusing(bed, 404, 'Aggregate 3 could not be found.');
    assert.deepEqual(await add(), { kind: 'missing' });
    refusing(bed, 404, 'Compute host compute-02 could not be found.');
    assert.equal((await add()).kind, 'refused');
  });

  it('give a host away, which is no change when they do not have it', async () => {
    await using bed = await openForTest();
    const remove = () => bed.cloud.aggregates.removeHost(3, HOST, CALL);
    bed.loopback.on('POST /v2.1/os-aggregates/3/action', {
      status: 200,
      headers: VERSION,
      body: {},
    });
    assert.deepEqual(await remove(), { kind: 'changed' });
    refusing(bed, 404, 'Cannot remove host compute-02 in aggregate 3');
    listing(bed, [3]);
    assert.deepEqual(await remove(), { kind: 'unchanged' });
    listing(bed, [4]);
    assert.deepEqual(await remove(), { kind: 'missing' });
    refusing(bed, 409, 'Cannot remove host: it has instances.');
    assert.equal((await remove()).kind, 'refused');
  });
});

describe('server groups', () => {
  it('are read page by page to the empty one, each group once', async () => {
    await using bed = await openForTest({ pageSize: 2 });
    const group = (number: number, rules = {}) => ({
      id: `group-${number}`,
      name: `g${number}`,
      policy: 'anti-affinity',
      rules,
      members: [`vm-${number}`],
      project_id: 'p',
      user_id: 'u',
    });
    const all = [group(1), group(2, { max_server_per_host: 3 }), group(3)];
    bed.loopback.on('GET /v2.1/os-server-groups', (request) => {
      const query = new URL(request.path, 'http://any').searchParams;
      assert.equal(query.get('all_projects'), 'true');
      const offset = Number(query.get('offset'));
      // A group was made between two pages: the second one begins with a row of the first.
      const begin = offset === 0 ? 0 : offset - 1;
      return {
        status: 200,
        headers: { 'openstack-api-version': 'compute 2.64' },
        body: { server_groups: offset > 3 ? [] : all.slice(begin, begin + 2) },
      };
    });
    const groups = await bed.cloud.serverGroups.listServerGroups(CALL);
    assert.deepEqual(
      groups.map((one) => [one.uuid, one.maxPerHost]),
      [
        ['group-1', 1],
        ['group-2', 3],
        ['group-3', 1],
      ],
    );
  });
});
