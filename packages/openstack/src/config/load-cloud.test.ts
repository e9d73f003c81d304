/** Where the settings of a cloud come from, and what is said when they are not enough. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import type { CloudConfig } from './cloud-config.ts';
import { loadCloud } from './load-cloud.ts';

const HOME = '/home/op';
const CWD = '/here';

interface Setting {
  readonly cloud?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function load({ cloud, env = {}, files = {} }: Setting): Promise<CloudConfig> {
  return loadCloud({
    ...(cloud === undefined ? {} : { cloud }),
    env,
    homeDir: HOME,
    cwd: CWD,
    readFile: async (path) => files[path],
  });
}

async function errorOf(setting: Setting): Promise<OperationalError> {
  const error = await load(setting).then(
    () => assert.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperationalError, String(error));
  return error;
}

/** A clouds file of one cloud per given name, whose user has the name of the cloud. */
const clouds = (names: readonly string[], more = ''): string =>
  `clouds:\n${names
    .map(
      (name) => `  ${name}:
    auth: {auth_url: "http://keys:5000", username: ${name}, password: p, project_name: ops}
${more}`,
    )
    .join('')}`;

const ENV = {
  OS_AUTH_URL: 'http://keys:5000/v3/',
  OS_USERNAME: 'env-user',
  OS_PASSWORD: 'p',
  OS_PROJECT_NAME: 'ops',
};

const userOf = ({ auth }: CloudConfig): string =>
  auth.kind === 'password' && 'name' in auth.user ? auth.user.name : 'other';

const HERE = `${CWD}/clouds.yaml`;
const IN_HOME = `${HOME}/.config/openstack/clouds.yaml`;
const IN_ETC = '/etc/openstack/clouds.yaml';
const files = { [HERE]: clouds(['here']), [IN_HOME]: clouds(['home']), [IN_ETC]: clouds(['etc']) };

for (const [title, setting, user] of [
  ['the only cloud of the folder first', { files }, 'here'],
  ['then of the home', { files: { [IN_HOME]: files[IN_HOME], [IN_ETC]: files[IN_ETC] } }, 'home'],
  ['then of /etc', { files: { [IN_ETC]: files[IN_ETC] } }, 'etc'],
  ['a file named by variable before all', { files, env: { OS_CLIENT_CONFIG_FILE: IN_ETC } }, 'etc'],
  ['the next place when the named file is absent', { files, env: fileEnv('/no/such') }, 'here'],
  ['OS_ variables before the only cloud', { files, env: ENV }, 'env-user'],
  ['OS_CLOUD before other OS_ variables', { files, env: { ...ENV, OS_CLOUD: 'here' } }, 'here'],
  ['the option before OS_CLOUD', twoClouds({ cloud: 'b', env: { OS_CLOUD: 'a' } }), 'b'],
  ['an empty OS_CLOUD as none', { files, env: { ...ENV, OS_CLOUD: '' } }, 'env-user'],
  ['the only cloud beside selectors', { files, env: { OS_REGION_NAME: 'r' } }, 'here'],
  ['a folder of XDG_CONFIG_HOME', xdg(), 'xdg'],
] as const) {
  test(`takes ${title}`, async () => {
    assert.equal(userOf(await load(setting)), user);
  });
}

function fileEnv(path: string): Readonly<Record<string, string>> {
  return { OS_CLIENT_CONFIG_FILE: path };
}
function twoClouds(more: Setting): Setting {
  return { ...more, files: { [HERE]: clouds(['a', 'b']) } };
}
function xdg(): Setting {
  const env = { XDG_CONFIG_HOME: '/xdg' };
  return { env, files: { '/xdg/openstack/clouds.yml': clouds(['xdg']) } };
}

test('settles everything that a clouds.yaml may say', async () => {
  const text = `
clouds:
  full:
    region_name: one
    interface: internalURL
    cacert: ~/ca.pem
    compute_endpoint_override: http://nova:8774/v2.1/
    instance-ha-endpoint-override: http://ha:15868/v1
    auth:
      auth_url: https://keys/identity/
      user_id: u1
      project_id: 12345
`;
  const secure = 'clouds: {full: {auth: {password: secret}}}';
  const config = await load({
    files: {
      [HERE]: text,
      [`${CWD}/secure.yaml`]: secure,
      [`${HOME}/ca.pem`]: 'PEM',
    },
  });
  assert.deepEqual(config, {
    name: 'full',
    authUrl: 'https://keys/identity/v3',
    auth: {
      kind: 'password',
      user: { id: 'u1' },
      password: 'secret',
      scope: { kind: 'project', project: { id: '12345' } },
    },
    region: 'one',
    interface: 'internal',
    tls: { insecure: false, caPem: 'PEM' },
    endpointOverrides: { compute: 'http://nova:8774/v2.1', 'instance-ha': 'http://ha:15868/v1' },
  });
});

test('finds secure.yaml beside a file that a variable names, or by its own variable', async () => {
  const plain = 'clouds: {x: {auth: {auth_url: "http://k", username: u, project_name: p}}}';
  const secret = (text: string): string => `clouds: {x: {auth: {password: ${text}}}}`;
  const base = { '/a/c.yaml': plain, '/a/secure.yaml': secret('beside') };
  const passwordOf = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const { auth } = await load({ env, files: { ...base, '/b/s.yaml': secret('named') } });
    return auth.kind === 'password' ? auth.password : '';
  };
  assert.equal(await passwordOf({ OS_CLIENT_CONFIG_FILE: '/a/c.yaml' }), 'beside');
  const both = { OS_CLIENT_CONFIG_FILE: '/a/c.yaml', OS_CLIENT_SECURE_FILE: '/b/s.yaml' };
  assert.equal(await passwordOf(both), 'named');
});

for (const [title, env, expected] of [
  ['domains by name', domains('USER_DOMAIN_NAME', 'PROJECT_DOMAIN_NAME'), [{ name: 'd' }]],
  ['domains by id', domains('USER_DOMAIN_ID', 'PROJECT_DOMAIN_ID'), [{ id: 'd' }]],
  ['one domain for both', domains('DOMAIN_NAME'), [{ name: 'd' }]],
  ['the default domain that is set', domains('DEFAULT_DOMAIN'), [{ id: 'd' }]],
  ['the domain with id default otherwise', ENV, [{ id: 'default' }]],
] as const) {
  test(`takes ${title}`, async () => {
    const { auth } = await load({ env });
    assert.ok(auth.kind === 'password' && 'domain' in auth.user);
    assert.ok(auth.scope.kind === 'project' && 'domain' in auth.scope.project);
    assert.deepEqual(auth.user.domain, expected[0]);
    assert.deepEqual(auth.scope.project.domain, expected[0]);
  });
}

function domains(...names: readonly string[]): Readonly<Record<string, string>> {
  return { ...ENV, ...Object.fromEntries(names.map((name) => [`OS_${name}`, 'd'])) };
}

test('knows domain and system scope and application credentials', async () => {
  const unscoped = { ...ENV, OS_PROJECT_NAME: '' };
  const domain = await load({ env: { ...unscoped, OS_DOMAIN_NAME: 'd' } });
  const system = await load({ env: { ...unscoped, OS_SYSTEM_SCOPE: 'all' } });
  const credential = await load({
    env: {
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_AUTH_URL: ENV.OS_AUTH_URL,
      OS_APPLICATION_CREDENTIAL_ID: 'c1',
      OS_APPLICATION_CREDENTIAL_SECRET: 's',
    },
  });
  assert.ok(domain.auth.kind === 'password' && system.auth.kind === 'password');
  assert.deepEqual(domain.auth.scope, { kind: 'domain', domain: { name: 'd' } });
  assert.deepEqual(system.auth.scope, { kind: 'system' });
  assert.deepEqual(credential.auth, {
    kind: 'application-credential',
    credential: { id: 'c1' },
    secret: 's',
  });
});

for (const [text, insecure] of [
  ['insecure: true', true],
  ['insecure: "True"', true],
  ['verify: false', true],
  ['verify: true', false],
  ['insecure: false', false],
] as const) {
  test(`understands "${text}"`, async () => {
    const config = await load({ files: { [HERE]: clouds(['x'], `    ${text}\n`) } });
    assert.equal(config.tls.insecure, insecure);
  });
}

for (const [url, authUrl] of [
  ['http://k:5000', 'http://k:5000/v3'],
  ['http://k:5000/', 'http://k:5000/v3'],
  ['http://k:5000/v3', 'http://k:5000/v3'],
  ['http://k:5000/v2.0/', 'http://k:5000/v3'],
  ['https://k/identity', 'https://k/identity/v3'],
] as const) {
  test(`reads the address ${url} as ${authUrl}`, async () => {
    const config = await load({ env: { ...ENV, OS_AUTH_URL: url } });
    assert.equal(config.authUrl, authUrl);
  });
}

test('chooses among regions, with their own values', async () => {
  const more = `    regions:
      - north
      - {name: south, values: {compute_endpoint_override: "http://south:8774/v2.1"}}
`;
  const files = { [HERE]: clouds(['x'], more) };
  assert.equal((await load({ files })).region, 'north');
  const south = await load({ files, env: { OS_REGION_NAME: 'south' } });
  assert.equal(south.endpointOverrides['compute'], 'http://south:8774/v2.1');
  const error = await errorOf({ files, env: { OS_REGION_NAME: 'west' } });
  assert.match(error.message, /no region west; it has: north, south/);
});

test('puts a profile of clouds-public.yaml under the cloud', async () => {
  const text = 'clouds: {x: {profile: base, auth: {username: u, password: p, project_name: o}}}';
  const shared = 'public-clouds: {base: {region_name: r, auth: {auth_url: "http://base:5000"}}}';
  const config = await load({
    files: { [HERE]: text, [`${CWD}/clouds-public.yaml`]: shared },
  });
  assert.equal(config.authUrl, 'http://base:5000/v3');
  assert.equal(config.region, 'r');
});

for (const [title, setting, code, pattern] of [
  [
    'an unknown cloud with those that exist',
    { cloud: 'prod', files: { [HERE]: clouds(['a', 'b']) } },
    'cloud_config.cloud_unknown',
    /^no cloud "prod"; \/here\/clouds\.yaml has: a, b$/,
  ],
  [
    'the places looked at when there is no file',
    { cloud: 'prod' },
    'cloud_config.cloud_unknown',
    /no clouds file was found; looked at \/here\/clouds\.yaml, .*\/etc\/openstack\/clouds\.yaml/,
  ],
  [
    'that a choice among several is needed',
    { files: { [HERE]: clouds(['a', 'b']) } },
    'cloud_config.cloud_unknown',
    /no cloud is named and OS_AUTH_URL is not set; .* has: a, b/,
  ],
  [
    'every missing variable by its name',
    { env: { OS_USERNAME: 'u' } },
    'cloud_config.incomplete',
    /: missing OS_AUTH_URL, OS_PASSWORD, OS_PROJECT_NAME or OS_PROJECT_ID$/,
  ],
  [
    'every missing key of a file',
    { files: { [HERE]: 'clouds: {x: {auth: {auth_url: "http://k"}}}' } },
    'cloud_config.incomplete',
    /^cloud "x": missing username or user_id, password, project_name or project_id$/,
  ],
  [
    'an auth_type that is not supported',
    { env: { ...ENV, OS_AUTH_TYPE: 'v3oidcpassword' } },
    'cloud_config.invalid',
    /auth_type v3oidcpassword is not supported/,
  ],
  [
    'an address that is none',
    { env: { ...ENV, OS_AUTH_URL: 'keys:5000' } },
    'cloud_config.invalid',
    /auth_url is not an address: keys:5000/,
  ],
  [
    'an interface that is none',
    { env: { ...ENV, OS_INTERFACE: 'outer' } },
    'cloud_config.invalid',
    /interface is one of public, internal, admin, not "outer"/,
  ],
  [
    'a CA file that is absent',
    { env: { ...ENV, OS_CACERT: '/no/ca.pem' } },
    'cloud_config.invalid',
    /the CA file \/no\/ca\.pem cannot be read/,
  ],
  [
    'two scopes at once',
    { env: { ...ENV, OS_SYSTEM_SCOPE: 'all' } },
    'cloud_config.invalid',
    /exclude each other/,
  ],
  [
    'a file that is not YAML, without its content',
    { files: { [HERE]: 'clouds:\n  x: {auth: {password: geheim' } },
    'cloud_config.unreadable',
    /^\/here\/clouds\.yaml is not YAML: (?!.*geheim)/,
  ],
] as const) {
  test(`names ${title}`, async () => {
    const error = await errorOf(setting);
    assert.equal(error.code, code);
    assert.equal(error.retry, 'never');
    assert.match(error.message, pattern);
  });
}
