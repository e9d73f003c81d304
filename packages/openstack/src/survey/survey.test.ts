/** What a look at a cloud tells before any recovery: who answers, and in which dialects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError, seededRandom, systemClock } from '@medevac/kernel';
import { CALL, configFor, openForTest } from '../../test/open-for-test.ts';
import { greetKeystone } from './greet-keystone.ts';
import { missingVersions, REQUIRED_VERSIONS } from './required-versions.ts';
import { compareVersions, readVersionRange } from './version-range.ts';

const options = {
  clock: systemClock,
  random: seededRandom(1),
  retry: { maxAttempts: 1, firstDelayMs: 1, maxDelayMs: 1, factor: 1 },
};

const codeIs = (code: string) => (error: unknown) =>
  error instanceof OperationalError && error.code === code;

test('greets Keystone without a token and reads its clock from the header', async () => {
  await using bed = await openForTest();
  const greeting = await greetKeystone(configFor(bed.loopback), options, CALL);
  assert.equal(greeting.version, 'v3.14');
  assert.ok(greeting.dateMs !== undefined);
  assert.ok(Math.abs(greeting.dateMs - greeting.ourWallMs) < 5_000);
  const [request] = bed.loopback.seen('GET /v3');
  assert.equal(request?.headers['x-auth-token'], undefined);
  assert.equal(bed.loopback.tokens.length, 0);
});

test('says of a web page that it is not Keystone', async () => {
  await using bed = await openForTest();
  const config = { ...configFor(bed.loopback), authUrl: `${bed.loopback.origin}/v3/page` };
  bed.loopback.on('GET /v3/page', { status: 200, body: '<html>It works!</html>' });
  await assert.rejects(greetKeystone(config, options, CALL), codeIs('cloud.auth_failed'));
});

test('says unreachable of a Keystone that is not there', async () => {
  const bed = await openForTest();
  const config = configFor(bed.loopback);
  await bed[Symbol.asyncDispose]();
  await assert.rejects(greetKeystone(config, options, CALL), codeIs('cloud.unreachable'));
});

test("reads Nova's range under its version, whatever follows it in the catalogue", async () => {
  await using bed = await openForTest();
  const endpoint = `${bed.loopback.origin}/compute/v2/0123`;
  await using other = await openForTest({
    config: {
      authUrl: bed.loopback.authUrl,
      endpointOverrides: { compute: endpoint },
    },
  });
  const version = { id: 'v2.1', version: '2.93', min_version: '2.1' };
  bed.loopback.on('GET /compute/v2.1/', { status: 200, body: { version } });
  const range = await readVersionRange(other.cloud.session, 'compute', CALL);
  assert.deepEqual([range.lowest, range.highest], ['2.1', '2.93']);
  assert.equal(bed.loopback.requests.at(-1)?.path, '/compute/v2.1/');
});

test("reads Placement's range from its list of versions", async () => {
  await using bed = await openForTest();
  const versions = [{ id: 'v1.0', max_version: '1.39', min_version: '1.0' }];
  bed.loopback.on('GET /placement/', { status: 200, body: { versions } });
  const range = await readVersionRange(bed.cloud.session, 'placement', CALL);
  assert.deepEqual([range.lowest, range.highest], ['1.0', '1.39']);
});

test('refuses a document that names no microversions', async () => {
  await using bed = await openForTest();
  bed.loopback.on('GET /placement/', { status: 200, body: '<html>It works!</html>' });
  await assert.rejects(
    readVersionRange(bed.cloud.session, 'placement', CALL),
    codeIs('cloud.answer_unreadable'),
  );
});

test('tells our own token apart from nothing: it is the one that Keystone gave out', async () => {
  await using bed = await openForTest();
  assert.equal(await bed.cloud.session.tokenId(CALL), bed.loopback.tokens[0]);
});

test('compares versions by their numbers, not by their letters', () => {
  assert.ok(compareVersions('2.9', '2.69') < 0);
  assert.ok(compareVersions('2.100', '2.69') > 0);
  assert.ok(compareVersions('3.0', '2.99') > 0);
  assert.equal(compareVersions('2.1', '2.1'), 0);
});

test('names the calls that an old or a too new cloud would refuse', () => {
  const { compute, placement } = REQUIRED_VERSIONS;
  const calls = (lowest: string, highest: string) =>
    missingVersions(compute, { lowest, highest }).map(({ call }) => call);
  assert.deepEqual(calls('2.1', '2.93'), []);
  assert.deepEqual(calls('2.1', '2.72'), ['listServers', 'readServer', 'lock']);
  assert.deepEqual(calls('2.2', '2.93'), [
    'resetState',
    'stop',
    'start',
    'hardReboot',
    'pause',
    'suspend',
    'rescue',
    'unlock',
    'migrate',
    'confirmMigration',
    'listActions',
  ]);
  assert.deepEqual(missingVersions(placement, { lowest: '1.0', highest: '1.13' }), [
    { call: 'allocatedProviders', version: '1.14' },
    { call: 'listCapacity', version: '1.29' },
  ]);
});
