/** A host failure from its report to its end, when nothing else goes wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineBench } from './engine-bench.ts';

describe('the recovery of a dead host', () => {
  it('brings every instance back once, with one force-down, and ends finished', async () => {
    const bench = await EngineBench.open(20);
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.equal(bench.nova.migrations.length, 20);
  });

  it('writes in order: verdict, state before, one PUT, return and maintenance, evacuations', async () => {
    const bench = await EngineBench.open(3);
    const story: string[] = [];
    const { incidents, vmoves, returns } = bench.stores;
    const move = incidents.move.bind(incidents);
    incidents.move = async (tenure, id, to) => {
      story.push(`state ${to.to}`);
      return await move(tenure, id, to);
    };
    const plan = vmoves.plan.bind(vmoves);
    vmoves.plan = async (tenure, rows) => {
      story.push('snapshot');
      return await plan(tenure, rows);
    };
    const open = returns.open.bind(returns);
    returns.open = async (tenure, record) => {
      story.push('return opened');
      return await open(tenure, record);
    };
    const setMaintenance = incidents.setMaintenance.bind(incidents);
    incidents.setMaintenance = async (tenure, host, atMs) => {
      story.push('on_maintenance');
      return await setMaintenance(tenure, host, atMs);
    };
    const push = bench.nova.writes.push.bind(bench.nova.writes);
    bench.nova.writes.push = (...writes) => {
      story.push(...writes.map((one) => one.replace(/ vm-\d/, '').replace(/[0-9a-f-]{36}/, 'ID')));
      return push(...writes);
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(
      story.filter((one, index) => one !== story[index - 1]),
      [
        'state suspected',
        'state fencing',
        'state planning',
        'snapshot',
        'PUT dead {"forcedDown":true,"status":"disabled","disabledReason":"medevac ID"}',
        'return opened',
        'on_maintenance',
        'state evacuating',
        'evacuate',
        'state recovered',
      ],
    );
  });

  it('writes nothing to Nova before the host was silent for a report interval and a margin', async () => {
    const bench = await EngineBench.open(2);
    const report = await bench.crashAndReport();
    // The last report came at 10 s and was seen then; the silence is proven at 21 s.
    await bench.clock.advance(20_900 - bench.clock.monotonicMs());
    assert.deepEqual(bench.nova.writes, []);
    assert.equal((await bench.notification(report)).status, 'new');
    await bench.untilStatus(report, 'finished');
  });

  it('does not take the time of a slow answer for silence', async () => {
    const bench = await EngineBench.open(2);
    bench.start();
    const states: string[] = [];
    const { incidents } = bench.stores;
    const move = incidents.move.bind(incidents);
    incidents.move = async (tenure, id, to) => {
      states.push(to.to);
      return await move(tenure, id, to);
    };
    await bench.clock.advance(20_500);
    await bench.report();
    await bench.clock.advance(500);
    // Nova reads its services at once and answers 12 s later; the host reports in between.
    const { nova } = bench;
    const list = nova.listComputeServices.bind(nova);
    nova.listComputeServices = async (query, call) => {
      const views = await list(query, { deadlineMs: call.deadlineMs });
      await bench.clock.sleep(12_000);
      return views;
    };
    await bench.clock.advance(120_000);
    assert.ok(states.length > 0 && !states.includes('fencing'), states.join());
    assert.deepEqual(nova.writes, []);
  });

  it('evacuates first those whose owner asked for it, and leaves those whose owner said no', async () => {
    const bench = await EngineBench.open(0);
    const plain = Array.from({ length: 12 }, () => bench.nova.addServer('dead'));
    const wanted = Array.from({ length: 12 }, () =>
      bench.nova.addServer('dead', { metadata: { HA_Enabled: 'True' } }),
    );
    const refused = bench.nova.addServer('dead', { metadata: { HA_Enabled: 'no' } });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    const names = (uuids: typeof plain) =>
      uuids.map((one) => `evacuate ${bench.nova.server(one).name}`);
    const calls = bench.nova.writes.filter((one) => one.startsWith('evacuate'));
    assert.deepEqual(new Set(calls.slice(0, 12)), new Set(names(wanted)));
    assert.deepEqual(new Set(calls.slice(12)), new Set(names(plain)));
    assert.equal(bench.nova.server(refused).host, 'dead');
    const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === refused);
    assert.equal(vmove?.status, 'ignored');
    assert.match(vmove.message ?? '', /HA_Enabled is no/);
  });

  it('refuses to rebuild image-backed instances with local storage, and brings volumes back', async () => {
    const bench = await EngineBench.open(1);
    const volume = bench.nova.addServer('dead', { imageUuid: null });
    const report = await bench.crashAndReport({ settings: { storage: 'local' } });
    await bench.untilStatus(report, 'failed');
    const vmoves = await bench.vmoves();
    const statuses = new Map(vmoves.map((one) => [one.instanceUuid, one.status]));
    assert.equal(statuses.get(volume), 'succeeded');
    assert.deepEqual([...statuses.values()].toSorted(), ['failed', 'succeeded']);
    assert.equal((await bench.incident())?.state, 'partly_recovered');
  });

  it('leaves stopped instances stopped', async () => {
    const bench = await EngineBench.open(1);
    const stopped = bench.nova.addServer('dead', { vmState: 'stopped', powerState: 4 });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.clock.advance(10_000);
    await bench.assertRecovered(report);
    assert.equal(bench.nova.server(stopped).vmState, 'stopped');
  });

  it('D27: recovers 1,500 instances, more than one page of anything', async () => {
    const bench = await EngineBench.open(1_500, { bootMs: 1_000, scheduleMs: 500 });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
  });

  it('learns the report interval of a cloud whose hosts report every 20 s', async () => {
    const bench = await EngineBench.open(1, { reportMs: 20_000 });
    bench.start({ settings: { reportIntervalMs: undefined } });
    await bench.clock.advance(125_000);
    bench.nova.crash('dead');
    const report = await bench.report();
    // The last report came at 120 s: with Nova's default the host would be dead at 131 s.
    await bench.clock.advance(140_500 - bench.clock.monotonicMs());
    assert.deepEqual(bench.nova.writes, []);
    await bench.untilStatus(report, 'finished');
  });

  it('ends at once when nothing is on the host, which is kept out of service all the same', async () => {
    const bench = await EngineBench.open(0);
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished', 60_000);
    assert.equal(bench.forceDowns.length, 1);
    assert.equal(await bench.isOnMaintenance(), true);
  });

  it('keeps the reason of an operator who had disabled the host before', async () => {
    const bench = await EngineBench.open(1);
    Object.assign(bench.nova.host('dead'), { status: 'disabled', disabledReason: 'broken fan' });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(bench.forceDowns, ['PUT dead {"forcedDown":true}']);
    assert.equal(bench.nova.host('dead').disabledReason, 'broken fan');
  });
});

describe('reports', () => {
  it('of many monitors join one recovery, and all of them end', async () => {
    const bench = await EngineBench.open(5);
    const first = await bench.crashAndReport();
    const others = [await bench.report(), await bench.report()];
    await bench.untilState('evacuating');
    others.push(await bench.report());
    await bench.untilStatus(first, 'finished');
    await bench.assertRecovered(first);
    for (const uuid of others) assert.equal((await bench.notification(uuid)).status, 'finished');
    const evidence = await bench.evidence();
    assert.equal(evidence.filter((one) => one.kind === 'failure').length, 4);
  });

  it('of a start or an unknown status change nothing', async () => {
    const bench = await EngineBench.open(1);
    bench.start();
    const report = await bench.report('STARTED');
    await bench.untilStatus(report, 'finished', 10_000);
    assert.equal(await bench.incident(), undefined);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('kept while no replica ran are taken up by the next one', async () => {
    const bench = await EngineBench.open(3);
    bench.nova.crash('dead');
    const report = await bench.report();
    await bench.clock.advance(60_000);
    bench.start();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('D9: taken up by two replicas at once make one recovery', async () => {
    const bench = await EngineBench.open(5);
    bench.start();
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});
