/** What a proxy may say about a request, and what is made of nonsense. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { baseUrl, type RequestOrigin } from '../src/proxy-headers.ts';
import { openApi } from './api-fixture.ts';

const from = (headers: RequestOrigin['headers'], isEncrypted = false): RequestOrigin => ({
  headers: { host: 'inside:15868', ...headers },
  isEncrypted,
  localAddress: '10.0.0.1:15868',
});

const CASES: readonly (readonly [string, RequestOrigin['headers'], string])[] = [
  ['nothing', {}, 'http://inside:15868'],
  ['a scheme', { 'x-forwarded-proto': 'HTTPS' }, 'https://inside:15868'],
  ['the first of several hosts', { 'x-forwarded-host': 'a.example, b' }, 'http://a.example'],
  ['an IPv6 address', { 'x-forwarded-host': '[2001:db8::1]:8443' }, 'http://[2001:db8::1]:8443'],
  ['a prefix with slashes', { 'x-forwarded-prefix': '//ha/api/' }, 'http://inside:15868/ha/api'],
  ['a prefix without one', { 'x-forwarded-prefix': 'ha' }, 'http://inside:15868/ha'],
  [
    'Forwarded before the others, and the prefix beside it',
    {
      forwarded: 'for=192.0.2.60;Proto=https;host="cloud.example:8443", for=10.0.0.9;proto=http',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'wrong.example',
      'x-forwarded-prefix': '/ha',
    },
    'https://cloud.example:8443/ha',
  ],
  ['a scheme that is none', { 'x-forwarded-proto': 'gopher' }, 'http://inside:15868'],
  ['a host with a path', { 'x-forwarded-host': 'evil.example/x?' }, 'http://inside:15868'],
  ['a host with a user', { 'x-forwarded-host': 'a@evil.example' }, 'http://inside:15868'],
  ['a prefix with a query', { 'x-forwarded-prefix': '/a?b' }, 'http://inside:15868'],
  ['a prefix with a gap', { 'x-forwarded-prefix': '/a//evil' }, 'http://inside:15868'],
];
for (const [title, headers, expected] of CASES) {
  test(`${title} in the headers of a proxy makes ${expected}`, () => {
    assert.equal(baseUrl(from(headers), true), expected);
    assert.equal(baseUrl(from(headers), false), 'http://inside:15868');
  });
}

test('without a host the address counts where the request arrived, encrypted or not', () => {
  const origin = { ...from({}, true), headers: {} };
  assert.equal(baseUrl(origin, true), 'https://10.0.0.1:15868');
});

test('whatever a trusted proxy says, a link stays an address of the web', () => {
  const word = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(fc.record({ a: word, b: word, c: word, d: word }), ({ a, b, c, d }) => {
      const headers = {
        forwarded: a,
        'x-forwarded-host': b,
        'x-forwarded-proto': c,
        'x-forwarded-prefix': d,
      };
      const { protocol, search, hash, username } = new URL(`${baseUrl(from(headers), true)}/v1/`);
      assert.match(protocol, /^https?:$/);
      assert.deepEqual([search, hash, username], ['', '', '']);
    }),
  );
});

test('only the proxies that are named are believed', async () => {
  const linkFor = async (isTrusted: boolean): Promise<string | undefined> => {
    const seen: string[] = [];
    const isTrustedProxy = (address: string) => {
      seen.push(address);
      return isTrusted;
    };
    const options = { authUrl: 'http://keystone', trustProxyHeaders: true, isTrustedProxy };
    const answer = await openApi({ options }).ask({
      url: '/v1/',
      headers: { host: 'inside', 'x-forwarded-host': 'outside' },
    });
    assert.deepEqual([...new Set(seen)], ['127.0.0.1']);
    return answer.body.version.links[0]?.href;
  };
  assert.equal(await linkFor(true), 'http://outside/v1/');
  assert.equal(await linkFor(false), 'http://inside/v1/');
});
