/**
 * The compute contract on the simulated cloud, through the ordinary client over HTTP: what the
 * product relies on in Nova holds in the world as it holds on the real cloud. The world runs 20
 * times as fast as the clock on the wall.
 */
import assert from 'node:assert/strict';
import {
  type InstanceUuid,
  type Random,
  seededRandom,
  silentLog,
  systemClock,
} from '@medevac/kernel';
import { type Cloud, loadCloud, openCloud } from '@medevac/openstack';
// The facts belong to the client's room and are told about every cloud that there is to talk to.
// oxlint-disable-next-line no-restricted-imports
import type { CloudForTest } from '../../openstack/test/contract/cloud-for-test.ts';
// oxlint-disable-next-line no-restricted-imports
import { computeContract } from '../../openstack/test/contract/compute-contract.ts';
import { fastClock } from '../src/demo/fast-clock.ts';
import { type ServedCloud, serveCloud } from '../src/http/serve-cloud.ts';
import { SimulatedCloud } from '../src/world/simulated-cloud.ts';

const TIMES_AS_FAST = 20;
const WAIT_MS = 20_000;
const LOOK_MS = 50;
const OWNER = { id: 'owner', name: 'owner', password: 'secret', roles: ['member'] };

computeContract('simulated cloud', async () => {
  const random = seededRandom(7);
  const world = new SimulatedCloud({
    clock: fastClock(systemClock, TIMES_AS_FAST),
    random,
    hosts: 4,
  });
  world.start();
  const served = await serveCloud(world, {
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    random: random.fork('http'),
    accounts: [OWNER],
  });
  const cloud = await openAs(served, random);
  const pagedCloud = await openAs(served, random, { pageSize: 1 });
  const owner = await openAs(served, random, { user: OWNER });
  await cloud.verify();
  return {
    ...handOn(world),
    cloud,
    pagedCloud,
    owner,
    close: async () => {
      for (const one of [owner, pagedCloud, cloud]) await one.close();
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
});

interface OpenAs {
  readonly pageSize?: number;
  readonly user?: typeof OWNER;
}

async function openAs(
  served: ServedCloud,
  random: Random,
  { pageSize, user }: OpenAs = {},
): Promise<Cloud> {
  const account = user && { OS_USERNAME: user.name, OS_PASSWORD: user.password };
  const config = await loadCloud({
    env: { ...served.environment, ...account },
    homeDir: '/nowhere',
    cwd: '/nowhere',
    readFile: async () => undefined,
  });
  const parts = { clock: systemClock, random: random.fork('client'), log: silentLog };
  return openCloud(config, { ...parts, ...(pageSize === undefined ? {} : { pageSize }) });
}

type Hand = Omit<CloudForTest, 'cloud' | 'pagedCloud' | 'owner' | 'close' | 'until'>;

/** What a bed does to a cloud past its API. */
function handOn(world: SimulatedCloud): Hand {
  const hosts = world.hostNames();
  const [first = ''] = hosts;
  const { groups } = world.catalogue;
  const bootOne = (): InstanceUuid => {
    const [uuid] = world.boot(1, first);
    assert.ok(uuid);
    return uuid;
  };
  return {
    hosts,
    boot: async (count, host) => world.boot(count, host),
    bootAsOwner: async () => bootOne(),
    bootInGroup: async (name) => {
      const member = bootOne();
      const uuid = `group-of-${member}`;
      groups.push({ uuid, name, policy: 'anti-affinity', maxPerHost: 2, members: [member] });
      return { uuid, member };
    },
    removeGroup: async (uuid) => {
      groups.splice(
        groups.findIndex((group) => group.uuid === uuid),
        1,
      );
    },
    // A machine that has crashed is switched on again before it starts.
    crash: async (host) => world.crash(host),
    revive: async (host) => world.powerOn(host),
    setCell: async (way) => (way === 'down' ? world.cellDown() : world.cellUp()),
    makeAggregate: async (name, zone) => world.aggregates.add(name, [], zone),
    removeAggregate: async (id) => world.aggregates.remove(id),
    remove: async (uuid) => world.act(uuid, 'delete'),
  };
}
