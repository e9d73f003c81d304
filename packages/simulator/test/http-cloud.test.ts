/** What the facade refuses, in the words of Keystone, Nova and Placement, and what it answers. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type InstanceUuid, OperationalError } from '@medevac/kernel';
import { cloudErrors, type Nova } from '@medevac/openstack';
import {
  HOST,
  INSTANCE,
  migrationNumber,
  openHttpCloud,
  passwordBody,
  SERVICE,
  serverNumber,
  type Told,
} from './http-cloud.ts';

const NOBODY = '11111111-1111-4111-8111-111111111111';
const SERVERS = '/compute/v2.1/servers';
const SERVICES = '/compute/v2.1/os-services';
const MIGRATIONS = '/compute/v2.1/os-migrations';

const fault = (name: string, code: number, message: string) => ({ [name]: { code, message } });

function assertTold(told: Told, status: number, body: unknown): void {
  assert.deepEqual({ status: told.status, body: told.body }, { status, body });
}

/** As recorded from Nova 26. */
async function recorded(name: string): Promise<unknown> {
  const url = new URL('../../openstack/test/fixtures/refusals.json', import.meta.url);
  const { body } = JSON.parse(await readFile(url, 'utf8')) as { body: Record<string, unknown> };
  return body[name];
}

describe('simulated Keystone', () => {
  it('refuses a wrong password, another project and an unknown way to authenticate', async () => {
    await using cloud = await openHttpCloud();
    const right = passwordBody(cloud.served) as { auth: { scope: unknown } };
    const wrong = [
      passwordBody(cloud.served, 'wrong'),
      { auth: { ...right.auth, scope: { project: { id: 'other' } } } },
      { auth: { ...right.auth, identity: { methods: ['token'] } } },
    ];
    for (const body of wrong) {
      const told = await cloud.ask('POST', '/identity/v3/auth/tokens', { body });
      const message = 'The request you have made requires authentication.';
      assertTold(told, 401, { error: { code: 401, message, title: 'Unauthorized' } });
      assert.equal(told.headers.get('x-subject-token'), null);
    }
  });

  it('answers 400 to a body that is no request for a token', async () => {
    await using cloud = await openHttpCloud();
    for (const body of ['{', '[]', { auth: {} }]) {
      assert.equal((await cloud.ask('POST', '/identity/v3/auth/tokens', { body })).status, 400);
    }
  });

  it('tells who a token speaks for, with the catalogue unless it is not wanted', async () => {
    await using cloud = await openHttpCloud();
    cloud.served.announce('instance-ha', 'http://127.0.0.1:1/v1');
    const headers = { 'x-subject-token': cloud.token };
    const path = '/identity/v3/auth/tokens';
    type Token = { token: { user: { name: string }; catalog?: readonly { type: string }[] } };
    const full = (await cloud.ask('GET', path, { headers })).body as Token;
    assert.equal(full.token.user.name, 'admin');
    const types = full.token.catalog?.map((service) => service.type);
    assert.deepEqual(types, ['identity', 'compute', 'image', 'placement', 'instance-ha']);
    const brief = (await cloud.ask('GET', `${path}?nocatalog`, { headers })).body as Token;
    assert.equal(brief.token.catalog, undefined);
  });

  it('does not know a token that it never gave out, and answers nobody without one', async () => {
    await using cloud = await openHttpCloud();
    const headers = { 'x-subject-token': 'invented' };
    const path = '/identity/v3/auth/tokens';
    const unknown = await cloud.ask('GET', path, { headers });
    const message = 'This is not a recognized Fernet token';
    assertTold(unknown, 404, { error: { code: 404, message, title: 'Not Found' } });
    assert.equal((await cloud.ask('GET', path, { headers, token: 'invented' })).status, 401);
    for (const other of [SERVICES, '/placement/resource_providers']) {
      assert.equal((await cloud.ask('GET', other, { token: 'invented' })).status, 401);
    }
  });
});

describe('simulated Nova: what it does not speak', () => {
  it('refuses versions beyond its own and names its range', async () => {
    await using cloud = await openHttpCloud();
    const told = await cloud.ask('GET', SERVICES, { version: 'compute 2.999' });
    const range = 'Minimum is 2.1 and maximum is 2.93.';
    const message = `Version 2.999 is not supported by the API. ${range}`;
    assertTold(told, 406, fault('computeFault', 406, message));
    assert.equal((await cloud.ask('GET', SERVICES, { version: 'compute new' })).status, 400);
  });

  it('answers each call in the one dialect that is simulated', async () => {
    await using cloud = await openHttpCloud();
    const right = await cloud.ask('GET', SERVICES, { version: 'compute 2.69' });
    assert.equal(right.status, 200);
    assert.equal(right.headers.get('openstack-api-version'), 'compute 2.69');
    assert.match(right.headers.get('x-openstack-request-id') ?? '', /^req-/);
    const other = await cloud.ask('GET', SERVICES, { version: 'compute 2.53' });
    const message = 'GET /os-services is simulated in version 2.69 only, not in 2.53.';
    assertTold(other, 406, fault('computeFault', 406, message));
  });

  it('knows no other paths, methods and actions', async () => {
    await using cloud = await openHttpCloud();
    const version = 'compute 2.1';
    assert.equal((await cloud.ask('GET', '/compute/v2.1/flavors', { version })).status, 404);
    assert.equal((await cloud.ask('DELETE', SERVICES, { version })).status, 405);
    const action = `${SERVERS}/${INSTANCE}/action`;
    for (const body of [{ reboot: {} }, {}, { 'os-stop': null, evacuate: {} }, '{']) {
      assert.equal((await cloud.ask('POST', action, { version, body })).status, 400);
    }
    assert.equal((await cloud.ask('GET', '/nowhere')).status, 404);
    for (const path of ['/compute/v2.1/servers/%zz', '//']) {
      assert.equal((await cloud.ask('GET', path)).status, 400);
    }
  });
});

describe('simulated Nova: services', () => {
  const path = `${SERVICES}/${SERVICE.uuid}`;
  const version = 'compute 2.69';

  it('says of a service whose cell is down only that it exists', async () => {
    await using cloud = await openHttpCloud({
      listComputeServices: async () => [{ kind: 'unseen', host: HOST }],
    });
    const told = await cloud.ask('GET', `${SERVICES}?binary=nova-compute`, { version });
    const service = { binary: 'nova-compute', host: HOST, status: 'UNKNOWN' };
    assertTold(told, 200, { services: [service] });
  });

  it('lists no services of another kind', async () => {
    await using cloud = await openHttpCloud();
    const told = await cloud.ask('GET', `${SERVICES}?binary=nova-scheduler`, { version });
    assertTold(told, 200, { services: [] });
  });

  it('hands on exactly the fields of a PUT', async () => {
    const changes: unknown[] = [];
    await using cloud = await openHttpCloud({
      changeService: async (_uuid, change) => {
        changes.push(change);
        return { kind: 'changed', service: SERVICE };
      },
    });
    const body = { forced_down: true, status: 'disabled', disabled_reason: 'medevac' };
    assert.equal((await cloud.ask('PUT', path, { version, body })).status, 200);
    await cloud.ask('PUT', path, { version, body: { forced_down: false } });
    assert.deepEqual(changes, [
      { forcedDown: true, status: 'disabled', disabledReason: 'medevac' },
      { forcedDown: false },
    ]);
  });

  it('refuses a PUT that says nothing, or what Nova does not take', async () => {
    await using cloud = await openHttpCloud();
    const nothing = await cloud.ask('PUT', path, { version, body: {} });
    const advice = "Fields 'status' or 'forced_down' should be specified.";
    assertTold(nothing, 400, fault('badRequest', 400, `No updates were requested. ${advice}`));
    const rule = 'Specifying disabled_reason requires that status is "disabled".';
    const body = { status: 'enabled', disabled_reason: 'x' };
    assertTold(
      await cloud.ask('PUT', path, { version, body }),
      400,
      fault('badRequest', 400, rule),
    );
    const others = [
      { forced_down: 'perhaps' },
      { status: 'down' },
      { status: 'disabled', disabled_reason: '' },
      { status: 'disabled', more: 1 },
    ];
    for (const other of others) {
      assert.equal((await cloud.ask('PUT', path, { version, body: other })).status, 400);
    }
  });

  it('does not know a service that is not there, and passes a refusal of the world on', async () => {
    const body = { forced_down: false };
    await using gone = await openHttpCloud({ changeService: async () => ({ kind: 'missing' }) });
    const missing = await gone.ask('PUT', `${SERVICES}/${NOBODY}`, { version, body });
    assertTold(missing, 404, await recorded('changeUnknownService'));
    const message = 'evacuation 4 is done and not completed';
    await using firm = await openHttpCloud({
      changeService: async () => ({ kind: 'refused', message }),
    });
    const refused = await firm.ask('PUT', path, { version, body });
    assertTold(refused, 400, fault('badRequest', 400, message));
  });
});

describe('simulated Nova: instances', () => {
  const list = `${SERVERS}/detail?all_tenants=1&host=${HOST}`;
  const version = 'compute 2.73';

  it('gives a link to the next page with every full page, newest first', async () => {
    const servers = [1, 2, 3, 4].map(serverNumber);
    await using cloud = await openHttpCloud({ listServers: async () => ({ servers, unseen: [] }) });
    const names: string[] = [];
    const pages: number[] = [];
    let path: string | undefined = `${list}&limit=2`;
    while (path !== undefined) {
      const { body } = await cloud.ask('GET', path, { version });
      const page = body as {
        servers: readonly { name: string }[];
        servers_links?: readonly { href: string }[];
      };
      names.push(...page.servers.map((server) => server.name));
      pages.push(page.servers.length);
      const href: string | undefined = page.servers_links?.[0]?.href;
      path = href === undefined ? undefined : href.slice(new URL(href).origin.length);
    }
    assert.deepEqual(names, ['vm-4', 'vm-3', 'vm-2', 'vm-1']);
    assert.deepEqual(pages, [2, 2, 0]);
  });

  it('refuses a marker that it does not know and a limit that is no number', async () => {
    await using cloud = await openHttpCloud();
    const told = await cloud.ask('GET', `${list}&marker=${NOBODY}`, { version });
    assertTold(told, 400, fault('badRequest', 400, `marker [${NOBODY}] not found`));
    assert.equal((await cloud.ask('GET', `${list}&limit=-1`, { version })).status, 400);
  });

  it('refuses a stamp that cannot be read, and lists of no host', async () => {
    await using cloud = await openHttpCloud();
    const changed = await cloud.ask('GET', `${list}&changes-since=soon`, { version });
    assert.equal(changed.status, 400);
    assert.match(JSON.stringify(changed.body), /changes-since.*is not a 'date-time'/);
    assert.equal((await cloud.ask('GET', `${SERVERS}/detail`, { version })).status, 400);
  });

  it('is silent about a cell that is down: no error in a list, half a record for one', async () => {
    const cellDown = new OperationalError(cloudErrors.cellDown, 'the cell is down');
    await using cloud = await openHttpCloud({
      listServers: () => Promise.reject(cellDown),
      readServer: () => Promise.reject(cellDown),
    });
    assertTold(await cloud.ask('GET', list, { version }), 200, { servers: [] });
    const one = await cloud.ask('GET', `${SERVERS}/${INSTANCE}`, { version });
    assertTold(one, 200, { server: { id: INSTANCE, status: 'UNKNOWN', links: [] } });
    await using half = await openHttpCloud({
      listServers: async () => ({ servers: [], unseen: [INSTANCE] }),
    });
    const unseen = { id: INSTANCE, status: 'UNKNOWN', links: [] };
    assertTold(await half.ask('GET', list, { version }), 200, { servers: [unseen] });
  });

  it('shows a rebuild as REBUILD, and an instance without an image with an empty one', async () => {
    const change = { taskState: 'rebuild_spawning', imageUuid: null } as const;
    await using cloud = await openHttpCloud({
      readServer: async () => ({ ...serverNumber(1), ...change }),
    });
    const { body } = await cloud.ask('GET', `${SERVERS}/${INSTANCE}`, { version });
    const { server } = body as { server: { status: string; image: unknown } };
    assert.deepEqual([server.status, server.image], ['REBUILD', '']);
  });

  it('does not know an instance that is not there', async () => {
    await using cloud = await openHttpCloud({ readServer: async () => undefined });
    const told = await cloud.ask('GET', `${SERVERS}/${NOBODY}`, { version });
    assertTold(told, 404, await recorded('evacuateUnknownInstance'));
  });
});

describe('simulated Nova: actions', () => {
  async function act(nova: Partial<Nova>, body: unknown, version: string, uuid: string = INSTANCE) {
    await using cloud = await openHttpCloud(nova);
    return await cloud.ask('POST', `${SERVERS}/${uuid}/action`, { version, body });
  }

  it('answers an accepted evacuation with 200 and no body, to a chosen host or to any', async () => {
    const hosts: unknown[] = [];
    const evacuate: Nova['evacuate'] = async (_uuid, host) => {
      hosts.push(host);
      return { kind: 'accepted' };
    };
    assertTold(await act({ evacuate }, { evacuate: {} }, 'compute 2.68'), 200, undefined);
    await act({ evacuate }, { evacuate: { host: 'compute-02' } }, 'compute 2.68');
    assert.deepEqual(hosts, [undefined, 'compute-02']);
  });

  it('gives each refusal of an evacuation its own status', async () => {
    const inUse = 'Compute service of compute-04 is still in use.';
    const noHost = 'Compute host nosuch not found.';
    const refusals = [
      [{ kind: 'service-in-use', message: inUse }, 400, await recorded('evacuateLiveHost')],
      [{ kind: 'rejected', message: noHost }, 404, await recorded('evacuateToUnknownHost')],
      [{ kind: 'rejected', message: 'No.' }, 400, fault('badRequest', 400, 'No.')],
      [{ kind: 'conflict', message: 'Busy.' }, 409, fault('conflictingRequest', 409, 'Busy.')],
      [{ kind: 'missing' }, 404, await recorded('evacuateUnknownInstance')],
    ] as const;
    for (const [outcome, status, body] of refusals) {
      const evacuate: Nova['evacuate'] = async () => outcome;
      assertTold(await act({ evacuate }, { evacuate: {} }, 'compute 2.68', NOBODY), status, body);
    }
  });

  it('does not know a destination that has no compute service', async () => {
    const listComputeServices: Nova['listComputeServices'] = async () => [];
    const told = await act(
      { listComputeServices },
      { evacuate: { host: 'nosuch' } },
      'compute 2.68',
    );
    assertTold(told, 404, await recorded('evacuateToUnknownHost'));
  });

  it('refuses what an evacuation must not carry, and the version that arrives stopped', async () => {
    for (const content of [{ force: true }, { host: 1 }, null]) {
      assert.equal((await act({}, { evacuate: content }, 'compute 2.68')).status, 400);
    }
    assert.equal((await act({}, { evacuate: {} }, 'compute 2.95')).status, 406);
  });

  it('stops and resets with 202, and tells a missing instance from a busy one', async () => {
    const stop = { 'os-stop': null };
    const reset = { 'os-resetState': { state: 'active' } };
    assertTold(await act({}, stop, 'compute 2.1'), 202, undefined);
    assertTold(await act({}, reset, 'compute 2.1'), 202, undefined);
    assert.equal((await act({}, { 'os-resetState': { state: 'new' } }, 'compute 2.1')).status, 400);
    const missing = async () => ({ kind: 'missing' }) as const;
    const nobody = await recorded('evacuateUnknownInstance');
    assertTold(await act({ stop: missing }, stop, 'compute 2.1', NOBODY), 404, nobody);
    assertTold(await act({ resetState: missing }, reset, 'compute 2.1', NOBODY), 404, nobody);
    const message = `Cannot 'stop' instance ${INSTANCE} while it is in task_state rebuilding`;
    const busy = async () => ({ kind: 'conflict', message }) as const;
    const told = await act({ stop: busy }, stop, 'compute 2.1');
    assertTold(told, 409, fault('conflictingRequest', 409, message));
  });
});

describe('simulated Nova: migrations', () => {
  const version = 'compute 2.59';

  it('lists the newest first, page after page by the UUID of the last', async () => {
    await using cloud = await openHttpCloud({
      listMigrations: async () => [1, 2, 3].map(migrationNumber),
    });
    type Page = { migrations: readonly { id: number; uuid: string }[]; migrations_links?: unknown };
    const first = (await cloud.ask('GET', `${MIGRATIONS}?limit=2`, { version })).body as Page;
    assert.deepEqual(
      first.migrations.map((one) => one.id),
      [3, 2],
    );
    assert.ok(first.migrations_links);
    const next = `${MIGRATIONS}?limit=2&marker=${first.migrations[1]?.uuid}`;
    const second = (await cloud.ask('GET', next, { version })).body as Page;
    assert.deepEqual(
      second.migrations.map((one) => one.id),
      [1],
    );
    assert.equal(second.migrations_links, undefined);
    const told = await cloud.ask('GET', `${MIGRATIONS}?marker=${NOBODY}`, { version });
    assertTold(told, 400, fault('badRequest', 400, `Marker ${NOBODY} could not be found.`));
  });

  it('lists those of one instance', async () => {
    await using cloud = await openHttpCloud({ listMigrations: async () => [migrationNumber(1)] });
    for (const [uuid, count] of [
      [INSTANCE, 1],
      [NOBODY, 0],
    ] as const) {
      const told = await cloud.ask('GET', `${MIGRATIONS}?instance_uuid=${uuid}`, { version });
      assert.equal((told.body as { migrations: readonly unknown[] }).migrations.length, count);
    }
  });

  it('does not look at the source when it is asked for a host', async () => {
    const queries: unknown[] = [];
    await using cloud = await openHttpCloud({
      listMigrations: async (query) => {
        queries.push(query);
        return [];
      },
    });
    const filters = 'source_compute=a&migration_type=evacuation';
    await cloud.ask('GET', `${MIGRATIONS}?${filters}`, { version });
    await cloud.ask('GET', `${MIGRATIONS}?${filters}&host=b`, { version });
    assert.deepEqual(queries, [
      { sourceHost: 'a', type: 'evacuation' },
      { host: 'b', type: 'evacuation' },
    ]);
  });
});

describe('simulated cloud: failures of the world', () => {
  const failing = (kind: (typeof cloudErrors)[keyof typeof cloudErrors]): Partial<Nova> => ({
    listComputeServices: () => Promise.reject(new OperationalError(kind, 'told by the world')),
  });

  it('breaks the connection when the reply is lost', async () => {
    for (const kind of [cloudErrors.replyLost, cloudErrors.timeout]) {
      await using cloud = await openHttpCloud(failing(kind));
      await assert.rejects(cloud.ask('GET', SERVICES, { version: 'compute 2.69' }), TypeError);
    }
  });

  it('breaks the connection to a caller that sends too much', async () => {
    await using cloud = await openHttpCloud();
    const body = 'x'.repeat(1_000_000);
    await assert.rejects(cloud.ask('PUT', `${SERVICES}/${SERVICE.uuid}`, { body }), TypeError);
  });

  it('ends the calls under way when it is closed, and tells the world that they are given up', async () => {
    let signal: AbortSignal | undefined;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const givenUp = new Promise<void>((resolve) => {
      void begun.then(() => signal?.addEventListener('abort', () => resolve()));
    });
    await using cloud = await openHttpCloud({
      listComputeServices: (_query, call) => {
        signal = call.signal;
        begin();
        return new Promise((_, reject) => {
          call.signal?.addEventListener('abort', () => reject(new Error('given up')));
        });
      },
    });
    const asked = assert.rejects(
      cloud.ask('GET', SERVICES, { version: 'compute 2.69' }),
      TypeError,
    );
    await begun;
    await cloud.served.close();
    await asked;
    await givenUp;
  });

  it('answers 503 when it is busy and 500 when it failed', async () => {
    await using busy = await openHttpCloud(failing(cloudErrors.busy));
    const told = await busy.ask('GET', SERVICES, { version: 'compute 2.69' });
    assertTold(told, 503, fault('serviceUnavailable', 503, 'Service Unavailable'));
    await using broken = await openHttpCloud(failing(cloudErrors.failed));
    const failed = await broken.ask('GET', SERVICES, { version: 'compute 2.69' });
    assert.equal(failed.status, 500);
    assert.match(JSON.stringify(failed.body), /computeFault.*told by the world/);
  });
});

describe('simulated Placement', () => {
  const version = 'placement 1.14';

  it('gives each provider one UUID, and its name for it', async () => {
    const names = async (uuid: InstanceUuid) =>
      uuid === INSTANCE ? ['compute-01', 'compute-02'] : [];
    await using cloud = await openHttpCloud({}, names);
    const path = `/placement/allocations/${INSTANCE}`;
    type Allocations = { allocations: Readonly<Record<string, unknown>> };
    const read = async (from: string) =>
      Object.keys(((await cloud.ask('GET', from, { version })).body as Allocations).allocations);
    const uuids = await read(path);
    assert.deepEqual(await read(path), uuids);
    const shown = await Promise.all(
      uuids.map(async (uuid) => {
        const told = await cloud.ask('GET', `/placement/resource_providers/${uuid}`, { version });
        return (told.body as { name: string }).name;
      }),
    );
    assert.deepEqual(shown, ['compute-01', 'compute-02']);
    assert.deepEqual(await read(`/placement/allocations/${NOBODY}`), []);
  });

  it('refuses unknown providers, paths, methods and versions in its own form', async () => {
    await using cloud = await openHttpCloud();
    const unknown = `/placement/resource_providers/${NOBODY}`;
    const refused = [
      ['GET', unknown, version, 404, 'Not Found'],
      ['GET', '/placement/traits', version, 404, 'Not Found'],
      ['PUT', unknown, version, 405, 'Method Not Allowed'],
      ['GET', unknown, 'placement 1.99', 406, 'Not Acceptable'],
      ['GET', unknown, 'placement 1.36', 406, 'Not Acceptable'],
      ['GET', unknown, 'placement x', 400, 'Bad Request'],
    ] as const;
    for (const [method, path, asked, status, title] of refused) {
      const told = await cloud.ask(method, path, { version: asked });
      const { errors } = told.body as { errors: readonly { title: string; status: number }[] };
      assert.equal(told.status, status);
      assert.deepEqual([errors[0]?.status, errors[0]?.title], [status, title]);
    }
  });
});
