/** Instances without room: they wait untouched, and get room by importance when it appears. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstanceUuid } from '@medevac/kernel';
import { EngineBench } from './engine-bench.ts';

const HOUR_MS = 3_600_000;

function setRoom(bench: EngineBench, room: number): void {
  bench.nova.host('alive-1').room = room;
  bench.nova.host('alive-2').room = 0;
}

const evacuations = (bench: EngineBench): readonly string[] =>
  bench.nova.writes.filter((one) => one.startsWith('evacuate '));

describe('a cloud without room for all', () => {
  it('D21: gets no call for an instance that does not fit, and no instance is put into error', async () => {
    const bench = await EngineBench.open(5);
    setRoom(bench, 2);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 300_000);
    await bench.clock.advance(HOUR_MS);
    assert.deepEqual(evacuations(bench), ['evacuate vm-1', 'evacuate vm-2']);
    const untouched = [...bench.nova.servers.values()].filter((one) => one.host === 'dead');
    assert.deepEqual(
      untouched.map((one) => [one.vmState, one.taskState]),
      untouched.map(() => ['active', null]),
    );
    const incident = await bench.incident();
    assert.match(
      incident?.reason ?? '',
      /no host has room for 3 instances.*together they need 3 VCPU, 1536 MiB memory, 3 GiB disk/,
    );
    const waiting = (await bench.vmoves()).filter((one) => one.endAtMs === null);
    assert.deepEqual(
      waiting.map(({ status, message }) => [status, message?.startsWith('it needs 1 VCPU')]),
      waiting.map(() => ['pending', true]),
    );
    setRoom(bench, 3);
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(bench.nova.writes.filter((one) => one.startsWith('reset')).length, 0);
  });

  it('D21: gives room that appears to the most important instance first', async () => {
    const bench = await EngineBench.open(0);
    const add = (priority: number): InstanceUuid =>
      bench.nova.addServer('dead', { metadata: { 'medevac:priority': String(priority) } });
    for (const priority of [1, 4, 9, 2, 7]) add(priority);
    setRoom(bench, 0);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 300_000);
    for (const name of ['vm-3', 'vm-5', 'vm-2', 'vm-4', 'vm-1']) {
      setRoom(bench, 1);
      const before = bench.nova.starts.length;
      await bench.until(() => bench.nova.starts.length > before, 120_000);
      assert.match(bench.nova.starts.at(-1) ?? '', new RegExp(`^${name}@`));
    }
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });

  it('that says nothing about its room is asked for everything, as Nova has the last word', async () => {
    const bench = await EngineBench.open(4);
    bench.aggregates.listCapacity = async () => {
      throw new Error('placement is away');
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('does not let an instance that Nova refuses keep the last room from another one', async () => {
    const bench = await EngineBench.open(0);
    const picky = bench.nova.addServer('dead', { metadata: { 'medevac:priority': '9' } });
    const other = bench.nova.addServer('dead', { metadata: { 'medevac:priority': '1' } });
    setRoom(bench, 0);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 300_000);
    // Placement knows of a place that Nova's filters do not give to the important one.
    const evacuate = bench.nova.evacuate.bind(bench.nova);
    bench.nova.evacuate = async (uuid, target, call) => {
      if (uuid !== picky) return await evacuate(uuid, target, call);
      bench.nova.writes.push('refused');
      return { kind: 'rejected', message: 'No valid host was found' };
    };
    setRoom(bench, 1);
    await bench.until(() => bench.nova.server(other).host === 'alive-1', 600_000);
    assert.ok(bench.nova.writes.includes('refused'));
    bench.nova.evacuate = evacuate;
    setRoom(bench, 1);
    await bench.untilStatus(report, 'finished', HOUR_MS);
    await bench.assertRecovered(report);
  });

  it('D22: keeps members of an anti-affinity group apart, and names the rule that blocks', async () => {
    const bench = await EngineBench.open(3);
    const members = [...bench.nova.servers.keys()];
    const rule = { policy: 'anti-affinity', maxPerHost: 1 } as const;
    bench.nova.groups.push({ uuid: 'g', name: 'quorum', members, ...rule });
    await bench.crashAndReport();
    await bench.until(() => evacuations(bench).length === 2, 300_000);
    await bench.untilState('waiting_capacity', 300_000);
    const last = (await bench.vmoves()).find((one) => one.endAtMs === null);
    assert.match(
      last?.message ?? '',
      /1 or more members of the server group quorum.*anti-affinity/,
    );
    assert.equal(evacuations(bench).length, 2);
  });

  it('notices that the failed host lives while everything waits', async () => {
    const bench = await EngineBench.open(2);
    setRoom(bench, 0);
    await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 300_000);
    bench.nova.revive('dead');
    await bench.untilState('held', 300_000);
    assert.deepEqual(evacuations(bench), []);
  });

  it('goes on after its replica was killed while all wait', async () => {
    const bench = await EngineBench.open(3);
    setRoom(bench, 1);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 300_000);
    bench.replicas[0]?.kill();
    bench.start();
    await bench.clock.advance(120_000);
    assert.equal((await bench.incident())?.state, 'waiting_capacity');
    setRoom(bench, 2);
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });
});
