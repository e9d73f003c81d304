/** Whose token a caller presents: what is remembered, for how long, and what is never kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import type { SeenRequest } from '../../test/loopback-cloud.ts';
import { CALL, type OpenedCloud, openForTest } from '../../test/open-for-test.ts';
import { KeystoneTokens } from './keystone-tokens.ts';

const VALIDATE = 'GET /v3/auth/tokens';

async function openValidator(lifeMs = 3_600_000, more: object = {}) {
  const clock = new ManualClock();
  const bed = await openForTest({ clock });
  const known = new Set(['good', 'a', 'b', 'c']);
  const begunMs = clock.monotonicMs();
  bed.loopback.on(VALIDATE, (request: SeenRequest) => {
    if (!known.has(String(request.headers['x-subject-token']))) {
      return { status: 404, body: { error: { message: 'not found' } } };
    }
    return {
      status: 200,
      body: {
        token: {
          expires_at: new Date(bed.loopback.keystoneNowMs + begunMs + lifeMs).toISOString(),
          user: { id: 'u1', name: 'monitor', domain: { id: 'default' } },
          project: { id: 'p1', name: 'service' },
          roles: [{ id: 'r1', name: 'admin' }],
          ...more,
        },
      },
    };
  });
  return { ...bed, clock, known, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() };
}

const asked = (bed: OpenedCloud): number => bed.loopback.seen(VALIDATE).length;

test('says who a token speaks for', async () => {
  await using bed = await openValidator();
  const identity = await bed.cloud.tokens.identify('good', CALL);
  assert.deepEqual(identity, {
    userId: 'u1',
    userName: 'monitor',
    userDomainId: 'default',
    projectId: 'p1',
    roles: ['admin'],
    expiresAtMs: bed.loopback.keystoneNowMs + 3_600_000,
  });
  const [request] = bed.loopback.seen(VALIDATE);
  assert.equal(request?.headers['x-auth-token'], 'token-1');
  assert.equal(request?.headers['openstack-identity-access-rules'], '1');
});

test('tells the scope of a token, and what its application credential is limited to', async () => {
  const rule = { service: 'instance-ha', method: 'POST', path: '/v1/notifications' };
  await using system = await openValidator(60_000, {
    project: undefined,
    system: { all: true },
    application_credential: { id: 'c', access_rules: [{ id: 'r', ...rule }] },
  });
  const identity = await system.cloud.tokens.identify('good', CALL);
  assert.equal(identity?.systemScope, 'all');
  assert.equal(identity?.projectId, null);
  assert.deepEqual(identity?.accessRules, [rule]);
  await using domain = await openValidator(60_000, {
    project: undefined,
    domain: { id: 'd1' },
    is_admin_project: false,
    application_credential: { id: 'c', access_rules: null },
  });
  const inDomain = await domain.cloud.tokens.identify('good', CALL);
  assert.equal(inDomain?.domainId, 'd1');
  assert.equal(inDomain?.isAdminProject, false);
  assert.equal(inDomain?.accessRules, undefined);
});

test('remembers a good token for a minute, so that a revoked one stops working', async () => {
  await using bed = await openValidator();
  await bed.cloud.tokens.identify('good', CALL);
  await bed.clock.advance(59_000);
  assert.ok(await bed.cloud.tokens.identify('good', CALL));
  assert.equal(asked(bed), 1);
  bed.known.delete('good');
  await bed.clock.advance(1_000);
  assert.equal(await bed.cloud.tokens.identify('good', CALL), undefined);
  assert.equal(asked(bed), 2);
});

test('never remembers a token beyond its own end, by the clock of Keystone', async () => {
  await using bed = await openValidator(20_000);
  bed.clock.jumpWall(-86_400_000);
  await bed.cloud.tokens.identify('good', CALL);
  await bed.clock.advance(19_000);
  assert.ok(await bed.cloud.tokens.identify('good', CALL));
  await bed.clock.advance(1_001);
  assert.equal(await bed.cloud.tokens.identify('good', CALL), undefined);
});

test('remembers a bad token for a few seconds only', async () => {
  await using bed = await openValidator();
  assert.equal(await bed.cloud.tokens.identify('new', CALL), undefined);
  assert.equal(await bed.cloud.tokens.identify('new', CALL), undefined);
  assert.equal(asked(bed), 1);
  bed.known.add('new');
  await bed.clock.advance(3_000);
  assert.ok(await bed.cloud.tokens.identify('new', CALL));
});

test('asks once when many present the same token at once', async () => {
  await using bed = await openValidator();
  const all = Array.from({ length: 20 }, () => bed.cloud.tokens.identify('good', CALL));
  assert.equal(new Set(await Promise.all(all)).size, 1);
  assert.equal(asked(bed), 1);
});

test('forgets the token that was not used for longest when its memory is full', async () => {
  await using bed = await openValidator();
  const { clock, cloud, loopback } = bed;
  const options = { session: cloud.session, authUrl: loopback.authUrl, clock, maxEntries: 2 };
  const tokens = new KeystoneTokens(options);
  for (const token of ['a', 'b', 'a', 'c', 'a']) await tokens.identify(token, CALL);
  assert.equal(asked(bed), 3);
  await tokens.identify('b', CALL);
  assert.equal(asked(bed), 4);
});

test('turns away what cannot be a token without asking anybody', async () => {
  await using bed = await openValidator();
  for (const token of ['', 'two\nlines', 'ümlaut', 'x'.repeat(20_000)]) {
    assert.equal(await bed.cloud.tokens.identify(token, CALL), undefined);
  }
  assert.equal(bed.loopback.requests.length, 0);
});

test('authenticates again when its own token has been revoked', async () => {
  await using bed = await openValidator();
  await bed.cloud.session.authenticate(CALL);
  bed.loopback.revoked.add('token-1');
  assert.ok(await bed.cloud.tokens.identify('good', CALL));
  assert.equal(bed.loopback.tokens.length, 2);
});

test('refuses a revoked token after the time that it was told to remember a good one', async () => {
  await using bed = await openValidator();
  const { clock, cloud, loopback } = bed;
  const open = (keepMs: number): KeystoneTokens =>
    new KeystoneTokens({ session: cloud.session, authUrl: loopback.authUrl, clock, keepMs });
  const [patient, strict] = [open(300_000), open(0)];
  for (const tokens of [patient, strict]) assert.ok(await tokens.identify('good', CALL));
  bed.known.delete('good');
  assert.equal(await strict.identify('good', CALL), undefined);
  await clock.advance(299_999);
  assert.ok(await patient.identify('good', CALL));
  await clock.advance(1);
  assert.equal(await patient.identify('good', CALL), undefined);
});

test('takes an expired token only when asked to, and remembers both answers apart', async () => {
  await using bed = await openValidator(20_000);
  const { cloud, clock, loopback } = bed;
  await cloud.session.authenticate(CALL);
  await clock.advance(30_000);
  assert.equal(await cloud.tokens.identify('good', CALL), undefined);
  assert.ok(await cloud.tokens.identify('good', CALL, { allowExpired: true }));
  assert.equal(await cloud.tokens.identify('good', CALL), undefined);
  assert.deepEqual(
    loopback.seen(VALIDATE).map(({ path }) => path.includes('allow_expired=1')),
    [false, true],
  );
  bed.known.delete('good');
  await clock.advance(60_000);
  assert.equal(await cloud.tokens.identify('good', CALL, { allowExpired: true }), undefined);
});

test('asks about a bounded number of tokens at once and tells the others to wait', async () => {
  await using bed = await openValidator();
  const { clock, cloud, loopback } = bed;
  const options = { session: cloud.session, authUrl: loopback.authUrl, clock, maxUnderWay: 2 };
  const tokens = new KeystoneTokens(options);
  const first = ['a', 'b', 'b'].map((token) => tokens.identify(token, CALL));
  await assert.rejects(tokens.identify('c', CALL), /2 tokens are being validated/);
  assert.equal((await Promise.all(first)).filter(Boolean).length, 3);
  assert.ok(await tokens.identify('c', CALL));
});
