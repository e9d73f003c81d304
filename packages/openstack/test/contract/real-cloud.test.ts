/**
 * The compute contract against a real cloud: only when MEDEVAC_TEST_CLOUD names one of clouds.yaml
 * and MEDEVAC_TEST_BED the script that can boot, crash and revive (testbed/openstack/cloud). It
 * crashes the host of MEDEVAC_TEST_HOST, compute-04 unless said otherwise.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  type HostName,
  type InstanceUuid,
  silentLog,
  systemClock,
  systemRandom,
} from '@medevac/kernel';
import { loadCloud, openCloud } from '../../src/index.ts';
import { type CloudForTest, computeContract, pollUntil } from './compute-contract.ts';

const run = promisify(execFile);
const { env } = process;
const name = env['MEDEVAC_TEST_CLOUD'];
const script = env['MEDEVAC_TEST_BED'];
const host = (env['MEDEVAC_TEST_HOST'] ?? 'compute-04') as HostName;

if (name === undefined || script === undefined) {
  const reason = 'MEDEVAC_TEST_CLOUD and MEDEVAC_TEST_BED name no cloud to crash hosts in';
  test('compute contract on a real cloud', { skip: reason }, () => {});
} else {
  computeContract(`real cloud ${name}`, () => openRealCloud(name, script));
}

async function openRealCloud(cloudName: string, bed: string): Promise<CloudForTest> {
  const config = await loadCloud({ cloud: cloudName, env, homeDir: homedir(), cwd: process.cwd() });
  const options = { clock: systemClock, random: systemRandom, log: silentLog };
  const cloud = openCloud(config, options);
  const pagedCloud = openCloud(config, { ...options, pageSize: 1 });
  await cloud.verify();
  return {
    cloud,
    pagedCloud,
    host,
    boot: (count) => bootWith(bed, count),
    crash: async () => void (await run(bed, ['crash', host])),
    revive: async () => void (await run(bed, ['revive', host])),
    remove: (uuid) => removeInstance(cloud, uuid),
    close: async () => {
      await pagedCloud.close();
      await cloud.close();
    },
    until: pollUntil,
  };
}

async function bootWith(bed: string, count: number): Promise<readonly InstanceUuid[]> {
  const { stdout } = await run(bed, ['boot', String(count), '--host', host]);
  const uuids = stdout.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?= )/gm) ?? [];
  assert.equal(uuids.length, count, stdout);
  return uuids as readonly string[] as readonly InstanceUuid[];
}

/** Deletion is no part of a recovery and of no port; here it is a plain request. */
async function removeInstance(
  cloud: Awaited<ReturnType<typeof openCloud>>,
  uuid: InstanceUuid,
): Promise<void> {
  const call = { deadlineMs: 60_000 };
  await cloud.session.request(
    {
      service: 'compute',
      method: 'DELETE',
      url: `${await cloud.session.endpoint('compute', call)}/servers/${uuid}`,
      headers: { 'openstack-api-version': 'compute 2.1' },
      repeatable: true,
      answers: [204, 404],
    },
    call,
  );
}
