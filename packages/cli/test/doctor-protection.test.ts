/** What `medevac doctor` says of the policy file and of the certificate. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import type { EffectiveRule } from '@medevac/openstack';
import { checkCertificate, checkPolicy } from '../src/doctor/check-protection.ts';
import { checkSettings } from '../src/doctor/check-settings.ts';
import type { CertificateView } from '../src/protection/tls-files.ts';
import { type AroundChange, CALL, fakeAround, fakeFacts } from './doctor-fakes.ts';

const RULES: readonly EffectiveRule[] = [
  { name: 'admin_api', check: 'is_admin:True', from: 'default' },
  { name: 'segments:index', check: 'role:reader', from: 'file' },
];
const around = (change: AroundChange) => ({ around: fakeAround(change), call: CALL });

test('settings hand on where the policy and the certificate are', async () => {
  const values = { policyFile: '/etc/p.yaml', tlsCertificate: '/a.crt', tlsKey: '/a.key' };
  const { facts } = await checkSettings.run({}, around({ values }));
  assert.deepEqual(facts?.policy, { path: '/etc/p.yaml' });
  assert.equal(facts?.tls?.tlsCertificate, '/a.crt');
  assert.equal(facts?.tls?.tlsKey, '/a.key');
  assert.equal(facts?.tls?.tlsClientCa, undefined);
});

test('a policy file is shown with the rules that it changes', async () => {
  const given = around({ lookAtPolicy: async () => RULES });
  const none = await checkPolicy.run(fakeFacts(), given);
  assert.deepEqual([none.level, none.found], ['ok', '2 rules, all by default']);
  const facts = fakeFacts({ policy: { path: '/etc/p.yaml' } });
  const some = await checkPolicy.run(facts, given);
  assert.match(some.found, /^\/etc\/p\.yaml holds 1 rule, /);
  assert.deepEqual(some.items, ['segments:index']);
});

const view: CertificateView = {
  subject: 'CN=api',
  validFromMs: Date.UTC(2026, 0, 1),
  validToMs: Date.UTC(2027, 0, 1),
};
const CASES: readonly (readonly [string, number, string, RegExp])[] = [
  ['long before its end', Date.UTC(2026, 5, 1), 'ok', /^CN=api counts until 2027-01-01/],
  ['some days before its end', Date.UTC(2026, 11, 15), 'warning', /2027-01-01/],
  ['after its end', Date.UTC(2027, 0, 2), 'problem', /^CN=api ended on 2027-01-01$/],
  ['before its beginning', Date.UTC(2025, 11, 1), 'problem', /counts from 2026-01-01 only/],
];
for (const [title, nowMs, level, found] of CASES) {
  test(`a certificate ${title} is ${level}`, async () => {
    const clock = new ManualClock(nowMs);
    const given = around({ clock, lookAtTls: async () => view });
    const answer = await checkCertificate.run(fakeFacts(), given);
    assert.equal(answer.level, level);
    assert.match(answer.found, found);
    assert.equal(answer.advice === undefined, level === 'ok');
  });
}

test('no certificate is no fault, and one that cannot be used is told as it is', async () => {
  const plain = await checkCertificate.run(fakeFacts(), around({}));
  assert.equal(plain.level, 'ok');
  const lookAtTls = async (): Promise<never> => {
    throw new Error('the key is not that of the certificate');
  };
  await assert.rejects(checkCertificate.run(fakeFacts(), around({ lookAtTls })), /not that of/);
});
