/** Capacity, server groups and images over the facade, as our own client reads them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, silentLog, systemClock } from '@medevac/kernel';
import { loadCloud, openCloud } from '@medevac/openstack';
import { serveCloud } from '../src/http/serve-cloud.ts';
import { SimulatedCloud } from '../src/index.ts';

const CALL = { deadlineMs: 10_000 };

test('the client reads capacity, server groups and images of a simulated cloud', async () => {
  const random = seededRandom(1);
  const world = new SimulatedCloud({
    ...{ clock: systemClock, random: random.fork('cloud'), hosts: 2 },
    ...{ roomPerHost: 3, latencyMs: 0 },
  });
  const members = world.boot(1, 'compute-1');
  const group = { uuid: 'g', name: 'quorum', policy: 'anti-affinity', maxPerHost: 2 } as const;
  world.catalogue.groups.push({ ...group, members });
  world.catalogue.images.set('i', { uuid: 'i', properties: { hw_tpm_version: '2.0' } });
  const served = await serveCloud(world, {
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, random: random.fork('http') },
  });
  const nowhere = { homeDir: '/nowhere', cwd: '/nowhere' };
  const config = await loadCloud({ env: served.environment, ...nowhere });
  const cloud = openCloud(config, { clock: systemClock, random, log: silentLog });
  try {
    const providers = await cloud.placement.listCapacity({ VCPU: 1, MEMORY_MB: 512 }, CALL);
    const rooms = providers.map(({ name, root, free }) => `${name} of ${root}: ${free['VCPU']}`);
    assert.deepEqual(
      new Set(rooms),
      new Set(['compute-1 of compute-1: 2', 'compute-2 of compute-2: 3']),
    );
    assert.deepEqual(await cloud.serverGroups.listServerGroups(CALL), [{ ...group, members }]);
    const image = await cloud.images.readImage('i', CALL);
    assert.equal(image?.properties['hw_tpm_version'], '2.0');
    assert.equal(await cloud.images.readImage('other', CALL), undefined);
  } finally {
    await cloud.close();
    await served.close();
  }
});
