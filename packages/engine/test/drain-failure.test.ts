/** D12, D13: the maintenance of a drain mutes no failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DrainBench } from './drain-bench.ts';

test('D13: a host that dies in mid-drain is recovered, and its drain has ended', async () => {
  const drains = await DrainBench.open(4);
  const { bench } = drains;
  await drains.start();
  await drains.drain({ parallel: 1 });
  await bench.until(async () => Object.values(await drains.answers()).includes('moved alive-1'));
  bench.nova.crash('dead');
  await bench.clock.advance(2_000);
  const inFlight = [...bench.nova.servers.values()].filter((one) => one.taskState !== null);
  const report = await bench.report();
  await bench.untilStatus(report, 'failed', 3_600_000);
  const ended = await drains.now();
  assert.equal(ended.state, 'host_failed');
  assert.match(ended.message ?? '', /^ended: the host failed \(incident /);
  const answers = (await bench.vmoves()).map(({ instanceName, message, status }) =>
    status === 'succeeded' ? status : `${instanceName}: ${message}`,
  );
  const [torn] = inFlight.map(({ name }) => name);
  assert.equal(inFlight.length, 1, 'one migration was under way');
  assert.equal(answers.filter((one) => one === 'succeeded').length, 2);
  // Nobody knows whether its guest runs at the destination: it is never started beside it.
  const stuck = answers.find((one) => one !== 'succeeded') ?? '';
  assert.match(stuck, new RegExp(`^${torn}: .*it may run on alive-1: live-migration`));
  const statuses = Object.values(await drains.answers()).map((one) => one.split(' ')[0]);
  assert.ok(statuses.includes('left') && !statuses.includes('pending'));
  assert.deepEqual(bench.nova.violations, []);
});

test('a false report holds a drain back, and lets it go on when it has ended', async () => {
  const drains = await DrainBench.open(3);
  const { bench } = drains;
  await drains.start();
  await drains.drain({ parallel: 1 });
  await bench.until(() => drains.writes.length > 0);
  const report = await bench.report();
  await bench.untilState('held');
  const before = drains.writes.length;
  await bench.clock.advance(120_000);
  assert.ok(drains.writes.length <= before + 1, 'nothing new was begun');
  assert.equal((await drains.now()).state, 'draining');
  await bench.untilStatus(report, 'ignored', 1_200_000);
  await drains.untilState('drained');
});

test('A7: the switched-off host of a planned work is not recovered while it is empty', async () => {
  const drains = await DrainBench.open(2);
  const { bench } = drains;
  await drains.start();
  await drains.drain();
  await drains.untilState('drained');
  bench.nova.crash('dead');
  await bench.clock.advance(2_000);
  const report = await bench.report();
  await bench.untilStatus(report, 'ignored', 600_000);
  assert.match((await bench.notification(report)).message ?? '', /drained and empty/);
  assert.deepEqual(bench.forceDowns, []);
  assert.equal((await drains.now()).state, 'drained');
  assert.equal((await drains.host()).onMaintenance, true);
});

test('D13: an instance that came to a drained host is recovered when the host dies', async () => {
  const drains = await DrainBench.open(1);
  const { bench } = drains;
  await drains.start();
  await drains.drain();
  await drains.untilState('drained');
  const late = bench.nova.addServer('dead');
  bench.nova.crash('dead');
  await bench.clock.advance(2_000);
  const report = await bench.report();
  await bench.untilStatus(report, 'finished', 3_600_000);
  assert.notEqual(bench.nova.server(late).host, 'dead');
  assert.equal((await drains.now()).state, 'host_failed');
});
