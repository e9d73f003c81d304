/** Files that protect the API: how a wrong one is told, and what follows when one changes. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Log, ManualClock, OperationalError, silentLog } from '@medevac/kernel';
import { openPolicy } from '../src/protection/policy-file.ts';
import { lookAtTls, openTls } from '../src/protection/tls-files.ts';
import { trustedProxies } from '../src/protection/trusted-proxies.ts';

const directory = mkdtempSync(join(tmpdir(), 'medevac-protection-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const pem = (name: string): string =>
  readFileSync(new URL(`../../api/test/fixtures/${name}`, import.meta.url), 'utf8');

/** A log that keeps the names of its warnings and errors, with their messages. */
function listeningLog(): Log & { readonly told: string[] } {
  const told: string[] = [];
  const tell = (event: string, fields: { readonly message?: unknown } = {}): void => {
    told.push(typeof fields.message === 'string' ? `${event}: ${fields.message}` : event);
  };
  return { ...silentLog, info: tell, warn: tell, error: tell, told };
}

/** Lets the watch look, and waits until it has told something new. */
async function look(clock: ManualClock, told: readonly string[]): Promise<string | undefined> {
  const before = told.length;
  await clock.advance(2_000);
  while (told.length === before) await new Promise((go) => setImmediate(go));
  return told.at(-1);
}

const member = { roles: ['member'], is_admin: false };
const RULE = 'os_masakari_api:segments:index';

test('a changed policy file counts without a restart, and a wrong one leaves the rules', async () => {
  const path = file('policy.yaml', `"${RULE}": "role:member"`);
  const clock = new ManualClock();
  const log = listeningLog();
  const { policy, close } = await openPolicy(path, { clock, log });
  assert.equal(policy.allows(RULE, member, {}), true);
  file('policy.yaml', `"${RULE}": "role:other"`);
  assert.equal(await look(clock, log.told), 'files.reloaded');
  assert.equal(policy.allows(RULE, member, {}), false);
  file('policy.yaml', `"${RULE}": "role:member and"`);
  assert.match(
    (await look(clock, log.told)) ?? '',
    /^files\.not_reloaded: .*policy\.yaml: rule ".*index": it ends where/,
  );
  assert.equal(policy.allows(RULE, member, {}), false);
  rmSync(path);
  assert.match((await look(clock, log.told)) ?? '', /^files\.not_reloaded: ENOENT/);
  file('policy.yaml', `"${RULE}": "role:member"`);
  assert.equal(await look(clock, log.told), 'files.reloaded');
  assert.equal(policy.allows(RULE, member, {}), true);
  close();
});

test('without a policy file the defaults count', async () => {
  const { policy, close } = await openPolicy(undefined, {
    clock: new ManualClock(),
    log: silentLog,
  });
  assert.equal(policy.allows(RULE, { is_admin: true, roles: [] }, {}), true);
  assert.equal(policy.allows(RULE, member, {}), false);
  close();
});

test('a policy file that is not there is told with its name', async () => {
  const parts = { clock: new ManualClock(), log: silentLog };
  const error = await openPolicy('/nowhere/policy.yaml', parts).catch((one: unknown) => one);
  assert.ok(error instanceof OperationalError);
  assert.equal(error.code, 'cli.policy_unreadable');
  assert.match(error.message, /\/nowhere\/policy\.yaml/);
});

const settingsOf = (certificate?: string, key?: string, clientCa?: string) => ({
  tlsCertificate: certificate,
  tlsKey: key,
  tlsClientCa: clientCa,
});

test('a renewed certificate is taken up once its key is there as well', async () => {
  const cert = file('api.crt', pem('one-test-only.crt'));
  const key = file('api.key', pem('one-test-only.key'));
  const clock = new ManualClock(Date.UTC(2027, 0, 1));
  const log = listeningLog();
  const opened = await openTls(settingsOf(cert, key), { clock, log });
  assert.ok(opened.tls);
  assert.deepEqual(log.told, []);
  file('api.crt', pem('two-test-only.crt'));
  assert.match((await look(clock, log.told)) ?? '', /not_reloaded: the key in .* is not that of/);
  file('api.key', pem('two-test-only.key'));
  assert.equal(await look(clock, log.told), 'files.reloaded');
  opened.close();
});

test('a certificate that has ended is served, with a warning', async () => {
  const cert = file('old.crt', pem('one-test-only.crt'));
  const key = file('old.key', pem('one-test-only.key'));
  const log = listeningLog();
  const clock = new ManualClock(Date.UTC(2300, 0, 1));
  const opened = await openTls(settingsOf(cert, key), { clock, log });
  assert.deepEqual(log.told, ['tls.certificate_not_valid_now']);
  opened.close();
});

test('wrong settings and files of TLS are told in words', async () => {
  const cert = file('a.crt', pem('one-test-only.crt'));
  const key = file('a.key', pem('one-test-only.key'));
  const other = file('b.key', pem('two-test-only.key'));
  const text = file('c.txt', 'nothing of the kind');
  const cases: readonly (readonly [ReturnType<typeof settingsOf>, RegExp])[] = [
    [settingsOf(cert), /--tls-key FILE must be given/],
    [settingsOf(undefined, key), /--tls-certificate FILE must be given/],
    [settingsOf(undefined, undefined, cert), /--tls-certificate FILE must be given/],
    [settingsOf(cert, other), /the key in .*b\.key is not that of the certificate .*a\.crt/],
    [settingsOf(text, key), /c\.txt cannot be used/],
    [settingsOf(cert, text), /c\.txt cannot be used/],
    [settingsOf(cert, key, text), /c\.txt cannot be used/],
    [settingsOf('/nowhere.crt', key), /\/nowhere\.crt/],
  ];
  for (const [settings, message] of cases) {
    await assert.rejects(lookAtTls(settings), message);
    await assert.rejects(openTls(settings, { clock: new ManualClock(), log: silentLog }), message);
  }
  assert.equal(await lookAtTls(settingsOf()), undefined);
});

test('only addresses and networks of the list are trusted', () => {
  const isTrusted = trustedProxies(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8::9']) {
    assert.equal(isTrusted(address), true, address);
  }
  for (const address of ['10.2.0.1', '192.0.2.8', '2001:db9::1', '', 'localhost', '::1']) {
    assert.equal(isTrusted(address), false, address);
  }
  assert.equal(trustedProxies(['0.0.0.0/0'])('203.0.113.9'), true);
  for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '::/129']) {
    assert.throws(() => trustedProxies([wrong]), /is neither an address nor a network/);
  }
});
