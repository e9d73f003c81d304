/**
 * The compute contract against a real cloud: only when MEDEVAC_TEST_CLOUD names one of clouds.yaml,
 * MEDEVAC_TEST_OWNER another for an account without the admin role, and MEDEVAC_TEST_BED the script
 * that can boot, crash, revive and cut off its cell (testbed/openstack/cloud). It crashes all hosts
 * but one, and begins with the host of MEDEVAC_TEST_HOST, compute-04 unless said otherwise.
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
import { type Cloud, loadCloud, openCloud } from '../../src/index.ts';
import { CALL, type CloudForTest, pollUntil } from './cloud-for-test.ts';
import { computeContract } from './compute-contract.ts';
import { RealRequests } from './real-requests.ts';

const run = promisify(execFile);
const { env } = process;
const name = env['MEDEVAC_TEST_CLOUD'];
const ownerName = env['MEDEVAC_TEST_OWNER'] ?? 'testbed-member';
const script = env['MEDEVAC_TEST_BED'];
const host = (env['MEDEVAC_TEST_HOST'] ?? 'compute-04') as HostName;

if (name === undefined || script === undefined) {
  const reason = 'MEDEVAC_TEST_CLOUD and MEDEVAC_TEST_BED name no cloud to crash hosts in';
  test('compute contract on a real cloud', { skip: reason }, () => {});
} else {
  computeContract(`real cloud ${name}`, () => openRealCloud(name, script));
}

async function openRealCloud(cloudName: string, bed: string): Promise<CloudForTest> {
  const cloud = await openNamed(cloudName);
  const owner = await openNamed(ownerName);
  const pagedCloud = await openNamed(cloudName, { pageSize: 1 });
  await cloud.verify();
  const requests = new RealRequests(cloud, owner);
  const hosts = await hostsOf(cloud);
  const command = async (...args: readonly string[]): Promise<void> => void (await run(bed, args));
  return {
    cloud,
    pagedCloud,
    owner,
    hosts,
    boot: (count, on) => bootWith(bed, count, on),
    bootAsOwner: () => requests.bootAsOwner(),
    bootInGroup: (group) => requests.bootInGroup(group),
    removeGroup: (uuid) => requests.removeGroup(uuid),
    crash: (one) => command('crash', one),
    revive: (one) => command('revive', one),
    setCell: (way) => command('cell', way),
    makeAggregate: (aggregate, zone) => requests.makeAggregate(aggregate, zone),
    removeAggregate: (id) => requests.removeAggregate(id),
    remove: (uuid) => requests.remove(uuid),
    close: async () => {
      for (const one of [owner, pagedCloud, cloud]) await one.close();
    },
    until: pollUntil,
  };
}

async function openNamed(
  cloudName: string,
  more: { readonly pageSize?: number } = {},
): Promise<Cloud> {
  const config = await loadCloud({ cloud: cloudName, env, homeDir: homedir(), cwd: process.cwd() });
  return openCloud(config, { clock: systemClock, random: systemRandom, log: silentLog, ...more });
}

/** Every host in service, the one to begin with first. */
async function hostsOf(cloud: Cloud): Promise<readonly HostName[]> {
  const views = await cloud.nova.listComputeServices({}, CALL);
  const usable = views.filter(
    (view) => view.kind === 'seen' && view.state === 'up' && view.status === 'enabled',
  );
  const names = usable.map((view) => view.host).toSorted();
  assert.ok(names.includes(host), `${host} is up and enabled; in service: ${names.join(', ')}`);
  assert.ok(names.length >= 4, `four hosts are in service, and not only ${names.join(', ')}`);
  return [host, ...names.filter((one) => one !== host)];
}

async function bootWith(
  bed: string,
  count: number,
  on: HostName,
): Promise<readonly InstanceUuid[]> {
  const { stdout } = await run(bed, ['boot', String(count), '--host', on]);
  const uuids = stdout.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?= )/gm) ?? [];
  assert.equal(uuids.length, count, stdout);
  return uuids as readonly string[] as readonly InstanceUuid[];
}
