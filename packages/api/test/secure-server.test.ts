/** TLS of our own, over real sockets: what is shown, who is let in, and how it is renewed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { type TlsMaterial, TlsServers } from '../src/index.ts';
import { type AnswerBody, openApi } from './api-fixture.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const ca = fixture('ca-test-only.crt');
const pair = (name: string) => ({
  cert: fixture(`${name}-test-only.crt`),
  key: fixture(`${name}-test-only.key`),
});
const material = (name: string, clientCaPem?: string): TlsMaterial => ({
  certificatePem: pair(name).cert,
  keyPem: pair(name).key,
  ...(clientCaPem === undefined ? {} : { clientCaPem }),
});

async function openSecure(tls: TlsServers) {
  const { app } = openApi({ options: { authUrl: 'http://keystone', tls } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    app.server.closeAllConnections();
    await app.close();
  };
  return { port, app, [Symbol.asyncDispose]: close };
}

async function shake(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function nameShownAt(port: number): Promise<string | undefined> {
  const socket = await shake(port);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return [subject.CN].flat()[0];
}

/** Reads a path; rejects when the connection is refused or broken off. */
function read(port: number, options: object = {}): Promise<AnswerBody> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    get({ host: '127.0.0.1', port, path: '/v1/', ca, agent, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(JSON.parse(text) as AnswerBody));
    }).on('error', reject);
  });
}

test('answers over TLS, and its links say so', async () => {
  await using secure = await openSecure(new TlsServers(material('one')));
  const body = await read(secure.port);
  assert.equal(body.version.links[0]?.href, `https://127.0.0.1:${secure.port}/v1/`);
});

test('speaks nothing below TLS 1.2', async () => {
  await using secure = await openSecure(new TlsServers(material('one')));
  const at = (version: SecureVersion) => ({
    minVersion: version,
    maxVersion: version,
    ciphers: 'DEFAULT:@SECLEVEL=0',
  });
  const spoken = async (version: SecureVersion): Promise<string | null> => {
    const socket = await shake(secure.port, at(version)).catch(() => undefined);
    const protocol = socket?.getProtocol() ?? null;
    socket?.destroy();
    return protocol;
  };
  assert.equal(await spoken('TLSv1.2'), 'TLSv1.2');
  assert.equal(await spoken('TLSv1.3'), 'TLSv1.3');
  assert.equal(await spoken('TLSv1.1'), null);
  assert.equal(await spoken('TLSv1'), null);
});

test('shows a renewed certificate to new callers and goes on with the old ones', async () => {
  const tls = new TlsServers(material('one'));
  await using secure = await openSecure(tls);
  assert.equal(await nameShownAt(secure.port), 'medevac api test only one');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await read(secure.port, { agent });
  tls.renew(material('two'));
  assert.equal(await nameShownAt(secure.port), 'medevac api test only two');
  await read(secure.port, { agent });
  agent.destroy();
});

test('refuses material that cannot be used, and goes on with what there was', async () => {
  const mixed = { ...material('one'), keyPem: pair('two').key };
  assert.throws(() => new TlsServers(mixed), /key/);
  const tls = new TlsServers(material('one'));
  await using secure = await openSecure(tls);
  assert.throws(() => tls.renew(mixed), /key/);
  assert.throws(() => tls.renew({ ...material('two'), certificatePem: 'nothing' }));
  assert.equal(await nameShownAt(secure.port), 'medevac api test only one');
});

test('with a CA for callers lets only those in whom it has signed, also after a renewal', async () => {
  const tls = new TlsServers(material('one', ca));
  await using secure = await openSecure(tls);
  for (const name of ['one', 'two']) {
    tls.renew(material(name, ca));
    assert.ok((await read(secure.port, pair('client'))).version);
    await assert.rejects(read(secure.port));
  }
});
