/** The shared token: how often Keystone is asked, and what follows when it says no. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type HostName,
  type InstanceUuid,
  LIMITS,
  ManualClock,
  OperationalError,
} from '@medevac/kernel';
import { CALL, openForTest } from '../../test/open-for-test.ts';
import type { Cloud } from '../open-cloud.ts';

const INSTANCE = 'f249d89d-e26f-4702-a4d5-30064d7eb9ee' as InstanceUuid;
const NO_SERVICES = { status: 200, body: { services: [] } };

async function errorOf(work: Promise<unknown>): Promise<OperationalError> {
  const error = await work.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperationalError, String(error));
  return error;
}

test('asks Keystone once for many callers at the same time', async () => {
  await using bed = await openForTest();
  bed.loopback.on('GET /v2.1/os-services', NO_SERVICES);
  await Promise.all(Array.from({ length: 30 }, () => bed.cloud.nova.listComputeServices({}, CALL)));
  assert.equal(bed.loopback.tokens.length, 1);
  assert.equal(bed.loopback.seen('GET /v2.1/os-services').length, 30);
});

test('renews the token a margin before its life ends, whatever the clocks show', async () => {
  const clock = new ManualClock();
  await using bed = await openForTest({ clock });
  await bed.cloud.session.authenticate(CALL);
  clock.jumpWall(400 * 86_400_000);
  await clock.advance(bed.loopback.tokenLifeMs - LIMITS.tokenMarginMs - 1);
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 1);
  await clock.advance(1);
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 2);
});

test('uses a token that lives shorter than the margin for half of its life', async () => {
  const clock = new ManualClock();
  await using bed = await openForTest({ clock, loopback: { tokenLifeMs: 10_000 } });
  await bed.cloud.session.authenticate(CALL);
  await clock.advance(4_999);
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 1);
  await clock.advance(1);
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 2);
});

test('sends a read again with a new token when a service refuses the token', async () => {
  await using bed = await openForTest();
  await bed.cloud.session.authenticate(CALL);
  bed.loopback.revoked.add('token-1');
  bed.loopback.on('GET /v2.1/os-services', NO_SERVICES);
  assert.deepEqual(await bed.cloud.nova.listComputeServices({}, CALL), []);
  assert.deepEqual(
    bed.loopback.seen('GET /v2.1/os-services').map((one) => one.headers['x-auth-token']),
    ['token-1', 'token-2'],
  );
});

test('hands a change back whose token was refused, and renews the token meanwhile', async () => {
  await using bed = await openForTest();
  await bed.cloud.session.authenticate(CALL);
  bed.loopback.revoked.add('token-1');
  bed.loopback.on('POST /v2.1/servers/', { status: 200 });
  const evacuate = () => bed.cloud.nova.evacuate(INSTANCE, undefined, CALL);
  const errors = await Promise.all([errorOf(evacuate()), errorOf(evacuate())]);
  for (const error of errors) {
    assert.deepEqual([error.code, error.retry], ['cloud.token_refused', 'after']);
    assert.match(error.message, /answered 401: our token was refused and is renewed \(request /);
  }
  const sent = () => bed.loopback.seen('POST /v2.1/servers/').length;
  assert.equal(sent(), 2, 'each was sent once');
  while (bed.loopback.tokens.length < 2) await new Promise((go) => setImmediate(go));
  assert.equal(sent(), 2, 'and not again by the renewal');
  assert.deepEqual(await evacuate(), { kind: 'accepted' });
  assert.equal(bed.loopback.tokens.length, 2);
});

for (const [title, change] of [
  ['its address', (cloud: Cloud) => cloud.nova.evacuate(INSTANCE, undefined, CALL)],
  [
    'its header',
    ({ session }: Cloud, origin: string) =>
      session.request(
        {
          service: 'compute',
          method: 'POST',
          url: `${origin}/v2.1/servers/${INSTANCE}/action`,
          headers: {},
          repeatable: false,
          answers: [200],
        },
        CALL,
      ),
  ],
] as const) {
  test(`does not send a change that waited too long for a token for ${title}`, async () => {
    const clock = new ManualClock();
    await using bed = await openForTest({ clock });
    const { loopback, cloud } = bed;
    loopback.on('POST /v2.1/servers/', { status: 200 });
    let letGo = (): void => {};
    loopback.authentication = () => new Promise((go) => (letGo = go));
    const late = errorOf(change(cloud, loopback.origin));
    while (loopback.requests.length === 0) await new Promise((go) => setImmediate(go));
    await clock.advance(2_000);
    letGo();
    const error = await late;
    assert.deepEqual([error.code, error.retry], ['cloud.look_too_old', 'after']);
    assert.match(error.message, /POST .*\/action: not sent, it had no token .* 2000 ms/);
    assert.equal(loopback.seen('POST /v2.1/servers/').length, 0);
    await change(cloud, loopback.origin);
    assert.equal(loopback.seen('POST /v2.1/servers/').length, 1);
    assert.equal(loopback.tokens.length, 1);
  });
}

test('sends a change that waited shortly for its token, and a read however long', async () => {
  const clock = new ManualClock();
  await using bed = await openForTest({ clock });
  const { loopback, cloud } = bed;
  loopback.on('POST /v2.1/servers/', { status: 200 });
  loopback.on('GET /v2.1/os-services', NO_SERVICES);
  for (const [waitMs, ask] of [
    [1_999, () => cloud.nova.evacuate(INSTANCE, undefined, CALL)],
    [9_999, () => cloud.nova.listComputeServices({}, CALL)],
  ] as const) {
    let letGo: (() => void) | undefined;
    loopback.authentication = () => new Promise((go) => (letGo = go));
    await clock.advance(loopback.tokenLifeMs);
    const answered = ask();
    while (letGo === undefined) await new Promise((go) => setImmediate(go));
    await clock.advance(waitMs);
    letGo();
    await answered;
  }
});

test('renews a refused token once for many callers', async () => {
  await using bed = await openForTest();
  await bed.cloud.session.authenticate(CALL);
  bed.loopback.revoked.add('token-1');
  bed.loopback.on('GET /v2.1/os-services', NO_SERVICES);
  await Promise.all(Array.from({ length: 10 }, () => bed.cloud.nova.listComputeServices({}, CALL)));
  assert.equal(bed.loopback.tokens.length, 2);
});

test('gives up when a new token is refused as well', async () => {
  await using bed = await openForTest();
  bed.loopback.on('GET /v2.1/os-services', { status: 401, body: { error: { message: 'no' } } });
  const error = await errorOf(bed.cloud.nova.listComputeServices({}, CALL));
  assert.equal(error.code, 'cloud.auth_failed');
  assert.equal(error.retry, 'never');
  assert.equal(bed.loopback.tokens.length, 2);
});

test('names user, project and address when the password is wrong, and holds back', async () => {
  const clock = new ManualClock();
  await using bed = await openForTest({ clock });
  bed.loopback.password = 'changed';
  const error = await errorOf(bed.cloud.verify(CALL));
  assert.equal(error.code, 'cloud.auth_failed');
  assert.match(
    error.message,
    /^cloud "loopback": Keystone at http.* refuses user "admin" in project/,
  );
  assert.doesNotMatch(`${error.message}${JSON.stringify(error.fields)}`, /right/);
  await errorOf(bed.cloud.session.authenticate(CALL));
  assert.equal(bed.loopback.seen('POST /v3/auth/tokens').length, 1);
  bed.loopback.password = 'right';
  await clock.advance(5_000);
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 1);
});

test('a caller with a short deadline leaves, and the authentication goes on', async () => {
  const clock = new ManualClock();
  await using bed = await openForTest({ clock });
  let letGo = (): void => {};
  bed.loopback.authentication = () => new Promise((go) => (letGo = go));
  const patient = bed.cloud.session.authenticate({ deadlineMs: 30_000 });
  const hasty = errorOf(bed.cloud.session.authenticate({ deadlineMs: 1_000 }));
  while (bed.loopback.requests.length === 0) await new Promise((go) => setImmediate(go));
  await clock.advance(1_000);
  assert.equal((await hasty).code, 'cloud.timeout');
  letGo();
  await patient;
  assert.equal(bed.loopback.tokens.length, 1);
});

test('names what the catalogue has when an endpoint is missing', async () => {
  await using bed = await openForTest({ config: { region: 'two' } });
  const error = await errorOf(bed.cloud.verify(CALL));
  assert.equal(error.code, 'cloud.endpoint_missing');
  assert.match(error.message, /compute in region two; it has: public in one, internal in one/);
});

test('uses a configured address instead of the catalogue', async () => {
  const override = 'http://127.0.0.1:9/compute/v2.1';
  await using bed = await openForTest({ config: { endpointOverrides: { compute: override } } });
  assert.equal(await bed.cloud.session.endpoint('compute', CALL), override);
  assert.equal(
    await bed.cloud.session.endpoint('placement', CALL),
    `${bed.loopback.origin}/placement`,
  );
});

test('refuses an endpoint that answers in another microversion than asked for', async () => {
  await using bed = await openForTest();
  const headers = { 'openstack-api-version': 'compute 2.1' };
  bed.loopback.on('GET /v2.1/os-services', { ...NO_SERVICES, headers });
  const host = 'compute-01' as HostName;
  const error = await errorOf(bed.cloud.nova.listComputeServices({ host }, CALL));
  assert.equal(error.code, 'cloud.microversion_unsupported');
  assert.match(error.message, /answers in version compute 2\.1, asked for compute 2\.69/);
});
