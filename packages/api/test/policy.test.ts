/** The default rules, the role that may only report, and rules of an operator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Identity, PolicyRules } from '@medevac/openstack';
import { MEDEVAC_OPERATIONS, OPERATIONS, POLICY_DEFAULTS } from '../src/index.ts';
import { addHost, addSegment, HOST_STOPPED, openApi, PROJECT, report } from './api-fixture.ts';

const caller = (change: Partial<Identity>): Identity => ({
  userId: 'u',
  userName: 'user',
  projectId: PROJECT,
  roles: [],
  expiresAtMs: 0,
  ...change,
});
const as = (...roles: readonly string[]) => ({ identify: async () => caller({ roles }) });
const rulesOf = (text: string) => PolicyRules.load(POLICY_DEFAULTS, { path: 'policy.yaml', text });
const ALL = [...OPERATIONS, ...MEDEVAC_OPERATIONS];
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

test('every operation is guarded by a rule of its own that the defaults name', () => {
  const names: readonly string[] = POLICY_DEFAULTS.map(({ name }) => name);
  for (const { id, rule } of ALL) assert.ok(names.includes(rule), id);
});

test('the reporter may post notifications and nothing else, also not read them', async () => {
  const admin = openApi();
  const segment = await addSegment(admin);
  await addHost(admin, segment.uuid);
  const api = { ...openApi({ stores: admin.stores, tokens: as('medevac_reporter') }) };
  const reported = await report(api, { payload: HOST_STOPPED });
  assert.equal(reported.status, 202);
  for (const operation of ALL) {
    const { id, method, path, rule } = operation;
    if (id === 'notifications:create') continue;
    const bodies: Readonly<Record<string, object>> = {
      'segments:create': { segment: { name: 'x', recovery_method: 'auto', service_type: 'x' } },
      'segments:update': { segment: { name: 'x' } },
      'hosts:create': { host: { name: 'compute-02', type: 'x', control_attributes: 'x' } },
      'hosts:update': { host: { reserved: true } },
      'incidents:method': { method: 'auto' },
      'incidents:confirm-fenced': { reason: 'x' },
      'drains:create': { drain: { host_name: 'compute-01' } },
      'segment-rules:update': { rules: { note: null } },
      'instance-rules:update': { rule: { note: null } },
    };
    const root = MEDEVAC_OPERATIONS.includes(operation) ? '/medevac/v1' : '/v1';
    const url = `${root}${path.replaceAll(/\{\w+\}/g, UNKNOWN)}`;
    const body = bodies[id] ?? (method === 'POST' ? {} : undefined);
    const answer = await api.ask({ method, url, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.status, 403, id);
    assert.equal(answer.message, `Policy doesn't allow ${rule} to be performed.`);
  }
});

test('the rules of an operator take the place of the defaults', async () => {
  const policy = rulesOf(
    '"os_masakari_api:segments:index": "role:reader or rule:admin_api"\n' +
      '"os_masakari_api:segments:create": "rule:admin_api and project_id:%(project_id)s and ' +
      'user_id:root"\n',
  );
  const reader = openApi({ policy, tokens: as('reader') });
  assert.equal((await reader.ask({ url: '/v1/segments' })).status, 200);
  assert.equal((await reader.ask({ url: '/v1/notifications' })).status, 403);
  const body = { segment: { name: 'x', recovery_method: 'auto', service_type: 'x' } };
  const create = { method: 'POST', url: '/v1/segments', body } as const;
  assert.equal((await openApi({ policy }).ask(create)).status, 403);
  const tokens = { identify: async () => caller({ roles: ['admin'], userId: 'root' }) };
  assert.equal((await openApi({ policy, tokens }).ask(create)).status, 201);
});

test('who is an administrator can be chosen, and every rule follows', async () => {
  const policy = rulesOf('context_is_admin: "role:ha_admin or system_scope:all"');
  assert.equal((await openApi({ policy }).ask({ url: '/v1/segments' })).status, 403);
  for (const tokens of [
    as('HA_Admin'),
    { identify: async () => caller({ projectId: null, systemScope: 'all' }) },
  ]) {
    assert.equal((await openApi({ policy, tokens }).ask({ url: '/v1/segments' })).status, 200);
  }
});

const ATTRIBUTES: readonly (readonly [string, Partial<Identity>])[] = [
  ['user_id:u', {}],
  ['user_domain_id:d', { userDomainId: 'd' }],
  [`project_id:${PROJECT}`, {}],
  ['project_domain_id:d', { projectDomainId: 'd' }],
  ['domain_id:d', { domainId: 'd' }],
  ['system_scope:all', { systemScope: 'all' }],
  ['is_admin_project:True', {}],
  ['not is_admin_project:True', { isAdminProject: false }],
  ['service_roles:service', { service: caller({ roles: ['service'] }) }],
  ['service_user_id:s', { service: caller({ userId: 's' }) }],
  ['service_project_id:sp', { service: caller({ projectId: 'sp' }) }],
  [`tenant:${PROJECT} and user:u`, {}],
];
for (const [check, change] of ATTRIBUTES) {
  test(`a rule may ask for ${check}`, async () => {
    const policy = rulesOf(JSON.stringify({ 'os_masakari_api:segments:index': check }));
    const tokens = { identify: async () => caller(change) };
    assert.equal((await openApi({ policy, tokens }).ask({ url: '/v1/segments' })).status, 200);
    const none = { identify: async () => caller({ userId: 'x', projectId: 'y' }) };
    const other = openApi({ policy, tokens: none });
    const expected = check === 'is_admin_project:True' ? 200 : 403;
    assert.equal((await other.ask({ url: '/v1/segments' })).status, expected);
  });
}

test('the list of extensions shows what the caller may discover', async () => {
  const policy = rulesOf(
    '"os_masakari_api:extensions:index": "@"\n"os_masakari_api:extensions:detail": "@"\n' +
      '"os_masakari_api:segments:discoverable": "role:reader"',
  );
  const api = openApi({ policy, tokens: as('reader') });
  const list = JSON.parse((await api.ask({ url: '/v1/extensions' })).text) as {
    readonly extensions: readonly { readonly alias: string }[];
  };
  assert.deepEqual(
    list.extensions.map(({ alias }) => alias),
    ['segments', 'versions'],
  );
  assert.equal((await api.ask({ url: '/v1/extensions/segments' })).status, 200);
  assert.equal((await api.ask({ url: '/v1/extensions/vmoves' })).status, 404);
});
