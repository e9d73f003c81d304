/**
 * A whole replica between a simulated Keystone and its callers, over HTTP: Medevac itself with an
 * application credential, monitors with one that can only report, and tokens that end or are
 * revoked.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { seededRandom, systemClock } from '@medevac/kernel';
import { type Account, type ServedCloud, SimulatedCloud, serveCloud } from '@medevac/simulator';
import { type Replica, startReplica } from '../src/replica.ts';
import { loadSettings } from '../src/settings/load-settings.ts';
import { SETTING_KEYS } from '../src/settings/settings-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'medevac-callers-'));
const pem = new URL('../../api/test/fixtures/', import.meta.url).pathname;

const credential = (id: string, rules: readonly (readonly [string, string])[] = []) => ({
  id,
  name: `${id}-name`,
  secret: `${id}-secret`,
  ...(rules.length === 0
    ? {}
    : {
        accessRules: rules.map(([method, path]) => ({ service: 'instance-ha', method, path })),
      }),
});
const ACCOUNTS: readonly Account[] = [
  {
    id: 'medevac-id',
    name: 'medevac',
    password: 'never-used-1',
    roles: ['admin'],
    applicationCredentials: [
      credential('own'),
      credential('posts', [['POST', '/v1/*/notifications']]),
    ],
  },
  {
    id: 'monitor-id',
    name: 'monitor',
    password: 'never-used-2',
    roles: ['medevac_reporter'],
    applicationCredentials: [credential('reports')],
  },
  {
    id: 'nova-id',
    name: 'nova',
    password: 'never-used-3',
    roles: ['service'],
    applicationCredentials: [credential('serves')],
  },
];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, { readonly message?: string; readonly uuid?: string }>;
}

async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Answer> {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(url, {
    ...sent,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
  };
}

describe('callers of a replica that runs by an application credential', () => {
  const world = new SimulatedCloud({ clock: systemClock, random: seededRandom(3), hosts: 2 });
  let served: ServedCloud;
  let replica: Replica;

  const start = (options: Readonly<Record<string, string>>): Promise<Replica> => {
    const given = {
      fencing: 'trusted',
      storage: 'shared',
      listen: '127.0.0.1:0',
      state: mkdtempSync(join(directory, 'state-')),
      'os-cloud': 'here',
      'log-level': 'error',
      ...options,
    };
    const settings = loadSettings(SETTING_KEYS, { options: given, env: {}, file: undefined });
    const env = { OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml') };
    return startReplica(settings, { env, homeDir: directory, cwd: directory });
  };

  /** A token for an application credential, as a monitor gets one. */
  const tokenOf = async (id: string): Promise<string> => {
    const { secret } = credential(id);
    const identity = {
      methods: ['application_credential'],
      application_credential: { id, secret },
    };
    const answer = await ask(`${served.authUrl}/auth/tokens`, {}, { auth: { identity } });
    assert.equal(answer.status, 201);
    return answer.headers.get('x-subject-token') ?? '';
  };

  before(async () => {
    world.start();
    served = await serveCloud(world, {
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      random: seededRandom(4),
      accounts: ACCOUNTS,
    });
    const named = {
      auth_url: served.authUrl,
      application_credential_name: 'own-name',
      application_credential_secret: 'own-secret',
      username: 'medevac',
      user_domain_id: 'default',
    };
    const clouds = { here: { auth_type: 'v3applicationcredential', auth: named } };
    writeFileSync(join(directory, 'clouds.yaml'), JSON.stringify({ clouds }));
    replica = await start({
      'token-cache': '0',
      'www-authenticate-uri': 'https://keystone.example/v3',
    });
  });

  after(async () => {
    await replica.stop();
    await served.close();
    world.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('an administrator with an application credential may do everything', async () => {
    const headers = { 'x-auth-token': await tokenOf('own') };
    const body = { segment: { name: 'r', recovery_method: 'auto', service_type: 'COMPUTE' } };
    const made = await ask(`${replica.url}/v1/segments`, headers, body);
    assert.equal(made.status, 201);
    const hosts = `${replica.url}/v1/segments/${String(made.body['segment']?.uuid)}/hosts`;
    const host = { name: 'compute-1', type: 'COMPUTE', control_attributes: 'SSH' };
    assert.equal((await ask(hosts, headers, { host })).status, 201);
  });

  const report = (event: string) => ({
    notification: {
      type: 'PROCESS',
      hostname: 'compute-1',
      generated_time: '2026-11-20T12:00:00',
      payload: { event, process_name: 'nova-compute' },
    },
  });

  test('a monitor reports with a role that may do nothing else', async () => {
    const headers = { 'x-auth-token': await tokenOf('reports') };
    const url = `${replica.url}/v1/notifications`;
    assert.equal((await ask(url, headers, report('STARTED'))).status, 202);
    const read = await ask(url, headers);
    assert.equal(read.status, 403);
    assert.equal(
      read.body['forbidden']?.message,
      "Policy doesn't allow os_masakari_api:notifications:index to be performed.",
    );
  });

  test('a credential with access rules reports and opens nothing else, whatever its role', async () => {
    const headers = { 'x-auth-token': await tokenOf('posts') };
    const inProject = `${replica.url}/v1/b0000000000040008000000000000001`;
    const posted = await ask(`${inProject}/notifications`, headers, report('STOPPED'));
    assert.equal(posted.status, 202, JSON.stringify(posted.body));
    for (const url of [`${inProject}/notifications`, `${inProject}/segments`]) {
      assert.equal((await ask(url, headers)).status, 401, url);
    }
  });

  test('a revoked token is refused at once when nothing is remembered', async () => {
    const token = await tokenOf('own');
    const url = `${replica.url}/v1/segments`;
    assert.equal((await ask(url, { 'x-auth-token': token })).status, 200);
    const headers = { 'x-auth-token': await tokenOf('own'), 'x-subject-token': token };
    const revoked = await fetch(`${served.authUrl}/auth/tokens`, { method: 'DELETE', headers });
    assert.equal(revoked.status, 204);
    const refused = await ask(url, { 'x-auth-token': token });
    assert.equal(refused.status, 401);
    assert.equal(
      refused.headers.get('www-authenticate'),
      'Keystone uri="https://keystone.example/v3"',
    );
  });

  test('a service token must be valid itself', async () => {
    const url = `${replica.url}/v1/segments`;
    const user = { 'x-auth-token': await tokenOf('own') };
    const serves = await tokenOf('serves');
    assert.equal((await ask(url, { ...user, 'x-service-token': serves })).status, 200);
    assert.equal((await ask(url, { ...user, 'x-service-token': 'invented' })).status, 401);
  });

  test('a second replica serves TLS with rules of its own', async () => {
    const policy = join(directory, 'policy.yaml');
    writeFileSync(policy, '"os_masakari_api:segments:index": "role:service"');
    const secure = await start({
      'policy-file': policy,
      'tls-certificate': join(pem, 'one-test-only.crt'),
      'tls-key': join(pem, 'one-test-only.key'),
    });
    try {
      assert.match(secure.url, /^https:/);
      const ca = readFileSync(join(pem, 'ca-test-only.crt'), 'utf8');
      const statusOf = (token: string): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const options = { ca, agent: false, headers: { 'x-auth-token': token } };
          get(`${secure.url}/v1/segments`, options, (response) => {
            response.resume().on('end', () => resolve(response.statusCode));
          }).on('error', reject);
        });
      assert.equal(await statusOf(await tokenOf('serves')), 200);
      assert.equal(await statusOf(await tokenOf('own')), 403);
    } finally {
      await secure.stop();
    }
  });

  test('a replica with a wrong policy file or key does not start and leaves no state', async () => {
    const policy = join(directory, 'wrong.yaml');
    writeFileSync(policy, '"os_masakari_api:segments:indx": "@"');
    await assert.rejects(start({ 'policy-file': policy }), /there is no rule .*segments:indx"/);
    const files = {
      'tls-certificate': join(pem, 'one-test-only.crt'),
      'tls-key': join(pem, 'two-test-only.key'),
    };
    await assert.rejects(start(files), /is not that of the certificate/);
  });
});
