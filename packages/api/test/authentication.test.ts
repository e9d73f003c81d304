/** Who is let in, in both shapes of URL, and what everybody else is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantError, OperationalError, silentLog } from '@medevac/kernel';
import { OPERATIONS } from '../src/index.ts';
import { MEMBER_PROJECT, MEMBER_TOKEN, openApi, PROJECT, SEGMENT } from './api-fixture.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const urlOf = (path: string): string => `/v1${path.replaceAll(/\{\w+\}/g, UNKNOWN)}`;
const VALID_BODIES: Readonly<Record<string, object>> = {
  'segments:create': { segment: SEGMENT },
  'segments:update': { segment: { name: 'x' } },
  'hosts:create': { host: { name: 'compute-01', type: 'COMPUTE', control_attributes: 'SSH' } },
  'hosts:update': { host: { reserved: true } },
  'notifications:create': {
    notification: {
      type: 'COMPUTE_HOST',
      hostname: 'compute-01',
      generated_time: '2026-11-20',
      payload: { event: 'STOPPED' },
    },
  },
};

for (const { id, method, path, rule } of OPERATIONS) {
  const body = VALID_BODIES[id];
  const asked = { method, url: urlOf(path), ...(body === undefined ? {} : { body }) };

  test(`${id} refuses a request without a valid token`, async () => {
    const api = openApi();
    for (const token of [null, '', 'a-bad-token']) {
      const answer = await api.ask({ ...asked, token });
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Keystone uri="http://127.0.0.1:5000/v3"');
      assert.deepEqual(answer.body, {
        error: {
          code: 401,
          title: 'Unauthorized',
          message: 'The request you have made requires authentication.',
        },
      });
    }
  });

  test(`${id} refuses a caller without the admin role and names ${rule}`, async () => {
    const answer = await openApi().ask({ ...asked, token: MEMBER_TOKEN });
    assert.equal(answer.status, 403);
    assert.deepEqual(answer.body, {
      forbidden: { code: 403, message: `Policy doesn't allow ${rule} to be performed.` },
    });
  });
}

test('a body that is not valid is told before the policy, a bad payload after it', async () => {
  const api = openApi();
  const url = '/v1/notifications';
  const bad = await api.ask({ method: 'POST', url, token: MEMBER_TOKEN, body: {} });
  assert.equal(bad.status, 400);
  const valid = VALID_BODIES['notifications:create'] as { notification: object };
  const body = { notification: { ...valid.notification, payload: { event: 'PAUSED' } } };
  assert.equal((await api.ask({ method: 'POST', url, token: MEMBER_TOKEN, body })).status, 403);
  assert.equal((await api.ask({ method: 'POST', url, body })).status, 400);
});

test('the silence of Keystone is a 503 and never lets anybody in', async () => {
  const kind = { code: 'cloud.unreachable', retry: 'after', advice: 'Check Keystone.' } as const;
  const busy = new OperationalError(kind, 'come back later', { retryAfterMs: 29_100 });
  for (const [error, pause] of [
    [new OperationalError(kind, 'no route to 10.0.0.1'), '5'],
    [new Error('reset'), '5'],
    [busy, '30'],
  ] as const) {
    const told: unknown[] = [];
    const log = { ...silentLog, error: (_event: string, fields?: object) => told.push(fields) };
    const tokens = { identify: () => Promise.reject(error) };
    const answer = await openApi({ tokens, log }).ask({ url: '/v1/segments' });
    assert.equal(answer.status, 503);
    assert.deepEqual(answer.body, {
      serviceUnavailable: {
        code: 503,
        message: 'The Keystone service is temporarily unavailable.',
      },
    });
    assert.equal(answer.headers['retry-after'], pause);
    assert.ok(JSON.stringify(told).includes(error.message), 'the reason is in the log');
  }
});

test('a fault of our own while checking a token is a 500', async () => {
  const tokens = { identify: () => Promise.reject(new InvariantError('a broken promise')) };
  const answer = await openApi({ tokens }).ask({ url: '/v1/segments' });
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.text, /a broken promise|\.ts/);
});

test('both shapes of URL and the format suffix reach the same operation', async () => {
  const api = openApi();
  for (const url of ['/v1/segments', `/v1/${PROJECT}/segments`, '/v1/segments.json?limit=1']) {
    const answer = await api.ask({ url });
    assert.equal(answer.status, 200, url);
    assert.deepEqual(answer.body, { segments: [] });
  }
});

test('a project in the URL that is not the project of the token is refused', async () => {
  const answer = await openApi().ask({ url: `/v1/${MEMBER_PROJECT}/segments` });
  assert.equal(answer.status, 400);
  assert.equal(
    answer.message,
    `Malformed request URL: URL's project_id '${MEMBER_PROJECT}' ` +
      `doesn't match Context's project_id '${PROJECT}'`,
  );
});

test('what is not routed needs a token too, and is not found with one', async () => {
  const api = openApi();
  for (const url of ['/v1/nothing', `/v1/${PROJECT}`, `/v1/${PROJECT}/`, '/v1/not-hex/segments']) {
    assert.equal((await api.ask({ url, token: null })).status, 401, url);
    assert.equal((await api.ask({ url })).status, 404, url);
  }
});
