/** In which order the instances of a failed host are brought back, seen in the calls to Nova. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import { EngineBench } from './engine-bench.ts';

const evacuated = (bench: EngineBench): readonly string[] =>
  bench.nova.writes
    .filter((one) => one.startsWith('evacuate '))
    .map((one) => one.slice('evacuate '.length));

const add = (bench: EngineBench, metadata: Readonly<Record<string, string>> = {}): InstanceUuid =>
  bench.nova.addServer('dead', { metadata });

const nameOf = (bench: EngineBench, uuid: InstanceUuid): string => bench.nova.server(uuid).name;

async function messageOf(bench: EngineBench, uuid: InstanceUuid): Promise<string | null> {
  const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === uuid);
  return vmove?.message ?? null;
}

const startOf = (bench: EngineBench, name: string): number =>
  bench.nova.starts.findIndex((one) => one.startsWith(`${name}@`));

describe('the order of a recovery', () => {
  it('D5: begins with the highest priority, also when more wait than may be moved at once', async () => {
    const bench = await EngineBench.open(0);
    const pace = { ...DEFAULT_PACE_RULES, openPerCloud: 40 };
    const count = pace.openPerCloud * 3;
    for (let number = 0; number < count; number++) {
      add(bench, { 'medevac:priority': String(number % 11) });
    }
    const report = await bench.crashAndReport({ settings: { pace } });
    await bench.untilStatus(report, 'finished', 1_800_000);
    await bench.assertRecovered(report);
    const priorities = evacuated(bench).map((name) => (Number(name.slice(3)) - 1) % 11);
    assert.equal(priorities.length, count);
    const wanted = priorities.toSorted((a, b) => b - a);
    assert.deepEqual(priorities, wanted, 'no call for a lower one before a higher one');
  });

  it('D5: takes those first whose owner asked for it, the oldest first among equals', async () => {
    const bench = await EngineBench.open(3);
    const asked = [add(bench, { HA_Enabled: 'true' }), add(bench, { HA_Enabled: 'yes' })];
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    const wanted = [...asked.map((uuid) => nameOf(bench, uuid)), 'vm-1', 'vm-2', 'vm-3'];
    assert.deepEqual(evacuated(bench), wanted);
  });

  it('keeps the members of a server group together', async () => {
    const bench = await EngineBench.open(6);
    const [first, , third, , , sixth] = [...bench.nova.servers.keys()];
    assert.ok(first && third && sixth);
    const members = [sixth, first, third];
    const rule = { policy: 'soft-affinity', maxPerHost: 1 } as const;
    bench.nova.groups.push({ uuid: 'g', name: 'web', members, ...rule });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(evacuated(bench), ['vm-1', 'vm-3', 'vm-6', 'vm-2', 'vm-4', 'vm-5']);
  });

  it('begins an instance when those that it names in medevac:after run again', async () => {
    const bench = await EngineBench.open(0);
    const web = add(bench, { 'medevac:after': 'vm-3', 'medevac:priority': '9' });
    const middle = add(bench, { 'medevac:after': 'vm-3' });
    const database = add(bench);
    const report = await bench.crashAndReport();
    await bench.until(() => bench.nova.starts.length === 1, 60_000, 50);
    assert.deepEqual(evacuated(bench), [nameOf(bench, database)], 'nobody else before it runs');
    assert.equal(await messageOf(bench, web), 'it waits for vm-3');
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(evacuated(bench).slice(1).toSorted(), ['vm-1', 'vm-2']);
    assert.ok(startOf(bench, nameOf(bench, middle)) > startOf(bench, nameOf(bench, database)));
    assert.equal(await messageOf(bench, web), null);
  });

  it('breaks a circle of dependencies, brings all of it back, and says so', async () => {
    const bench = await EngineBench.open(0);
    const all = [
      add(bench, { 'medevac:after': 'vm-2' }),
      add(bench, { 'medevac:after': 'vm-3' }),
      add(bench, { 'medevac:after': 'vm-1' }),
    ];
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    const messages = await Promise.all(all.map((uuid) => messageOf(bench, uuid)));
    assert.equal(
      messages.filter((one) => /cannot wait for vm-\d, which waits/.test(one ?? '')).length,
      1,
    );
  });

  it('waits for an answer and not for success: a failed one keeps nobody back', async () => {
    const bench = await EngineBench.open(0);
    const web = add(bench, { 'medevac:after': 'vm-2' });
    const database = add(bench);
    const report = await bench.crashAndReport();
    await bench.until(() => evacuated(bench).length === 1, 60_000, 50);
    bench.nova.servers.delete(database);
    await bench.untilStatus(report, 'finished');
    assert.equal(bench.nova.server(web).host?.startsWith('alive'), true);
  });

  it('lets nobody wait for ever: after a bounded time it begins, and says for whom it waited', async () => {
    const bench = await EngineBench.open(0);
    const web = add(bench, { 'medevac:after': 'vm-2' });
    const database = add(bench);
    const stranger = bench.nova.addMigration({
      ...{ instanceUuid: database, type: 'live-migration', status: 'running' },
      ...{ sourceHost: 'dead' as HostName, destHost: 'alive-1' as HostName },
    });
    const report = await bench.crashAndReport({ timing: { turnMs: 120_000 } });
    const reportedMs = bench.clock.monotonicMs();
    await bench.until(() => evacuated(bench).length === 1, 600_000);
    assert.ok(bench.clock.monotonicMs() - reportedMs > 120_000);
    assert.deepEqual(evacuated(bench), [nameOf(bench, web)]);
    stranger.status = 'error';
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.equal(await messageOf(bench, web), 'it waited 2 min for vm-2, and was begun then');
  });

  it('is kept when the replica is killed in the middle', async () => {
    for (let afterCalls = 0; afterCalls <= 6; afterCalls++) {
      const bench = await EngineBench.open(0, { bootMs: 3_000 });
      add(bench, { 'medevac:after': 'vm-2' });
      add(bench, { 'medevac:after': 'vm-3' });
      add(bench, { 'medevac:priority': '1' });
      for (let number = 0; number < 4; number++) add(bench);
      const early: string[] = [];
      const evacuate = bench.nova.evacuate.bind(bench.nova);
      bench.nova.evacuate = async (uuid, target, call) => {
        const first = { 'vm-1': 'vm-2', 'vm-2': 'vm-3' }[nameOf(bench, uuid)];
        if (first !== undefined && startOf(bench, first) < 0) early.push(nameOf(bench, uuid));
        return await evacuate(uuid, target, call);
      };
      const report = await bench.crashAndReport();
      await bench.until(() => evacuated(bench).length >= afterCalls, 600_000, 50);
      bench.replicas[0]?.kill();
      bench.start();
      await bench.untilStatus(report, 'finished', 1_800_000);
      await bench.assertRecovered(report);
      assert.deepEqual(early, [], 'called before those that it waits for ran');
      const [third, second, first] = ['vm-3', 'vm-2', 'vm-1'].map((name) => startOf(bench, name));
      assert.ok(third !== undefined && second !== undefined && first !== undefined);
      assert.ok(
        third < second && second < first,
        `after ${afterCalls} calls: ${bench.nova.starts.join()}`,
      );
    }
  });
});

describe('what images and server groups say', () => {
  it('counts when it can be read: an image that is not evacuable keeps its instances back', async () => {
    const bench = await EngineBench.open(2);
    const kept = bench.nova.addServer('dead', { imageUuid: 'pets' });
    bench.nova.images.set('pets', { uuid: 'pets', properties: { evacuable: 'false' } });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(evacuated(bench), ['vm-1', 'vm-2']);
    assert.match((await messageOf(bench, kept)) ?? '', /evacuable of its image is false/);
  });

  it('blocks nothing while it cannot be read, and is told in the timeline', async () => {
    const bench = await EngineBench.open(3);
    bench.nova.readImage = async () => {
      throw new Error('glance is away');
    };
    bench.nova.listServerGroups = async (call) => {
      await bench.clock.sleep(call.deadlineMs, call.signal);
      throw new Error('no answer');
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    const incident = await bench.incident();
    assert.ok(incident !== undefined);
    const events = await bench.stores.incidents.readEvents(incident.id);
    const told = events.map((one) => one.message).join('\n');
    assert.match(told, /the properties of images cannot be read now.*glance is away/);
    assert.match(told, /the server groups cannot be read now.*no answer/);
  });

  it('is not asked about instances that nobody wants back, and once for one image', async () => {
    const bench = await EngineBench.open(5);
    for (let number = 0; number < 3; number++) {
      bench.nova.addServer('dead', { imageUuid: 'unwanted', metadata: { HA_Enabled: 'no' } });
    }
    const asked: string[] = [];
    const read = bench.nova.readImage.bind(bench.nova);
    bench.nova.readImage = async (uuid, call) => {
      asked.push(uuid);
      return await read(uuid, call);
    };
    await bench.untilStatus(await bench.crashAndReport(), 'finished');
    assert.deepEqual(asked, ['image']);
  });
});
