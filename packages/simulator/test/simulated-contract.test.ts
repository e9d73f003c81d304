/**
 * The compute contract on the simulated cloud, through the ordinary client over HTTP: what the
 * product relies on in Nova holds in the world as it holds on the real cloud. The world runs 20
 * times as fast as the clock on the wall.
 */
import assert from 'node:assert/strict';
import { type HostName, seededRandom, silentLog, systemClock } from '@medevac/kernel';
import { loadCloud, openCloud } from '@medevac/openstack';
// The facts belong to the client's room and are told about every cloud that there is to talk to.
// oxlint-disable-next-line no-restricted-imports
import {
  type CloudForTest,
  computeContract,
} from '../../openstack/test/contract/compute-contract.ts';
import { fastClock } from '../src/demo/fast-clock.ts';
import { serveCloud } from '../src/http/serve-cloud.ts';
import { SimulatedCloud } from '../src/world/simulated-cloud.ts';

const TIMES_AS_FAST = 20;
const WAIT_MS = 20_000;
const LOOK_MS = 50;

computeContract('simulated cloud', async () => {
  const random = seededRandom(7);
  const world = new SimulatedCloud({
    clock: fastClock(systemClock, TIMES_AS_FAST),
    random,
    hosts: 3,
  });
  world.start();
  const served = await serveCloud(world, {
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    random: random.fork('http'),
  });
  const config = await loadCloud({
    env: served.environment,
    homeDir: '/nowhere',
    cwd: '/nowhere',
    readFile: async () => undefined,
  });
  const parts = { clock: systemClock, random: random.fork('client'), log: silentLog };
  const cloud = openCloud(config, parts);
  const pagedCloud = openCloud(config, { ...parts, pageSize: 1 });
  await cloud.verify();
  const host = 'compute-1' as HostName;
  const bed: CloudForTest = {
    cloud,
    pagedCloud,
    host,
    boot: async (count) => world.boot(count, host),
    crash: async () => world.crash(host),
    revive: async () => world.powerOn(host),
    remove: async (uuid) => world.act(uuid, 'delete'),
    close: async () => {
      await pagedCloud.close();
      await cloud.close();
      await served.close();
      world.stop();
    },
    until: async (done, what) => {
      const endMs = systemClock.monotonicMs() + WAIT_MS;
      while (!(await done())) {
        assert.ok(systemClock.monotonicMs() < endMs, `waited in vain for: ${what}`);
        await systemClock.sleep(LOOK_MS);
      }
    },
  };
  return bed;
});
