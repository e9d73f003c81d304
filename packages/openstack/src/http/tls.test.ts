/** Certificates: a private CA is trusted when it is named, and nothing else is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { CALL, type OpenedCloud, openForTest } from '../../test/open-for-test.ts';

const fixture = (name: string): Promise<string> =>
  readFile(new URL(`../../test/fixtures/${name}`, import.meta.url), 'utf8');

async function openTls(tls: { caPem?: string; insecure: boolean }): Promise<OpenedCloud> {
  const key = await fixture('loopback-test-only.key');
  const cert = await fixture('loopback-test-only.crt');
  return openForTest({ loopback: { tls: { key, cert } }, config: { tls } });
}

test('trusts a certificate whose CA is named', async () => {
  await using bed = await openTls({
    insecure: false,
    caPem: await fixture('loopback-test-only.crt'),
  });
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 1);
});

test('refuses a certificate that nobody vouches for, before anything is sent', async () => {
  await using bed = await openTls({ insecure: false });
  const error = await bed.cloud.session.authenticate(CALL).catch((reason: unknown) => reason);
  assert.ok(error instanceof OperationalError);
  assert.equal(error.code, 'cloud.tls_failed');
  assert.equal(error.retry, 'never');
  assert.equal(bed.loopback.requests.length, 0);
});

test('takes any certificate when told to be insecure', async () => {
  await using bed = await openTls({ insecure: true });
  await bed.cloud.session.authenticate(CALL);
  assert.equal(bed.loopback.tokens.length, 1);
});
