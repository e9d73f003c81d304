/** How clients find the API: version documents, choices and health. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AnswerBody, openApi, PROJECT } from './api-fixture.ts';

const selfOf = (body: AnswerBody): string =>
  body.version.links.find(({ rel }) => rel === 'self')!.href;
const PROXIED = {
  host: 'api.internal:15868',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'cloud.example.org',
  'x-forwarded-prefix': '/instance-ha/',
};

test('the root lists version 1 with its microversions to anybody', async () => {
  const answer = await openApi().ask({ url: '/', token: null, headers: { host: 'ha:15868' } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    versions: [
      {
        id: 'v1.0',
        status: 'CURRENT',
        version: '1.3',
        min_version: '1.0',
        updated: '2016-07-01T11:33:21Z',
        links: [{ rel: 'self', href: 'http://ha:15868/v1/' }],
      },
    ],
  });
});

for (const url of ['/v1', '/v1/', '/v1/versions/v1.0']) {
  test(`${url} describes version 1 without a token`, async () => {
    const answer = await openApi().ask({ url, token: null, headers: { host: 'ha:15868' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.version.version, '1.3');
    assert.equal(answer.body.version.min_version, '1.0');
    assert.equal(selfOf(answer.body), 'http://ha:15868/v1/');
    assert.equal(answer.headers['openstack-api-version'], 'instance-ha 1.2');
    assert.equal(answer.headers.vary, 'OpenStack-API-Version');
  });
}

test('links ignore the headers of a proxy that is not trusted', async () => {
  const answer = await openApi().ask({ url: '/v1/', headers: PROXIED });
  assert.equal(selfOf(answer.body), 'http://api.internal:15868/v1/');
});

test('links carry scheme, host and prefix of a trusted proxy', async () => {
  const api = openApi({ options: { authUrl: 'http://keystone', trustProxyHeaders: true } });
  const answer = await api.ask({ url: '/v1/', headers: PROXIED });
  assert.equal(selfOf(answer.body), 'https://cloud.example.org/instance-ha/v1/');
});

test('an unknown version is not found and the list of versions has no method', async () => {
  const api = openApi();
  const unknown = await api.ask({ url: '/v1/versions/v2.0' });
  assert.equal(unknown.status, 404);
  assert.ok('itemNotFound' in unknown.body);
  const list = await api.ask({ url: '/v1/versions' });
  assert.equal(list.status, 405);
  assert.ok('badMethod' in list.body);
});

test('a path outside of /v1 offers a choice', async () => {
  const answer = await openApi().ask({ url: '/v2/hosts?x=1', headers: { host: 'ha:15868' } });
  assert.equal(answer.status, 300);
  assert.equal(answer.body.choices[0]?.links[0]?.href, 'http://ha:15868/v1/v2/hosts');
});

test('health is told to anybody', async () => {
  const answer = await openApi().ask({ url: '/healthcheck', token: null });
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'OK');
});

test('links carry the configured prefix, whatever the request says', async () => {
  const linkPrefix = 'https://ha.example.org/instance-ha/';
  const options = { authUrl: 'http://keystone', trustProxyHeaders: true, linkPrefix };
  const api = openApi({ options });
  for (const headers of [{}, PROXIED]) {
    const answer = await api.ask({ url: '/v1/', headers });
    assert.equal(selfOf(answer.body), 'https://ha.example.org/instance-ha/v1/');
  }
});

test('health says so while the disable file exists', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'medevac-health-'));
  const disableFile = join(directory, 'disabled');
  const api = openApi({ options: { authUrl: 'http://keystone', disableFile } });
  const health = async () => {
    const { status, text } = await api.ask({ url: '/healthcheck', token: null });
    return `${status} ${text}`;
  };
  assert.equal(await health(), '200 OK');
  writeFileSync(disableFile, '');
  assert.equal(await health(), '503 DISABLED BY FILE');
  rmSync(directory, { recursive: true });
  assert.equal(await health(), '200 OK');
});

test('one extension is shown by its alias, and an unknown one is not found', async () => {
  const api = openApi();
  const shown = await api.ask({ url: `/v1/${PROJECT}/extensions/os-hosts.json` });
  assert.equal(shown.status, 200);
  assert.match(shown.text, /"extension":\{"name":"Hosts","alias":"os-hosts"/);
  assert.equal((await api.ask({ url: '/v1/extensions/nothing' })).status, 404);
  for (const [method, url] of [
    ['POST', '/v1/extensions'],
    ['PUT', '/v1/extensions/os-hosts'],
    ['DELETE', '/v1/extensions/os-hosts'],
  ] as const) {
    const answer = await api.ask({ method, url });
    assert.equal(answer.status, 405);
    assert.ok('badMethod' in answer.body);
  }
});
