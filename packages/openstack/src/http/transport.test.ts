/** Transport against a real HTTP server: what is retried, what is not, and what each error says. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import {
  type Clock,
  LIMITS,
  ManualClock,
  OperationalError,
  seededRandom,
  systemClock,
} from '@medevac/kernel';
import { type Answer, LoopbackCloud } from '../../test/loopback-cloud.ts';
import { type CloudRequest, Transport, type TransportOptions } from './transport.ts';

const CALL = { deadlineMs: 10_000 };

async function openTransport(options: Partial<TransportOptions> = {}) {
  const loopback = await LoopbackCloud.open();
  loopback.tokens.push('known');
  const transport = new Transport({
    clock: systemClock,
    random: seededRandom(1),
    tls: { insecure: false },
    retry: { maxAttempts: 3, firstDelayMs: 1, maxDelayMs: 2, factor: 2 },
    ...options,
  });
  const request = (method: 'GET' | 'POST', path = '/thing'): CloudRequest => ({
    service: 'compute',
    method,
    url: `${loopback.origin}${path}`,
    headers: { 'x-auth-token': 'known' },
    ...(method === 'POST' ? { body: { act: true } } : {}),
    repeatable: method === 'GET',
    answers: [200],
  });
  return {
    loopback,
    transport,
    request,
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      await loopback.close();
    },
  };
}

/** Answers in this order; the last one for ever. */
function inOrder(...answers: readonly Answer[]): () => Answer {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? 'drop';
}

async function errorOf(work: Promise<unknown>): Promise<OperationalError> {
  const error: unknown = await work.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperationalError, String(error));
  return error;
}

async function untilSeen(loopback: LoopbackCloud, prefix: string): Promise<void> {
  while (loopback.seen(prefix).length === 0) await new Promise((next) => setImmediate(next));
}

test('repeats a read after a lost reply and after a 500', async () => {
  await using bed = await openTransport();
  bed.loopback.on('GET /thing', inOrder('drop', { status: 500 }, { status: 200, body: { n: 3 } }));
  const answer = await bed.transport.exchange(bed.request('GET'), CALL);
  assert.deepEqual(answer.body, { n: 3 });
  assert.equal(bed.loopback.seen('GET /thing').length, 3);
});

test('gives up a read after the attempts of its policy, with the last error', async () => {
  await using bed = await openTransport();
  bed.loopback.on('GET /thing', { status: 502, body: '<h1>Bad Gateway</h1>' });
  const error = await errorOf(bed.transport.exchange(bed.request('GET'), CALL));
  assert.equal(error.code, 'cloud.failed');
  assert.equal(error.retry, 'after');
  assert.match(error.message, /GET .*\/thing answered 502: Bad Gateway \(request req-3\)/);
  assert.equal(error.fields['requestId'], 'req-3');
});

for (const [title, answer, code] of [
  ['whose reply is lost', 'drop', 'cloud.reply_lost'],
  ['answered with 500', { status: 500 }, 'cloud.failed'],
  ['answered with 504', { status: 504 }, 'cloud.failed'],
  ['answered with 503', { status: 503, headers: { 'retry-after': '1' } }, 'cloud.busy'],
] as const) {
  test(`sends a change ${title} once and calls its outcome unknown`, async () => {
    await using bed = await openTransport();
    bed.loopback.on('POST /thing', answer);
    const error = await errorOf(bed.transport.exchange(bed.request('POST'), CALL));
    assert.equal(error.code, code);
    assert.equal(error.retry, 'unknown-outcome');
    assert.equal(bed.loopback.seen('POST /thing').length, 1);
  });
}

test('hands a change that was turned away with 429 back, with the pause asked for', async () => {
  await using bed = await openTransport();
  const busy = { status: 429, headers: { 'retry-after': '7' } };
  bed.loopback.on('POST /thing', inOrder(busy, { status: 200 }));
  const error = await errorOf(bed.transport.exchange(bed.request('POST'), CALL));
  assert.deepEqual([error.code, error.retry, error.retryAfterMs], ['cloud.busy', 'after', 7_000]);
  assert.equal(bed.loopback.seen('POST /thing').length, 1);
});

test('repeats a read that was turned away with 429, after the pause asked for', async () => {
  const clock = new ManualClock();
  await using bed = await openTransport({ clock });
  const busy = { status: 429, headers: { 'retry-after': '7' } };
  bed.loopback.on('GET /thing', inOrder(busy, { status: 200 }));
  const answered = bed.transport.exchange(bed.request('GET'), { deadlineMs: 30_000 });
  let isDone = false;
  void answered.then(() => {
    isDone = true;
  });
  await untilSeen(bed.loopback, 'GET /thing');
  await clock.advanceUntil(() => isDone, 20_000);
  assert.ok(clock.monotonicMs() >= 7_000, `waited ${clock.monotonicMs()} ms`);
  assert.equal(bed.loopback.seen('GET /thing').length, 2);
});

test('does not begin a pause that outlasts the call', async () => {
  await using bed = await openTransport();
  bed.loopback.on('GET /thing', { status: 503, headers: { 'retry-after': '60' } });
  const error = await errorOf(bed.transport.exchange(bed.request('GET'), CALL));
  assert.equal(error.code, 'cloud.busy');
  assert.equal(error.retryAfterMs, 60_000);
  assert.equal(bed.loopback.seen('GET /thing').length, 1);
});

test('a connection that is refused changed nothing, and a change is handed back at once', async () => {
  // On this clock a pause before another try would never end.
  await using bed = await openTransport({ clock: new ManualClock() });
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => free.once('listening', done));
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));
  const request = { ...bed.request('POST'), url: `http://127.0.0.1:${port}/thing` };
  const error = await errorOf(bed.transport.exchange(request, CALL));
  assert.equal(error.code, 'cloud.unreachable');
  assert.equal(error.retry, 'after');
  assert.equal(error.fields['sent'], false);
  assert.match(error.message, /cannot connect .*ECONNREFUSED/);
});

for (const [method, retry] of [
  ['GET', 'after'],
  ['POST', 'unknown-outcome'],
] as const) {
  test(`ends a ${method} that hangs at the deadline of the call`, async () => {
    const clock = new ManualClock();
    await using bed = await openTransport({ clock });
    bed.loopback.on(`${method} /thing`, 'hang');
    const failing = errorOf(bed.transport.exchange(bed.request(method), { deadlineMs: 5_000 }));
    await untilSeen(bed.loopback, `${method} /thing`);
    await clock.advance(5_000);
    const error = await failing;
    assert.equal(error.code, 'cloud.timeout');
    assert.equal(error.retry, retry);
    assert.match(error.message, /no answer within 5000 ms/);
  });
}

/** Holds every connection with a read until the returned function is called. */
async function holdConnections(bed: Awaited<ReturnType<typeof openTransport>>) {
  let letGo = (): void => {};
  const released = new Promise<void>((go) => (letGo = go));
  bed.loopback.on('GET /busy', () => released.then(() => ({ status: 200 })));
  const held = Array.from({ length: LIMITS.cloudConnections }, () =>
    bed.transport.exchange(bed.request('GET', '/busy'), { deadlineMs: 50_000 }),
  );
  while (bed.loopback.seen('GET /busy').length < held.length)
    await new Promise((go) => setImmediate(go));
  return async () => {
    letGo();
    await Promise.all(held);
  };
}

test('does not send a change that found no free connection while its look was fresh', async () => {
  const clock = new ManualClock();
  await using bed = await openTransport({ clock });
  bed.loopback.on('POST /thing', { status: 200 });
  const release = await holdConnections(bed);
  const failing = errorOf(bed.transport.exchange(bed.request('POST'), CALL));
  await clock.advance(2_000);
  const error = await failing;
  assert.deepEqual([error.code, error.retry], ['cloud.look_too_old', 'after']);
  assert.equal(error.fields['sent'], false);
  await release();
  await bed.transport.exchange(bed.request('GET', '/busy'), CALL);
  assert.equal(bed.loopback.seen('POST /thing').length, 0, 'nor was it sent later');
});

test('asks once more before a change is written, however late the timers are', async () => {
  let nowMs = 0;
  const clock: Clock = {
    ...systemClock,
    monotonicMs: () => nowMs,
    sleep: () => new Promise(() => {}),
  };
  await using bed = await openTransport({ clock });
  bed.loopback.on('POST /thing', { status: 200 });
  const release = await holdConnections(bed);
  const failing = errorOf(bed.transport.exchange(bed.request('POST'), CALL));
  nowMs = 2_000;
  await release();
  assert.equal((await failing).code, 'cloud.look_too_old');
  assert.equal(bed.loopback.seen('POST /thing').length, 0);
});

test('sends a change that found a connection in time, and a read however long it waited', async () => {
  const clock = new ManualClock();
  await using bed = await openTransport({ clock });
  bed.loopback.on('POST /thing', { status: 200 });
  bed.loopback.on('GET /thing', { status: 200 });
  for (const [method, waitMs] of [
    ['POST', 1_999],
    ['GET', 9_999],
  ] as const) {
    const release = await holdConnections(bed);
    const answered = bed.transport.exchange(bed.request(method), CALL);
    await clock.advance(waitMs);
    await release();
    assert.equal((await answered).status, 200);
  }
});

test('lets a change on its way take its time', async () => {
  const clock = new ManualClock();
  await using bed = await openTransport({ clock });
  let answer = (): void => {};
  const thinking = new Promise<void>((go) => (answer = go));
  bed.loopback.on('POST /thing', () => thinking.then(() => ({ status: 200 })));
  const answered = bed.transport.exchange(bed.request('POST'), CALL);
  await untilSeen(bed.loopback, 'POST /thing');
  await clock.advance(9_000);
  answer();
  assert.equal((await answered).status, 200);
});

test('a change still waiting for a free connection at its deadline was not sent', async () => {
  const clock = new ManualClock();
  await using bed = await openTransport({ clock });
  bed.loopback.on('POST /thing', { status: 200 });
  const release = await holdConnections(bed);
  const failing = errorOf(bed.transport.exchange(bed.request('POST'), { deadlineMs: 1_000 }));
  await clock.advance(1_000);
  const error = await failing;
  assert.equal(error.retry, 'after');
  assert.equal(error.fields['sent'], false);
  await release();
  await bed.transport.exchange(bed.request('GET', '/busy'), CALL);
  assert.equal(bed.loopback.seen('POST /thing').length, 0, 'nor was it sent later');
});

test('does not send a change when no time is left for it', async () => {
  await using bed = await openTransport();
  const error = await errorOf(bed.transport.exchange(bed.request('POST'), { deadlineMs: 0 }));
  assert.equal(error.code, 'cloud.timeout');
  assert.equal(error.retry, 'after');
  assert.equal(bed.loopback.requests.length, 0);
});

test('throws the reason of the signal for a read, unknown-outcome for a change', async () => {
  await using bed = await openTransport();
  bed.loopback.on('GET /thing', 'hang');
  bed.loopback.on('POST /thing', 'hang');
  for (const method of ['GET', 'POST'] as const) {
    const stop = new AbortController();
    const call = { ...CALL, signal: stop.signal };
    const working = bed.transport
      .exchange(bed.request(method), call)
      .catch((error: unknown) => error);
    await untilSeen(bed.loopback, `${method} /thing`);
    const reason = new Error('shutting down');
    stop.abort(reason);
    const error: unknown = await working;
    if (method === 'GET') assert.equal(error, reason);
    else assert.ok(error instanceof OperationalError && error.retry === 'unknown-outcome');
  }
});

test('refuses an answer that is larger than the limit', async () => {
  await using bed = await openTransport({ maxAnswerBytes: 100 });
  bed.loopback.on('GET /thing', { status: 200, body: { text: 'x'.repeat(200) } });
  const error = await errorOf(bed.transport.exchange(bed.request('GET'), CALL));
  assert.equal(error.code, 'cloud.answer_too_large');
  assert.equal(bed.loopback.seen('GET /thing').length, 1);
});

test('answers from a connection that is reused and closed by the server in time', async () => {
  await using bed = await openTransport();
  bed.loopback.on('POST /thing', { status: 200, headers: { connection: 'close' }, body: {} });
  for (let count = 0; count < 5; count++) {
    await bed.transport.exchange(bed.request('POST'), CALL);
  }
  assert.equal(bed.loopback.seen('POST /thing').length, 5);
});

for (const [status, code] of [
  [400, 'cloud.refused'],
  [403, 'cloud.forbidden'],
  [406, 'cloud.microversion_unsupported'],
  [302, 'cloud.refused'],
] as const) {
  test(`a ${status} that nobody expected is final`, async () => {
    await using bed = await openTransport();
    bed.loopback.on('POST /thing', { status, body: { badRequest: { message: 'so it is' } } });
    const error = await errorOf(bed.transport.exchange(bed.request('POST'), CALL));
    assert.equal(error.code, code);
    assert.equal(error.retry, 'never');
    assert.match(error.message, /so it is/);
  });
}
