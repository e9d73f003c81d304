/** Whose token a caller presents: what is remembered, for how long, and what is never kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import type { SeenRequest } from '../../test/loopback-cloud.ts';
import { CALL, type OpenedCloud, openForTest } from '../../test/open-for-test.ts';
import { KeystoneTokens } from './keystone-tokens.ts';

const VALIDATE = 'GET /v3/auth/tokens';

async function openValidator(lifeMs = 3_600_000) {
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
    projectId: 'p1',
    roles: ['admin'],
    expiresAtMs: bed.loopback.keystoneNowMs + 3_600_000,
  });
  const [request] = bed.loopback.seen(VALIDATE);
  assert.equal(request?.headers['x-auth-token'], 'token-1');
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
