/**
 * Runs the commands that talk to Medevac's API against a Keystone and an API on loopback that
 * answer as little as is needed, and looks at what they send.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'medevac.js');
const RACK = { id: 1, uuid: '6e6a2f1c-7a0f-4c1e-9d9c-0f3f5a1d2b3c', name: 'rack-1' };
const COMPUTE = { id: 1, uuid: '0b6a8c9e-52a6-4f7b-8e0d-6f1f0f9c7a11', name: 'compute-01' };
const INCIDENT = {
  id: '3c9f7c1e-0000-4000-8000-000000000001',
  host_name: 'compute-01',
  state: 'partly_recovered',
  opened_at: '2026-11-20T21:00:00.000Z',
  reason: '2 instances: 1 recovered, 1 failed, 0 left alone',
  acknowledged: { by: 'alice', at: '2026-11-20T21:05:00.000Z', note: 'on it' },
  paused: { by: 'bob', at: '2026-11-20T21:06:00.000Z', note: null },
  chosen_method: { method: 'auto', by: 'bob', at: '2026-11-20T21:06:00.000Z', note: null },
};
const INCIDENT_DETAIL = {
  ...INCIDENT,
  timeline: [{ at: '2026-11-20T21:00:01.000Z', step: 'FenceHostTask', message: 'is off' }],
  instances: [{ instance_name: 'db', status: 'failed', message: 'no room' }],
  evidence: [{ at: '2026-11-20T21:00:00.000Z', kind: 'failure', observer: 'monitor-3' }],
};
const DRAIN = {
  id: '5d9c7c1e-0000-4000-8000-000000000001',
  host_name: 'compute-01',
  state: 'draining',
  opened_at: '2026-11-20T21:00:00.000Z',
  closed_at: null,
  reason: 'moving 3 instances',
};
const directory = mkdtempSync(join(tmpdir(), 'medevac-api-commands-'));

const ALWAYS = {
  'content-type': 'application/json',
  'openstack-api-version': 'instance-ha 1.3',
};

interface Sent {
  readonly call: string;
  readonly body: unknown;
}
const sent: Sent[] = [];
const server = createServer((request, response) => void answer(request, response));
let base = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  base = `http://127.0.0.1:${address.port}`;
  const auth = { auth_url: `${base}/v3`, username: 'u', password: 'p', project_name: 'p' };
  const domains = { user_domain_name: 'Default', project_domain_name: 'Default' };
  const clouds = { here: { region_name: 'RegionOne', auth: { ...auth, ...domains } } };
  writeFileSync(join(directory, 'clouds.yaml'), JSON.stringify({ clouds }));
});
beforeEach(() => void sent.splice(0));
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const path = (request.url ?? '').replace(/\?.*/, '');
  const reply = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { ...ALWAYS, ...headers });
    response.end(JSON.stringify(body));
  };
  if (path === '/v3/auth/tokens') {
    const times = { issued_at: '2026-01-01T00:00:00Z', expires_at: '2099-01-01T00:00:00Z' };
    const scope = { project: { id: 'p', name: 'p' }, user: { id: 'u', name: 'u' } };
    reply(
      201,
      { token: { ...times, ...scope, catalog: [], roles: [] } },
      { 'x-subject-token': 'token' },
    );
    return;
  }
  if (path.startsWith('/medevac/v1/drains')) {
    const call = `${request.method} ${request.url ?? ''}`;
    sent.push({ call, body: text === '' ? undefined : JSON.parse(text) });
    const isList = path.endsWith('/drains') && request.method === 'GET';
    const instances = [{ instance_name: 'db', status: 'moving', message: 'it is migrated live' }];
    const one = path.endsWith(DRAIN.id) ? { ...DRAIN, instances } : DRAIN;
    reply(isList ? 200 : 202, isList ? { drains: [DRAIN] } : { drain: one });
    return;
  }
  if (path.startsWith('/medevac/v1/incidents')) {
    const call = `${request.method} ${request.url ?? ''}`;
    sent.push({ call, body: text === '' ? undefined : JSON.parse(text) });
    const isList = path.endsWith('/incidents');
    reply(200, isList ? { incidents: [INCIDENT] } : { incident: INCIDENT_DETAIL });
    return;
  }
  if (request.method !== 'GET') {
    sent.push({ call: `${request.method} ${path}`, body: JSON.parse(text) });
    reply(200, path.includes('/hosts') ? { host: COMPUTE } : { segment: RACK });
    return;
  }
  sent.push({ call: `GET ${path}`, body: undefined });
  if (path.endsWith('/vmoves')) reply(200, { vmoves: [] });
  else reply(200, path.endsWith('/hosts') ? { hosts: [COMPUTE] } : { segments: [RACK] });
}

/** The request that the command sent last. */
const send = async (...words: readonly string[]): Promise<Sent | undefined> => {
  await run(words);
  return sent.at(-1);
};

/** Runs the command to its end; answers what it printed. */
async function run(words: readonly string[]): Promise<string> {
  const options = ['--os-cloud=here', `--url=${base}`];
  const child = spawn(process.execPath, [PROGRAM, ...words, ...options], {
    env: { HOME: directory, OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, stderr);
  return stdout;
}

test('creates a segment with the defaults and with what the options say', async () => {
  assert.deepEqual(await send('segment', 'create', 'rack-2', '--description=a rack'), {
    call: 'POST /v1/segments',
    body: {
      segment: {
        name: 'rack-2',
        recovery_method: 'auto',
        service_type: 'COMPUTE',
        description: 'a rack',
      },
    },
  });
});

test('changes of a segment only what the options say', async () => {
  const words = ['--name=rack-9', '--recovery-method=reserved_host', '--enabled=false'];
  assert.deepEqual(await send('segment', 'update', 'rack-1', ...words), {
    call: `PUT /v1/segments/${RACK.uuid}`,
    body: { segment: { name: 'rack-9', recovery_method: 'reserved_host', enabled: 'false' } },
  });
});

test('sends what steers a recovery: another method, and one instance to be tried again', async () => {
  const path = `POST /medevac/v1/incidents/${INCIDENT.id}`;
  assert.deepEqual(await send('incident', 'method', INCIDENT.id, 'rh_priority', '--note=full'), {
    call: `${path}/method`,
    body: { method: 'rh_priority', note: 'full' },
  });
  const instance = '00000000-0000-4000-a000-000000000001';
  assert.deepEqual(await send('incident', 'retry', INCIDENT.id, `--instance=${instance}`), {
    call: `${path}/retry`,
    body: { instance_uuid: instance },
  });
  const printed = await run(['incident', 'show', INCIDENT.id]);
  assert.match(printed, /paused_by +bob at 2026-11-20T21:06:00.000Z/);
  assert.match(printed, /chosen_method +auto by bob at 2026-11-20T21:06:00.000Z/);
});

test('creates a host with the defaults and with what the options say', async () => {
  assert.deepEqual(await send('host', 'create', 'rack-1', 'compute-02', '--type=KVM'), {
    call: `POST /v1/segments/${RACK.uuid}/hosts`,
    body: { host: { name: 'compute-02', type: 'KVM', control_attributes: 'SSH' } },
  });
});

test('changes of a host only what the options say', async () => {
  const words = ['rack-1', 'compute-01', '--on-maintenance=false', '--reserved=true'];
  assert.deepEqual(await send('host', 'update', ...words), {
    call: `PUT /v1/segments/${RACK.uuid}/hosts/${COMPUTE.uuid}`,
    body: { host: { reserved: 'true', on_maintenance: 'false' } },
  });
});

test('asks for the vmoves of a notification by its UUID, however it is written', async () => {
  const uuid = '6E6A2F1C-7A0F-4C1E-9D9C-0F3F5A1D2B3C';
  const request = await send('notification', 'vmoves', uuid);
  assert.equal(request?.call, `GET /v1/notifications/${uuid.toLowerCase()}/vmoves`);
});

test('lists incidents through the own API, with what the options ask for', async () => {
  const printed = await run(['incident', 'list', '--open', '--host=compute-01']);
  assert.equal(
    sent.at(-1)?.call,
    'GET /medevac/v1/incidents?host_name=compute-01&open=true&limit=500',
  );
  assert.match(printed, /^id +host_name +state/);
  assert.match(printed, /compute-01 +partly_recovered .* alice at 2026-11-20T21:05:00.000Z: on it/);
});

test('says that a failed host is off, with the reason, of its open incident', async () => {
  assert.deepEqual(await send('host', 'confirm-off', 'compute-01', '--reason=no power'), {
    call: `POST /medevac/v1/incidents/${INCIDENT.id}/confirm-fenced`,
    body: { reason: 'no power' },
  });
  assert.equal(
    sent.at(-2)?.call,
    'GET /medevac/v1/incidents?host_name=compute-01&open=true&limit=500',
  );
  await assert.rejects(run(['host', 'confirm-off', 'compute-01']), /--reason/);
});

test('shows an incident with its timeline, its instances and its evidence', async () => {
  const printed = await run(['incident', 'show', INCIDENT.id]);
  assert.equal(sent.at(-1)?.call, `GET /medevac/v1/incidents/${INCIDENT.id}`);
  assert.match(printed, /\ntimeline\nat .*\n.*FenceHostTask +is off\n/);
  assert.match(printed, /\ninstances\n.*\ndb +- +failed +- +no room\n/);
  assert.match(printed, /\nevidence\n.*\n.*failure +- +monitor-3\n/);
});

for (const command of ['cancel', 'retry', 'acknowledge', 'pause', 'resume']) {
  test(`asks to ${command} an incident, with a note or without`, async () => {
    const call = `POST /medevac/v1/incidents/${INCIDENT.id}/${command}`;
    const noted = await send('incident', command, INCIDENT.id, '--note=by hand');
    assert.deepEqual(noted, { call, body: { note: 'by hand' } });
    assert.deepEqual(await send('incident', command, INCIDENT.id), { call, body: {} });
  });
}

test('F5: asks for a drain with its deadline and its pace, and prints what was taken', async () => {
  const plain = await send('host', 'drain', 'compute-01');
  const standard = { host_name: 'compute-01', deadline_seconds: 7_200, parallel: 2 };
  assert.deepEqual(plain, { call: 'POST /medevac/v1/drains', body: { drain: standard } });
  const words = ['--deadline=90m', '--parallel=1', '--note=new fan'];
  const told = { host_name: 'compute-01', deadline_seconds: 5_400, parallel: 1, note: 'new fan' };
  const asked = await send('host', 'drain', 'compute-01', ...words);
  assert.deepEqual(asked?.body, { drain: told });
});

test('F5: shows the newest drain of a host with its instances, and lists drains', async () => {
  const printed = await run(['host', 'drain', 'compute-01', '--status']);
  assert.equal(sent.at(-2)?.call, 'GET /medevac/v1/drains?host_name=compute-01&limit=1');
  assert.equal(sent.at(-1)?.call, `GET /medevac/v1/drains/${DRAIN.id}`);
  assert.match(printed, /state +draining/);
  assert.match(printed, /db +moving +- +it is migrated live/);
  const listed = await run(['host', 'drains', '--open']);
  assert.equal(sent.at(-1)?.call, 'GET /medevac/v1/drains?open=true&limit=500');
  assert.match(listed, /compute-01 +draining/);
});

for (const [words, order] of [
  [['drain', 'compute-01', '--cancel'], 'cancel'],
  [['undrain', 'compute-01'], 'undrain'],
] as const) {
  test(`F5: asks for the ${order} of the newest drain of a host`, async () => {
    const noted = await send('host', ...words, '--note=done');
    const call = `POST /medevac/v1/drains/${DRAIN.id}/${order}`;
    assert.deepEqual(noted, { call, body: { note: 'done' } });
  });
}
