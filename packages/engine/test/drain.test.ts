/** F5, A7: planned maintenance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostName } from '@medevac/kernel';
import { DrainBench } from './drain-bench.ts';
import { afterStep } from './engine-bench.ts';

test('F5: a drained host is emptied live, then disabled, and comes back as it was', async () => {
  const drains = await DrainBench.open(3);
  await drains.start();
  await drains.drain();
  const { isMaintenanceOurs, onMaintenance } = await drains.host();
  assert.deepEqual([onMaintenance, isMaintenanceOurs], [true, true]);
  const drained = await drains.untilState('drained');
  assert.equal(drains.service, `disabled medevac drain ${drained.id}`);
  assert.deepEqual(await drains.answers(), {
    'vm-1': 'moved alive-1',
    'vm-2': 'moved alive-1',
    'vm-3': 'moved alive-1',
  });
  assert.match(drains.writes.at(-1) ?? '', /^PUT dead/, 'disabled last');
  assert.equal(drains.writes.filter((one) => one.startsWith('live')).length, 3);
  assert.equal((await drains.host()).onMaintenance, true);
  assert.equal((await drains.undrain()).kind, 'taken');
  await drains.untilState('undrained');
  assert.equal(drains.service, 'enabled -');
  assert.equal((await drains.host()).onMaintenance, false);
  assert.deepEqual(drains.bench.nova.violations, []);
});

test('each state of an instance is treated as the table says', async () => {
  const drains = await DrainBench.open(0);
  const { nova } = drains.bench;
  nova.addServer('dead', { vmState: 'paused', powerState: 3 });
  nova.addServer('dead', { vmState: 'stopped', powerState: 4 });
  nova.addServer('dead', { vmState: 'shelved', powerState: 4 });
  await drains.start();
  await drains.drain();
  await drains.untilState('drained');
  assert.deepEqual(await drains.answers(), { 'vm-1': 'moved alive-1', 'vm-2': 'moved alive-1' });
  const asked = drains.writes.filter((one) => !one.startsWith('PUT'));
  assert.deepEqual(asked.toSorted(), ['confirm vm-2', 'live vm-1', 'migrate vm-2']);
});

test('a host with what cannot be moved is not disabled, and the drain says why', async () => {
  const drains = await DrainBench.open(1);
  drains.bench.nova.addServer('dead', { vmState: 'suspended', powerState: 4 });
  await drains.start();
  await drains.drain();
  const ended = await drains.untilState('incomplete');
  assert.match(ended.message ?? '', /1 of 2 instances were moved; vm-2: Nova moves no suspended/);
  assert.equal(drains.service, 'enabled -');
  assert.equal((await drains.host()).onMaintenance, false);
  assert.equal(
    drains.writes.some((one) => one.startsWith('PUT')),
    false,
  );
});

test('the least important instance goes first, and never more at once than were asked for', async () => {
  const drains = await DrainBench.open(0);
  const { nova } = drains.bench;
  for (const priority of ['9', '1', '5']) {
    nova.addServer('dead', { metadata: { 'medevac:priority': priority } });
  }
  let most = 0;
  const liveMigrate = nova.liveMigrate.bind(nova);
  nova.liveMigrate = (...call) => {
    const busy = [...nova.servers.values()].filter((one) => one.taskState !== null);
    most = Math.max(most, busy.length + 1);
    return liveMigrate(...call);
  };
  await drains.start();
  await drains.drain({ parallel: 1 });
  await drains.untilState('drained');
  const order = drains.writes.filter((one) => one.startsWith('live'));
  assert.deepEqual(order, ['live vm-2', 'live vm-3', 'live vm-1']);
  assert.equal(most, 1);
});

test('what is under way on the host is waited for, and what comes to it is moved too', async () => {
  const drains = await DrainBench.open(1);
  const { bench } = drains;
  const busy = bench.nova.addServer('dead', { taskState: 'rebuilding' });
  await drains.start();
  await drains.drain();
  await bench.clock.advance(60_000);
  assert.equal((await drains.now()).state, 'draining');
  assert.equal(drains.service, 'enabled -');
  bench.nova.addServer('dead');
  bench.nova.server(busy).taskState = null;
  await drains.untilState('drained');
  assert.deepEqual(Object.keys(await drains.answers()), ['vm-1', 'vm-2', 'vm-3']);
  for (const server of bench.nova.servers.values()) assert.notEqual(server.host, 'dead');
});

test('what came in the moment of disabling is moved before the host counts as drained', async () => {
  const drains = await DrainBench.open(0);
  const { bench } = drains;
  await drains.start();
  const change = bench.nova.changeService.bind(bench.nova);
  bench.nova.changeService = async (...call) => {
    const outcome = await change(...call);
    if (bench.nova.servers.size === 0) bench.nova.addServer('dead');
    return outcome;
  };
  await drains.drain();
  await drains.untilState('drained');
  assert.deepEqual(await drains.answers(), { 'vm-1': 'moved alive-1' });
});

test('a migration that fails is tried again, and its answer is final and true', async () => {
  const drains = await DrainBench.open(1);
  const { nova } = drains.bench;
  nova.host('alive-1').failingClaims = 2;
  await drains.start();
  await drains.drain();
  await drains.untilState('drained');
  assert.equal(nova.migrations.filter((one) => one.status === 'error').length, 2);

  const hopeless = await DrainBench.open(1);
  hopeless.bench.nova.host('alive-1').failingClaims = 100;
  await hopeless.start();
  await hopeless.drain();
  const ended = await hopeless.untilState('incomplete');
  assert.match(ended.message ?? '', /its live-migration ended as error, after 3 tries/);
  assert.equal(hopeless.service, 'enabled -');
});

test('without room nothing is asked of Nova until the deadline has passed', async () => {
  const drains = await DrainBench.open(1);
  const { nova } = drains.bench;
  for (const name of ['alive-1', 'alive-2']) nova.host(name).room = 0;
  await drains.start();
  await drains.drain({ deadlineMs: 300_000 });
  await drains.bench.clock.advance(120_000);
  const [row] = await drains.bench.stores.drains.instancesOf(drains.id);
  assert.match(row?.message ?? '', /^waits for room/);
  const ended = await drains.untilState('incomplete');
  assert.match(ended.message ?? '', /the drain has had its 5 min/);
  assert.deepEqual(nova.writes, []);
});

test('a drain that is called off ends what is under way and begins nothing more', async () => {
  const drains = await DrainBench.open(3);
  await drains.start();
  await drains.drain({ parallel: 1 });
  await drains.bench.until(() => drains.writes.some((one) => one.startsWith('live')));
  assert.equal((await drains.cancel()).kind, 'taken');
  const ended = await drains.untilState('cancelled');
  assert.match(ended.message ?? '', /called off by operator.*1 of 3 instances were moved/);
  assert.deepEqual(drains.writes, ['live vm-1']);
  assert.equal((await drains.answers())['vm-1'], 'moved alive-1');
  assert.equal((await drains.host()).onMaintenance, false);
});

test('a drain is refused while another one or an incident of the host is open', async () => {
  const drains = await DrainBench.open(1);
  const order = { by: 'operator', note: null };
  await drains.drain();
  const second = await drains.commands.drain({ ...order, host: 'dead' as HostName });
  assert.ok(second.kind === 'refused' && second.reason.includes('is open already'));
  const unknown = await drains.commands.drain({ ...order, host: 'nowhere' as HostName });
  assert.equal(unknown.kind, 'missing');
  const undrained = await drains.undrain();
  assert.ok(undrained.kind === 'refused' && undrained.reason.includes('cancel the drain'));
  const failing = await DrainBench.open(1);
  await failing.bench.crashAndReport();
  await failing.bench.untilState('suspected');
  const refused = await failing.commands.drain({ ...order, host: 'dead' as HostName });
  assert.ok(refused.kind === 'refused' && refused.reason.includes('is reported as failed'));
});

test('an operator who had disabled the host, or enables it, keeps the last word', async () => {
  const disabled = await DrainBench.open(1);
  Object.assign(disabled.bench.nova.host('dead'), { status: 'disabled', disabledReason: 'mine' });
  await disabled.start();
  await disabled.drain();
  await disabled.untilState('drained');
  await disabled.undrain();
  await disabled.untilState('undrained');
  assert.equal(disabled.service, 'disabled mine');

  const taken = await DrainBench.open(1);
  await taken.start();
  await taken.drain();
  await taken.untilState('drained');
  Object.assign(taken.bench.nova.host('dead'), { status: 'enabled', disabledReason: null });
  const ended = await taken.untilState('undrained');
  assert.match(ended.message ?? '', /dead is enabled/);
  assert.equal((await taken.host()).onMaintenance, false);
});

test('a host that does not report is not enabled before it does', async () => {
  const drains = await DrainBench.open(1);
  const { bench } = drains;
  await drains.start();
  await drains.drain();
  await drains.untilState('drained');
  bench.nova.crash('dead');
  await bench.clock.advance(60_000);
  await drains.undrain();
  await bench.clock.advance(60_000);
  const waiting = await drains.now();
  assert.deepEqual(
    [waiting.state, waiting.message],
    ['undraining', 'dead does not report to Nova'],
  );
  bench.nova.revive('dead');
  await drains.untilState('undrained');
  assert.equal(drains.service, 'enabled -');
});

for (const path of ['look-1', 'pass-1/00000000-0000-4000-a000-000000000001/move', 'disable-2']) {
  for (const state of ['attempting', 'done']) {
    test(`a replica that dies with ${path} ${state} leaves the drain to another`, async () => {
      const drains = await DrainBench.open(2);
      const replica = await drains.start();
      afterStep(drains.bench, path, () => replica.kill(), state);
      await drains.drain();
      await drains.bench.clock.advance(40_000);
      await drains.start();
      await drains.untilState('drained');
      const { nova } = drains.bench;
      assert.deepEqual(nova.violations, []);
      assert.deepEqual(await drains.answers(), {
        'vm-1': 'moved alive-1',
        'vm-2': 'moved alive-1',
      });
      const moves = nova.migrations.filter((one) => one.status === 'completed');
      assert.equal(moves.length, 2, 'each was moved once');
    });
  }
}
