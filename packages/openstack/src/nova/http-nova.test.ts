/** Nova over HTTP against a played Nova: paging, cells that are down, refusals, lost replies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostName, InstanceUuid, ServiceUuid } from '@medevac/kernel';
import { OperationalError } from '@medevac/kernel';
import type { Answer, LoopbackCloud, SeenRequest } from '../../test/loopback-cloud.ts';
import { CALL, openForTest } from '../../test/open-for-test.ts';
import { compareStamps } from './change-one-service.ts';
import { novaBaseUrl } from './http-nova.ts';

const HOST = 'compute-01' as HostName;
const INSTANCE = 'f249d89d-e26f-4702-a4d5-30064d7eb9ee' as InstanceUuid;
const SERVICE = '67c505a6-1c64-498b-b69e-1ddd0c991ddd' as ServiceUuid;

const service = (over: object = {}) => ({
  id: SERVICE,
  binary: 'nova-compute',
  host: HOST,
  status: 'enabled',
  state: 'up',
  updated_at: '2026-11-20T23:05:45.000000',
  disabled_reason: null,
  forced_down: false,
  ...over,
});

const server = (id: string, host = HOST) => ({
  id,
  name: `vm-${id}`,
  status: 'ACTIVE',
  tenant_id: 'p1',
  metadata: { HA_Enabled: 'True' },
  image: '',
  created: '2026-11-20T23:04:32Z',
  updated: '2026-11-20T23:04:33Z',
  locked: false,
  locked_reason: null,
  tags: [],
  flavor: { original_name: 'm1', vcpus: 1, ram: 64, disk: 1, ephemeral: 0, swap: 0 },
  'os-extended-volumes:volumes_attached': [],
  'OS-EXT-SRV-ATTR:host': host,
  'OS-EXT-STS:vm_state': 'active',
  'OS-EXT-STS:task_state': null,
  'OS-EXT-STS:power_state': 1,
});

const migration = (id: number) => ({
  id,
  uuid: `m-${id}`,
  instance_uuid: INSTANCE,
  migration_type: 'evacuation',
  status: 'done',
  source_compute: HOST,
  dest_compute: 'compute-02',
  created_at: `2026-11-20T23:05:${10 + id}.000000`,
  updated_at: null,
});

const parameters = (request: SeenRequest): URLSearchParams =>
  new URL(request.path, 'http://any').searchParams;

interface PagedList {
  readonly path: string;
  readonly key: string;
  readonly items: readonly object[];
  readonly markerOf: (item: object) => string;
}

/** Cuts a list as Nova does: a page that is full has a link to the next one. */
function servePages(loopback: LoopbackCloud, list: PagedList): void {
  loopback.on(`GET /v2.1${list.path}`, (request): Answer => {
    const query = parameters(request);
    const limit = Number(query.get('limit'));
    const marker = query.get('marker');
    const at = list.items.findIndex((item) => list.markerOf(item) === marker);
    if (marker !== null && at === -1) {
      return { status: 400, body: { badRequest: { message: `marker [${marker}] not found` } } };
    }
    const page = list.items.slice(at + 1, at + 1 + limit);
    const links = page.length === limit ? { [`${list.key}_links`]: [{ rel: 'next' }] } : {};
    return { status: 200, body: { [list.key]: page, ...links } };
  });
}

const serverList = (...ids: readonly string[]): PagedList => ({
  path: '/servers/detail',
  key: 'servers',
  items: ids.map((id) => server(id)),
  markerOf: (item) => String(Reflect.get(item, 'id')),
});
const migrationList = (...ids: readonly number[]): PagedList => ({
  path: '/os-migrations',
  key: 'migrations',
  items: ids.map(migration),
  markerOf: (item) => String(Reflect.get(item, 'uuid')),
});

async function errorOf(work: Promise<unknown>): Promise<OperationalError> {
  const error = await work.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperationalError, String(error));
  return error;
}

test('reads every page of the instances of a host', async () => {
  await using bed = await openForTest({ pageSize: 2 });
  servePages(bed.loopback, serverList('a', 'b', 'c', 'd', 'e'));
  const { servers, unseen } = await bed.cloud.nova.listServers({ host: HOST }, CALL);
  assert.deepEqual(
    servers.map((one) => one.uuid),
    ['a', 'b', 'c', 'd', 'e'],
  );
  assert.deepEqual(unseen, []);
  const pages = bed.loopback.seen('GET /v2.1/servers/detail');
  assert.deepEqual(
    pages.map((one) => parameters(one).get('marker')),
    [null, 'b', 'd'],
  );
  for (const page of pages) {
    assert.equal(page.headers['openstack-api-version'], 'compute 2.73');
    assert.equal(parameters(page).get('all_tenants'), '1');
    assert.equal(parameters(page).get('host'), HOST);
  }
});

test('asks for changes without the deleted ones', async () => {
  await using bed = await openForTest();
  servePages(bed.loopback, serverList('a'));
  const changedSince = '2026-11-20T23:04:33Z';
  await bed.cloud.nova.listServers({ host: HOST, changedSince }, CALL);
  const [page] = bed.loopback.seen('GET /v2.1/servers/detail');
  assert.ok(page);
  assert.equal(parameters(page).get('changes-since'), changedSince);
  assert.equal(parameters(page).get('deleted'), 'false');
});

test('begins again when the marker was deleted between two pages', async () => {
  await using bed = await openForTest({ pageSize: 2 });
  const first = { servers: [server('a'), server('b')], servers_links: [{ rel: 'next' }] };
  const replies: Answer[] = [
    { status: 200, body: first },
    { status: 400, body: { badRequest: { message: 'marker [b] not found' } } },
    { status: 200, body: { servers: [server('a'), server('c')] } },
  ];
  bed.loopback.on('GET /v2.1/servers/detail', () => replies.shift() ?? 'drop');
  const { servers } = await bed.cloud.nova.listServers({ host: HOST }, CALL);
  assert.deepEqual(
    servers.map((one) => one.uuid),
    ['a', 'c'],
  );
  const pages = bed.loopback.seen('GET /v2.1/servers/detail');
  assert.deepEqual(
    pages.map((one) => parameters(one).get('marker')),
    [null, 'b', null],
  );
});

test('does not read in a circle when pages repeat', async () => {
  await using bed = await openForTest({ pageSize: 1 });
  const body = { servers: [server('a')], servers_links: [{ rel: 'next' }] };
  bed.loopback.on('GET /v2.1/servers/detail', { status: 200, body });
  const error = await errorOf(bed.cloud.nova.listServers({ host: HOST }, CALL));
  assert.equal(error.code, 'cloud.list_unfinished');
});

test('believes an empty list only when Nova can see the host', async () => {
  await using bed = await openForTest();
  servePages(bed.loopback, serverList());
  const down = { binary: 'nova-compute', host: HOST, status: 'UNKNOWN' };
  bed.loopback.on('GET /v2.1/os-services', { status: 200, body: { services: [down] } });
  const error = await errorOf(bed.cloud.nova.listServers({ host: HOST }, CALL));
  assert.equal(error.code, 'cloud.cell_down');
  assert.equal(error.retry, 'after');
  bed.loopback.on('GET /v2.1/os-services', { status: 200, body: { services: [service()] } });
  assert.deepEqual(await bed.cloud.nova.listServers({ host: HOST }, CALL), {
    servers: [],
    unseen: [],
  });
});

test('reads an empty list again that its cell may have been left out of', async () => {
  await using bed = await openForTest();
  servePages(bed.loopback, serverList());
  bed.loopback.on('GET /v2.1/os-services', () => {
    // Back before the service is looked at: the list was answered without it.
    servePages(bed.loopback, serverList('a'));
    return { status: 200, body: { services: [service()] } };
  });
  const { servers } = await bed.cloud.nova.listServers({ host: HOST }, CALL);
  assert.deepEqual(
    servers.map((one) => one.uuid),
    ['a'],
  );
});

test('does not believe a second empty list when its cell is unseen after it', async () => {
  await using bed = await openForTest();
  servePages(bed.loopback, serverList());
  const down = { binary: 'nova-compute', host: HOST, status: 'UNKNOWN' };
  let looks = 0;
  bed.loopback.on('GET /v2.1/os-services', () => {
    looks += 1;
    return { status: 200, body: { services: [looks === 1 ? service() : down] } };
  });
  const error = await errorOf(bed.cloud.nova.listServers({ host: HOST }, CALL));
  assert.deepEqual([error.code, looks], ['cloud.cell_down', 2]);
});

test('keeps instances of a cell that is down apart', async () => {
  await using bed = await openForTest();
  const servers = [server('a'), { id: 'b', status: 'UNKNOWN', tenant_id: 'p1' }];
  bed.loopback.on('GET /v2.1/servers/detail', { status: 200, body: { servers } });
  const list = await bed.cloud.nova.listServers({ host: HOST }, CALL);
  assert.deepEqual([list.servers.map((one) => one.uuid), list.unseen], [['a'], ['b']]);
});

test('does not take a partial record for an instance', async () => {
  await using bed = await openForTest();
  const body = { server: { id: INSTANCE, status: 'UNKNOWN', tenant_id: 'p1' } };
  bed.loopback.on('GET /v2.1/servers/', { status: 200, body });
  const error = await errorOf(bed.cloud.nova.readServer(INSTANCE, CALL));
  assert.equal(error.code, 'cloud.cell_down');
});

test('notices that its filter by host was ignored', async () => {
  await using bed = await openForTest();
  const servers = [server('a'), server('b', 'compute-02' as HostName)];
  bed.loopback.on('GET /v2.1/servers/detail', { status: 200, body: { servers } });
  const error = await errorOf(bed.cloud.nova.listServers({ host: HOST }, CALL));
  assert.equal(error.code, 'cloud.forbidden');
  assert.match(error.message, /it listed b on compute-02/);
});

test('shows a service of a cell that is down as unseen', async () => {
  await using bed = await openForTest();
  const down = { binary: 'nova-compute', host: 'compute-09', status: 'UNKNOWN' };
  const services = [service(), down, service({ binary: 'nova-scheduler' })];
  bed.loopback.on('GET /v2.1/os-services', { status: 200, body: { services } });
  const views = await bed.cloud.nova.listComputeServices({}, CALL);
  assert.deepEqual(
    views.map((view) => [view.kind, view.host]),
    [
      ['seen', HOST],
      ['unseen', 'compute-09'],
    ],
  );
});

test('reads migrations of one type to the last link, or to the record that is known', async () => {
  await using bed = await openForTest({ pageSize: 2 });
  servePages(bed.loopback, migrationList(7, 6, 5, 4, 3, 2, 1));
  const query = { sourceHost: HOST, type: 'evacuation' };
  const all = await bed.cloud.nova.listMigrations(query, CALL);
  assert.deepEqual(
    all.map((one) => one.id),
    [7, 6, 5, 4, 3, 2, 1],
  );
  const before = bed.loopback.requests.length;
  const newer = await bed.cloud.nova.listMigrations({ ...query, newerThanId: 5 }, CALL);
  assert.deepEqual(
    newer.map((one) => one.id),
    [7, 6],
  );
  assert.equal(bed.loopback.requests.length - before, 2);
  const [page] = bed.loopback.seen('GET /v2.1/os-migrations');
  assert.ok(page);
  assert.equal(parameters(page).get('source_compute'), HOST);
  assert.equal(parameters(page).get('migration_type'), 'evacuation');
});

test('goes on behind a page from which Nova hid a record', async () => {
  await using bed = await openForTest({ pageSize: 3 });
  bed.loopback.on('GET /v2.1/os-migrations', (request) => {
    const marker = parameters(request).get('marker');
    const ids = marker === null ? [9, 7] : marker === 'm-7' ? [6] : [];
    return { status: 200, body: { migrations: ids.map(migration) } };
  });
  const all = await bed.cloud.nova.listMigrations({ host: HOST }, CALL);
  assert.deepEqual(
    all.map((one) => one.id),
    [9, 7, 6],
  );
});

const say = (kind: string, message: string) => ({ [kind]: { code: 0, message } });
for (const [status, body, kind] of [
  [200, undefined, 'accepted'],
  [400, say('badRequest', 'Compute service of compute-01 is still in use.'), 'service-in-use'],
  [400, say('badRequest', "The target host can't be the same one."), 'rejected'],
  [404, say('itemNotFound', 'Compute host compute-02 not found.'), 'rejected'],
  [404, say('itemNotFound', 'Instance f could not be found.'), 'missing'],
  [409, say('conflictingRequest', "Cannot 'evacuate' instance f"), 'conflict'],
] as const) {
  test(`takes ${status} "${Object.values(body ?? {})[0]?.message ?? ''}" as ${kind}`, async () => {
    await using bed = await openForTest();
    bed.loopback.on(`POST /v2.1/servers/${INSTANCE}/action`, {
      status,
      ...(body === undefined ? {} : { body }),
    });
    const to = 'compute-02' as HostName;
    const outcome = await bed.cloud.nova.evacuate(INSTANCE, to, CALL);
    assert.equal(outcome.kind, kind);
    const [request] = bed.loopback.seen('POST /v2.1/servers/');
    assert.equal(request?.headers['openstack-api-version'], 'compute 2.68');
    assert.deepEqual(request?.body, { evacuate: { host: to } });
  });
}

for (const [title, answer] of [
  ['whose reply is lost', 'drop'],
  ['that ends in a 500', { status: 500, body: say('computeFault', 'MessagingTimeout') }],
] as const) {
  test(`sends an evacuate call ${title} once, with an unknown outcome`, async () => {
    await using bed = await openForTest();
    bed.loopback.on('POST /v2.1/servers/', answer);
    const error = await errorOf(bed.cloud.nova.evacuate(INSTANCE, undefined, CALL));
    assert.equal(error.retry, 'unknown-outcome');
    assert.equal(bed.loopback.seen('POST /v2.1/servers/').length, 1);
  });
}

test('resets and stops with their own conflicts', async () => {
  await using bed = await openForTest();
  bed.loopback.on('POST /v2.1/servers/', { status: 202 });
  const { nova } = bed.cloud;
  assert.deepEqual(await nova.resetState(INSTANCE, 'error', CALL), { kind: 'accepted' });
  bed.loopback.on('POST /v2.1/servers/', { status: 409, body: say('conflictingRequest', 'busy') });
  const outcome = await nova.stop(INSTANCE, CALL);
  assert.ok(outcome.kind === 'conflict');
  assert.match(outcome.message, /^busy \(request /);
  assert.deepEqual(
    bed.loopback.seen('POST /v2.1/servers/').map((one) => one.body),
    [{ 'os-resetState': { state: 'error' } }, { 'os-stop': null }],
  );
});

const CHANGE = { forcedDown: true, status: 'disabled', disabledReason: 'why' } as const;
const WRITTEN = { forced_down: true, state: 'down', status: 'disabled', disabled_reason: 'why' };

for (const [title, put, get, expected] of [
  ['cut', '47.472357', '47.000000', '47.000000'],
  ['cut late in its second', '47.972357', '47.000000', '47.000000'],
  ['kept as it is', '47.572357', '47.572357', '47.572357'],
  ['overtaken by a report of the host', '47.472357', '49.000000', '47.472357'],
] as const) {
  test(`shows a stamp of a write that is ${title} by the database`, async () => {
    await using bed = await openForTest();
    const stamp = (seconds: string) => `2026-11-20T23:05:${seconds}`;
    const written = service({ ...WRITTEN, updated_at: stamp(put) });
    const stored = service({ ...WRITTEN, updated_at: stamp(get) });
    bed.loopback.on('PUT /v2.1/os-services/', { status: 200, body: { service: written } });
    bed.loopback.on('GET /v2.1/os-services', { status: 200, body: { services: [stored] } });
    const outcome = await bed.cloud.nova.changeService(SERVICE, CHANGE, CALL);
    assert.ok(outcome.kind === 'changed');
    assert.equal(outcome.service.updatedAt, stamp(expected));
    assert.equal(outcome.service.forcedDown, true);
    const [request] = bed.loopback.seen('PUT /v2.1/os-services/');
    assert.deepEqual(request?.body, {
      forced_down: true,
      status: 'disabled',
      disabled_reason: 'why',
    });
  });
}

test('does not let a host that reports after our write hide behind a rounded stamp', async () => {
  await using bed = await openForTest();
  const written = service({ ...WRITTEN, updated_at: '2026-11-20T23:05:47.572357' });
  const reported = service({ ...WRITTEN, updated_at: '2026-11-20T23:05:48.000000' });
  bed.loopback.on('PUT /v2.1/os-services/', { status: 200, body: { service: written } });
  bed.loopback.on('GET /v2.1/os-services', { status: 200, body: { services: [reported] } });
  const error = await errorOf(bed.cloud.nova.changeService(SERVICE, CHANGE, CALL));
  assert.equal(error.code, 'cloud.stamp_unclear');
  assert.equal(error.retry, 'unknown-outcome');
  assert.match(error.message, /changed at .*:47\.572357 and shows .*:48\.000000/);
});

test('calls the outcome of a change unknown when its stamp cannot be read', async () => {
  await using bed = await openForTest();
  bed.loopback.on('PUT /v2.1/os-services/', { status: 200, body: { service: service(WRITTEN) } });
  bed.loopback.on('GET /v2.1/os-services', { status: 500 });
  const error = await errorOf(bed.cloud.nova.changeService(SERVICE, CHANGE, CALL));
  assert.equal(error.retry, 'unknown-outcome');
  assert.equal(error.code, 'cloud.failed');
});

test('keeps the reason of a refused change, and knows a missing service', async () => {
  await using bed = await openForTest();
  const message =
    'Unable to force up host compute-01 as `done` evacuation migration records remain';
  const put = 'PUT /v2.1/os-services/';
  bed.loopback.on(put, { status: 400, body: say('badRequest', message) });
  const { nova } = bed.cloud;
  const refused = await nova.changeService(SERVICE, { forcedDown: false }, CALL);
  assert.ok(refused.kind === 'refused');
  assert.ok(refused.message.startsWith(message));
  bed.loopback.on(put, { status: 404, body: say('itemNotFound', 'Service could not be found.') });
  const missing = await nova.changeService(SERVICE, { forcedDown: false }, CALL);
  assert.deepEqual(missing, { kind: 'missing' });
});

test('one deadline covers all pages of a list', async () => {
  await using bed = await openForTest({ pageSize: 1 });
  servePages(bed.loopback, serverList('a', 'b', 'c'));
  const error = await errorOf(bed.cloud.nova.listServers({ host: HOST }, { deadlineMs: 0 }));
  assert.equal(error.code, 'cloud.timeout');
});

for (const [written, stored, whose] of [
  [null, null, 'ours'],
  [null, '47.000000', 'other'],
  ['47.000000', null, 'other'],
  ['47.472357', '47.472357', 'ours'],
  ['47.472357', '47.000000', 'ours'],
  ['47.972357', '47.000000', 'ours'],
  ['47.500000', '48.000000', 'unclear'],
  ['47.472357', '48.000000', 'other'],
  ['47.000000', '48.000000', 'other'],
  ['47.972357', '49.000000', 'other'],
  ['47.000000', '46.000000', 'other'],
  ['soon', '47.000000', 'other'],
] as const) {
  test(`takes the stamp ${stored} after a write at ${written} as ${whose}`, () => {
    const full = (text: string | null) => (text === null ? null : `2026-11-20T23:05:${text}`);
    assert.equal(compareStamps(full(written), full(stored)), whose);
  });
}

test('speaks to v2.1 also where the catalogue names another root', () => {
  for (const [endpoint, base] of [
    ['http://nova:8774/v2.1', 'http://nova:8774/v2.1'],
    ['http://nova:8774/v2.1/project', 'http://nova:8774/v2.1/project'],
    ['http://nova:8774/v2/project', 'http://nova:8774/v2.1/project'],
    ['http://cloud/compute', 'http://cloud/compute/v2.1'],
  ] as const) {
    assert.equal(novaBaseUrl(endpoint), base);
  }
});
