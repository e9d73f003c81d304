/** Services that speak for users, credentials that are limited, and the scopes of tokens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessRule, IdentifyOptions, Identity } from '@medevac/openstack';
import { type Asked, openApi, PROJECT, SEGMENT } from './api-fixture.ts';

const ADMIN: Identity = {
  userId: 'u',
  userName: 'user',
  projectId: PROJECT,
  roles: ['admin'],
  expiresAtMs: 0,
};
const SERVICE: Identity = { ...ADMIN, userId: 's', userName: 'nova', roles: ['Reader', 'service'] };
const LIMITED = (...accessRules: readonly AccessRule[]): Identity => ({ ...ADMIN, accessRules });

interface Known {
  readonly identity: Identity;
  readonly hasEnded?: boolean;
}

/** An API whose Keystone knows these tokens. */
function openWith(known: Readonly<Record<string, Known>>, serviceRoles?: readonly string[]) {
  const tokens = {
    identify: async (token: string, _call: unknown, options: IdentifyOptions = {}) => {
      const found = known[token];
      return found?.hasEnded === true && options.allowExpired !== true
        ? undefined
        : found?.identity;
    },
  };
  const api = openApi({ tokens, ...(serviceRoles === undefined ? {} : { serviceRoles }) });
  return (asked: Omit<Asked, 'url'> & { readonly url?: string; readonly service?: string }) =>
    api.ask({
      url: '/v1/segments',
      token: 'user',
      ...asked,
      headers: {
        ...asked.headers,
        ...(asked.service === undefined ? {} : { 'x-service-token': asked.service }),
      },
    });
}

test('a service may go on with the work of a user whose token has ended meanwhile', async () => {
  const ask = openWith({
    user: { identity: ADMIN, hasEnded: true },
    nova: { identity: SERVICE },
    other: { identity: { ...SERVICE, roles: ['admin'] } },
    limited: { identity: { ...SERVICE, accessRules: [] } },
  });
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ service: 'nova' })).status, 200);
  assert.equal((await ask({ service: 'other' })).status, 401, 'no service role');
  assert.equal((await ask({ service: 'limited' })).status, 401, 'limited itself');
});

test('a service token that is not valid spoils the request', async () => {
  const ask = openWith({
    user: { identity: ADMIN },
    nova: { identity: SERVICE, hasEnded: true },
    other: { identity: { ...SERVICE, roles: ['admin'] } },
  });
  for (const service of ['unknown', 'nova']) {
    const answer = await ask({ service });
    assert.equal(answer.status, 401, service);
    assert.ok(answer.headers['www-authenticate']);
  }
  assert.equal((await ask({ service: 'other' })).status, 200, 'valid, but it counts for nothing');
  assert.equal((await ask({ service: '' })).status, 200, 'an empty header is none');
  assert.equal((await ask({ service: 'other', token: null })).status, 401, 'no user');
});

test('the roles that make a service can be chosen', async () => {
  const known = { user: { identity: ADMIN, hasEnded: true }, nova: { identity: SERVICE } };
  assert.equal((await openWith(known, ['reader'])({ service: 'nova' })).status, 401);
  assert.equal((await openWith(known, ['Reader'])({ service: 'nova' })).status, 200);
});

test('a credential with access rules opens what they name, in its own words, and no more', async () => {
  const rule = (method: string, path: string, service = 'instance-ha'): AccessRule => ({
    service,
    method,
    path,
  });
  const cases: readonly (readonly [AccessRule, number])[] = [
    [rule('GET', '/v1/segments'), 200],
    [rule('GET', '/v1/*'), 200],
    [rule('GET', '/**'), 200],
    [rule('POST', '/v1/segments'), 401],
    [rule('GET', '/v1/notifications'), 401],
    [rule('GET', '/v1/{project_id}/segments'), 401],
    [rule('GET', '/v1/segments', 'compute'), 401],
  ];
  for (const [one, status] of cases) {
    const ask = openWith({ user: { identity: LIMITED(one) } });
    assert.equal((await ask({ url: '/v1/segments?limit=1' })).status, status, JSON.stringify(one));
  }
  const none = openWith({ user: { identity: LIMITED() } });
  assert.equal((await none({})).status, 401);
  const inProject = openWith({ user: { identity: LIMITED(rule('GET', '/v1/*/segments')) } });
  assert.equal((await inProject({ url: `/v1/${PROJECT}/segments` })).status, 200);
  for (const url of ['/v1/%73egments', '/v1//segments', '/v1/segments/', '/v1/segments.json']) {
    const exact = openWith({ user: { identity: LIMITED(rule('GET', '/v1/segments')) } });
    assert.equal((await exact({ url })).status, 401, url);
  }
});

test('only a proper service lifts the access rules of the credential it works with', async () => {
  const ask = openWith({
    user: { identity: LIMITED() },
    nova: { identity: SERVICE },
    other: { identity: { ...SERVICE, roles: [] } },
  });
  assert.equal((await ask({ service: 'nova' })).status, 200);
  assert.equal((await ask({ service: 'other' })).status, 401);
});

test('access rules hold for the path before a trusted proxy, and not for one that is claimed', async () => {
  const identity = LIMITED({
    service: 'instance-ha',
    method: 'GET',
    path: '/instance-ha/v1/segments',
  });
  const tokens = { identify: async () => identity };
  const ask = (trustProxyHeaders: boolean) =>
    openApi({ tokens, options: { authUrl: 'http://keystone', trustProxyHeaders } }).ask({
      url: '/v1/segments',
      headers: { 'x-forwarded-prefix': '/instance-ha' },
    });
  assert.equal((await ask(true)).status, 200);
  assert.equal((await ask(false)).status, 401);
});

test('a token with the scope of the system or of a domain counts by its role', async () => {
  const system: Identity = { ...ADMIN, projectId: null, systemScope: 'all' };
  for (const identity of [system, { ...ADMIN, projectId: null, domainId: 'd' }]) {
    const ask = openWith({ user: { identity } });
    assert.equal((await ask({})).status, 200);
    const body = { segment: SEGMENT };
    assert.equal((await ask({ method: 'POST', body })).status, 201);
    const inProject = await ask({ url: `/v1/${PROJECT}/segments` });
    assert.equal(inProject.status, 400);
    assert.match(inProject.message, /doesn't match Context's project_id 'None'$/);
  }
});

test('what a caller claims to be in headers counts for nothing', async () => {
  const ask = openWith({ user: { identity: { ...ADMIN, roles: ['member'] } } });
  const headers = { 'x-roles': 'admin', 'x-user-id': 'root', 'x-identity-status': 'Confirmed' };
  assert.equal((await ask({ headers })).status, 403);
  assert.equal((await ask({ headers, token: null })).status, 401);
});
