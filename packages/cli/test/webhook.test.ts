/** Hooks that are web services, over real connections on loopback. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CALL, going, hookOf, PAYLOAD } from './hook-for-test.ts';

const PEM = join(import.meta.dirname, '..', '..', 'api', 'test', 'fixtures');
const folder = mkdtempSync(join(tmpdir(), 'medevac-webhook-'));

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
}

async function serve(
  answer: RequestListener,
  tls = false,
): Promise<{ url: string; heard: Heard[] } & AsyncDisposable> {
  const heard: Heard[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, method, url } = request;
      heard.push({ headers, method, url, body: Buffer.concat(chunks).toString('utf8') });
      answer(request, response);
    });
  };
  const pair = {
    cert: readFileSync(join(PEM, 'one-test-only.crt')),
    key: readFileSync(join(PEM, 'one-test-only.key')),
  };
  const server = tls ? createTlsServer(pair, listener) : createServer(listener);
  await new Promise<void>((resolve) => (server as Server).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hooks?queue=ha`,
    heard,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ok: RequestListener = (_request, response) => void response.writeHead(204).end();

describe('a hook that is a web service', () => {
  it('is sent a CloudEvent in structured mode, with the key as its id', async () => {
    await using service = await serve((_request, response) => {
      response.writeHead(202).end('queued');
    });
    const outcome = await hookOf({ webhook: service.url }).run(CALL, going());
    assert.deepEqual(outcome, { kind: 'done', output: 'queued' });
    const [heard] = service.heard;
    assert.equal(heard?.method, 'POST');
    assert.equal(heard?.url, '/hooks?queue=ha');
    assert.match(heard?.headers['content-type'] ?? '', /^application\/cloudevents\+json/);
    assert.equal(heard?.headers['idempotency-key'], CALL.key);
    assert.equal(heard?.headers.authorization, undefined);
    const { time, ...event } = JSON.parse(heard?.body ?? '') as Record<string, unknown>;
    assert.ok(typeof time === 'string' && !Number.isNaN(Date.parse(time)));
    assert.deepEqual(event, {
      specversion: '1.0',
      id: CALL.key,
      source: '/medevac/incidents/incident-1',
      type: 'medevac.hook.before_instance',
      subject: 'instance-uuid',
      datacontenttype: 'application/json',
      data: PAYLOAD,
    });
  });

  it('is shown a secret that is read anew for each call', async () => {
    await using service = await serve(ok);
    const file = join(folder, 'token');
    const hook = hookOf({ webhook: service.url, secret: `file:${file}` });
    for (const token of ['first', 'second']) {
      writeFileSync(file, `${token}\n`);
      assert.equal((await hook.run(CALL, going())).kind, 'done');
    }
    const env = hookOf({ webhook: service.url, secret: 'env:TOKEN' }, { TOKEN: 'third' });
    assert.equal((await env.run(CALL, going())).kind, 'done');
    assert.deepEqual(
      service.heard.map((one) => one.headers.authorization),
      ['Bearer first', 'Bearer second', 'Bearer third'],
    );
  });

  for (const [reference, reason] of [
    ['file:/nowhere/token', /file:\/nowhere\/token cannot be read/],
    ['env:NOT_THERE', /env:NOT_THERE is not set/],
    ['env:BROKEN', /env:BROKEN holds a character that no header may have/],
  ] as const) {
    it(`is not called when its secret is ${reference}`, async () => {
      await using service = await serve(ok);
      const hook = hookOf({ webhook: service.url, secret: reference }, { BROKEN: 'a\nb: c' });
      const outcome = await hook.run(CALL, going());
      assert.ok(outcome.kind === 'failed');
      assert.match(outcome.reason, reason);
      assert.deepEqual(service.heard, []);
    });
  }

  for (const status of [400, 404, 500]) {
    it(`has failed when it answers ${status}`, async () => {
      await using service = await serve((_request, response) => {
        response.writeHead(status).end('why');
      });
      const outcome = await hookOf({ webhook: service.url }).run(CALL, going());
      const reason = `it answered ${status}`;
      assert.deepEqual(outcome, { kind: 'failed', reason, output: 'why' });
    });
  }

  it('has failed when it refers to another place, where nothing is sent', async () => {
    await using other = await serve(ok);
    await using service = await serve((_request, response) => {
      response.writeHead(307, { location: other.url }).end();
    });
    const outcome = await hookOf({ webhook: service.url }).run(CALL, going());
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.reason, /answered 307 and refers to http.*not followed/);
    assert.deepEqual(other.heard, []);
  });

  it('is left when it is to be given up, before and in the middle of its answer', async () => {
    for (const answer of [
      () => undefined,
      ((_request, response) => void response.writeHead(200).write('half')) as RequestListener,
    ]) {
      const stop = new AbortController();
      await using service = await serve((request, response) => {
        answer(request, response);
        setTimeout(() => stop.abort(new Error('the deadline')), 100);
      });
      const outcome = await hookOf({ webhook: service.url }).run(CALL, stop.signal);
      assert.equal(outcome.kind, 'failed');
    }
  });

  it('has failed when it breaks off or is not there', async () => {
    const service = await serve((request) => void request.socket.destroy());
    const hook = hookOf({ webhook: service.url });
    assert.equal((await hook.run(CALL, going())).kind, 'failed');
    await service[Symbol.asyncDispose]();
    const outcome = await hook.run(CALL, going());
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.reason, /ECONNREFUSED/);
  });

  it('may answer endlessly, of which a beginning is read', async () => {
    await using service = await serve((_request, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', write);
      response.on('error', () => undefined);
      write();
    });
    const outcome = await hookOf({ webhook: service.url }).run(CALL, going());
    assert.equal(outcome.kind, 'done');
    assert.equal(outcome.output.length, 4_096);
  });

  it('is trusted with a CA that is named, and otherwise told nothing', async () => {
    await using service = await serve(ok, true);
    const refused = await hookOf({ webhook: service.url }).run(CALL, going());
    assert.ok(refused.kind === 'failed');
    assert.match(refused.reason, /certificate/);
    assert.deepEqual(service.heard, []);
    const ca = join(PEM, 'ca-test-only.crt');
    const trusted = await hookOf({ webhook: service.url, ca }).run(CALL, going());
    assert.deepEqual(trusted, { kind: 'done', output: '' });
  });
});
