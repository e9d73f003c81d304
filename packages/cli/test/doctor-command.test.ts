/** Runs `medevac doctor` as an operator does, against a cloud on loopback. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type HostName, type HostUuid, type SegmentUuid, systemClock } from '@medevac/kernel';
import { openSqlite } from '@medevac/store';
// The cloud of the clients' own tests: no room exports what is for tests alone.
// oxlint-disable-next-line no-restricted-imports
import { LoopbackCloud } from '../../openstack/test/loopback-cloud.ts';
import type { Line } from '../src/doctor/examine.ts';
import { lookAtState } from '../src/doctor/open-surroundings.ts';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'medevac.js');
const root = mkdtempSync(join(tmpdir(), 'medevac-doctor-'));
after(() => rmSync(root, { recursive: true, force: true }));
const cloudsFile = join(root, 'clouds.yaml');
/** Of no other word a part, so that it is found wherever it is printed. */
const SECRET = 'pass-7c1d';
const declared = ['--fencing=trusted', '--storage=shared', '--listen=127.0.0.1:1'];

function writeClouds(loopback: LoopbackCloud): void {
  const auth = { auth_url: loopback.authUrl, username: 'm', password: SECRET, project_name: 'p' };
  const instanceHa = { instance_ha_endpoint_override: `${loopback.origin}/v1/p` };
  writeFileSync(cloudsFile, JSON.stringify({ clouds: { here: { auth, ...instanceHa } } }));
}

async function run(...words: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'doctor', ...words], {
    env: { PATH: process.env['PATH'], HOME: root, OS_CLIENT_CONFIG_FILE: cloudsFile },
    timeout: 60_000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

const computeService = (host: string, change: object = {}) => ({
  binary: 'nova-compute',
  host,
  id: `uuid-${host}`,
  status: 'enabled',
  state: 'up',
  updated_at: '2026-11-20T12:00:00.000000',
  disabled_reason: null,
  forced_down: false,
  ...change,
});

/** Everything that a healthy cloud answers; the latest rule counts. */
function layDown(loopback: LoopbackCloud): void {
  const user = { id: 'u', name: 'm' };
  const token = { expires_at: '2031-06-01T01:00:00Z', user, roles: [{ name: 'admin' }] };
  const nova = { id: 'v2.1', version: '2.93', min_version: '2.1' };
  const placement = { id: 'v1.0', max_version: '1.39', min_version: '1.0' };
  const ours = { id: 'v1.0', version: '1.3', min_version: '1.0' };
  const rules: Readonly<Record<string, unknown>> = {
    'GET /': { versions: [ours] },
    'GET /v2.1/': { version: nova },
    'GET /v2.1/os-services': { services: [computeService('one'), computeService('two')] },
    'GET /v2.1/servers/detail': { servers: [] },
    'GET /placement/': { versions: [placement] },
    'GET /placement/allocations/': { allocations: {} },
  };
  for (const [line, body] of Object.entries(rules)) loopback.on(line, { status: 200, body });
  // After the root, which every path begins with.
  loopback.on('GET /v3', ({ path }) => {
    const body = path === '/v3' ? { version: { id: 'v3.14' } } : { token };
    return { status: 200, body };
  });
}

async function withLoopback(use: (loopback: LoopbackCloud) => Promise<void>): Promise<void> {
  const loopback = await LoopbackCloud.open();
  try {
    loopback.password = SECRET;
    layDown(loopback);
    writeClouds(loopback);
    await use(loopback);
  } finally {
    await loopback.close();
  }
}

test('finds a healthy cloud well, one line a check, and only reads', async () => {
  await withLoopback(async (loopback) => {
    const state = join(root, 'nothing');
    const ran = await run(...declared, '--os-cloud=here', `--state=${state}`);
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    assert.equal(ran.stderr, '');
    assert.doesNotMatch(ran.stdout, /^(problem|skipped)/m);
    assert.match(ran.stdout, /^ok +compute-services +2 compute hosts, all up and enabled$/m);
    assert.match(ran.stdout, /^warning +instance-ha .*not the 127\.0\.0\.1:1 of --listen/m);
    assert.match(ran.stdout, /\nno problem, \d warnings, 0 skipped\n$/);
    const changing = loopback.requests.filter(({ method }) => method !== 'GET');
    assert.deepEqual([...new Set(changing.map(({ path }) => path))], ['/v3/auth/tokens']);
    assert.equal(existsSync(state), false);
    assert.doesNotMatch(ran.stdout, /token-1|pass-7c1d/);
  });
});

test('tells everything that is wrong in JSON, with exit code 1 and its hosts', async () => {
  await withLoopback(async (loopback) => {
    const state = join(root, 'state');
    const opened = await openSqlite({ directory: state, clock: systemClock });
    const segment = 's' as SegmentUuid;
    const fields = { description: null, serviceType: 'COMPUTE', enabled: true } as const;
    const named = { ...fields, name: 'rack', recoveryMethod: 'auto' } as const;
    await opened.stores.segments.createSegment(segment, named, 1);
    const host = { type: 'COMPUTE', controlAttributes: 'SSH', reserved: false } as const;
    const gone = { ...host, name: 'gone' as HostName, onMaintenance: false };
    await opened.stores.segments.createHost('h' as HostUuid, segment, gone, 1);
    await opened.close();
    const version = { id: 'v2.1', version: '2.70', min_version: '2.1' };
    loopback.on('GET /v2.1/', (request) =>
      request.path === '/v2.1/'
        ? { status: 200, body: { version } }
        : { status: 403, body: { forbidden: { message: 'Policy does not allow it' } } },
    );
    const down = [computeService('one', { state: 'down' })];
    loopback.on('GET /v2.1/os-services', { status: 200, body: { services: down } });
    const ran = await run('--storage=shared', '--os-cloud=here', `--state=${state}`, '--json');
    assert.equal(ran.status, 1, ran.stderr);
    const lines = JSON.parse(ran.stdout) as readonly Line[];
    const found = (name: string) => lines.find((line) => line.name === name);
    assert.match(found('settings')?.found ?? '', /--fencing .* must be declared/);
    assert.match(found('compute-microversions')?.found ?? '', /listServers needs 2\.73/);
    assert.match(found('rights')?.found ?? '', /list the instances of all projects/);
    assert.deepEqual(found('compute-services')?.items, ['one: down']);
    assert.deepEqual(found('registered-hosts')?.items, ['gone']);
    assert.equal(found('stuck-instances')?.level, 'problem');
  });
});

test('sees that serve uses the state directory and leaves it alone', async () => {
  await withLoopback(async () => {
    const state = join(root, 'held');
    const opened = await openSqlite({ directory: state, clock: systemClock });
    const ran = await run(...declared, '--os-cloud=here', `--state=${state}`);
    await opened.close();
    assert.equal(ran.status, 0, ran.stdout);
    assert.match(ran.stdout, /^ok +state-directory .*in use by a running serve$/m);
    assert.match(ran.stdout, /^skipped +registered-hosts +because a running serve uses/m);
  });
});

test('wrong credentials skip what needs them, in lines without a stack or a secret', async () => {
  await withLoopback(async (loopback) => {
    loopback.password = 'changed';
    const ran = await run(...declared, '--os-cloud=here', `--state=${join(root, 'none')}`);
    assert.equal(ran.status, 1);
    assert.match(ran.stdout, /^ok +keystone /m);
    assert.match(ran.stdout, /^problem +credentials .*refuses user "m".*\[cloud\.auth_failed\]$/m);
    assert.match(
      ran.stdout,
      /^skipped +compute-services +because of the problem with credentials$/m,
    );
    assert.doesNotMatch(ran.stdout + ran.stderr, /\n\s+at |pass-7c1d/);
  });
});

test('an unknown cloud is a problem that names the known ones', async () => {
  await withLoopback(async () => {
    const ran = await run(...declared, '--os-cloud=nowhere', `--state=${join(root, 'none')}`);
    assert.equal(ran.status, 1);
    assert.match(ran.stdout, /^problem +clouds\.yaml +no cloud "nowhere".*here/m);
    assert.match(ran.stdout, /^skipped +keystone +because of the problem with clouds\.yaml$/m);
  });
});

test('a state directory below a file is told as such, and its space is still known', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  const view = await lookAtState({ directory: join(file, 'state') });
  assert.equal(view.exists, false);
  assert.equal(view.trouble, `${file} is no directory`);
  assert.ok(view.freeBytes > 0);
});
