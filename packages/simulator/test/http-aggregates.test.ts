/** Host aggregates of a simulated cloud as the ordinary client sees them over HTTP. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { type HostName, seededRandom, silentLog, systemClock } from '@medevac/kernel';
import { type Cloud, loadCloud, openCloud } from '@medevac/openstack';
import { SimulatedCloud, serveCloud } from '../src/index.ts';

const CALL = { deadlineMs: 10_000 };
const closers: (() => Promise<void> | void)[] = [];

async function openServed(): Promise<{ readonly world: SimulatedCloud; readonly cloud: Cloud }> {
  const random = seededRandom(3);
  const world = new SimulatedCloud({ clock: systemClock, random, hosts: 3, latencyMs: 1 });
  const place = { host: '127.0.0.1', port: 0 };
  const served = await serveCloud(world, { ...place, clock: systemClock, random });
  const where = { env: served.environment, homeDir: '/nowhere', cwd: '/nowhere' };
  const parts = { clock: systemClock, random, log: silentLog };
  const cloud = openCloud(await loadCloud(where), parts);
  closers.push(
    () => cloud.close(),
    () => served.close(),
  );
  return { world, cloud };
}

const host = (number: number): HostName => `compute-${number}` as HostName;

describe('host aggregates over HTTP', () => {
  after(async () => {
    for (const close of closers) await close();
  });

  it('are listed with their hosts, and take and give a host once', async () => {
    const { cloud, world } = await openServed();
    const id = world.aggregates.add('fast-disks', ['compute-1']);
    const { aggregates } = cloud;
    const [first] = await aggregates.listAggregates(CALL);
    assert.deepEqual([first?.id, first?.name, first?.hosts], [id, 'fast-disks', ['compute-1']]);
    assert.deepEqual(await aggregates.addHost(id, host(2), CALL), { kind: 'changed' });
    assert.deepEqual(await aggregates.addHost(id, host(2), CALL), { kind: 'unchanged' });
    assert.deepEqual(world.aggregates.namesOf(host(2)), ['fast-disks']);
    assert.deepEqual(await aggregates.removeHost(id, host(2), CALL), { kind: 'changed' });
    assert.deepEqual(await aggregates.removeHost(id, host(2), CALL), { kind: 'unchanged' });
    assert.deepEqual(world.aggregates.namesOf(host(2)), []);
    assert.deepEqual(await aggregates.addHost(99, host(2), CALL), { kind: 'missing' });
  });

  it('refuse a host of another availability zone, with the zone', async () => {
    const { cloud, world } = await openServed();
    world.aggregates.add('east', ['compute-1'], 'east');
    const west = world.aggregates.add('west', ['compute-2'], 'west');
    const answer = await cloud.aggregates.addHost(west, host(1), CALL);
    assert.ok(answer.kind === 'refused');
    assert.match(answer.message, /availability zone east/);
  });
});
