/** Hooks at the named points of a recovery: when they run, and what their failure means. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RETURN_RULES } from '@medevac/core';
import { EngineBench } from './engine-bench.ts';
import { FakeHook } from './fake-hook.ts';

const eventsOf = async (bench: EngineBench): Promise<readonly string[]> => {
  const incident = await bench.incident();
  assert.ok(incident !== undefined);
  const events = await bench.stores.incidents.readEvents(incident.id);
  return events.filter((one) => one.step === 'HookTask').map((one) => one.message);
};

const RETURNING = { returns: { ...DEFAULT_RETURN_RULES, policy: 'automatic' as const } };

describe('hooks in an ordinary recovery', () => {
  it('run once at each point, in order, from the verdict to the end of the return', async () => {
    const bench = await EngineBench.open(2);
    const hook = new FakeHook();
    const report = await bench.crashAndReport({ hooks: [hook], settings: RETURNING });
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(hook.story.slice(0, 3), ['before_fence', 'after_fence', 'before_evacuate']);
    assert.deepEqual(hook.story.slice(3, 7).toSorted(), [
      ...['after_instance vm-1', 'after_instance vm-2'],
      ...['before_instance vm-1', 'before_instance vm-2'],
    ]);
    assert.deepEqual(hook.story.slice(7), ['after_evacuate']);
    bench.nova.revive('dead', 1_000);
    await bench.until(() => hook.story.at(-1) === 'after_return', 7_200_000, 5_000);
    assert.deepEqual(hook.story.slice(8), ['before_return', 'after_return']);
    const keys = hook.calls.map((one) => one.key);
    assert.equal(new Set(keys).size, keys.length, 'every passing has a key of its own');
    assert.ok(hook.calls.every((one) => one.attempt === 1 && one.host === 'dead'));
  });

  it('are told what is known behind their point', async () => {
    const bench = await EngineBench.open(1);
    const hook = new FakeHook();
    const report = await bench.crashAndReport({ hooks: [hook] });
    await bench.untilStatus(report, 'finished');
    const resultAt = (point: string) => hook.calls.find((one) => one.point === point)?.result;
    assert.equal(resultAt('before_fence'), undefined);
    assert.equal(resultAt('after_fence')?.['by'], 'monitor-1');
    const [vmove] = await bench.vmoves();
    const destination = vmove?.destHost ?? '';
    assert.deepEqual(resultAt('after_instance'), {
      ...{ outcome: 'recovered', destination, reason: null },
    });
    assert.deepEqual(resultAt('after_evacuate'), { recovered: 1, failed: 0, left_alone: 0 });
    assert.equal((await eventsOf(bench)).length, 6);
    assert.match((await eventsOf(bench))[0] ?? '', /hook hook at before_fence of dead succeeded/);
  });

  it('run only at their own points, in the order in which they are configured', async () => {
    const bench = await EngineBench.open(1);
    const story: string[] = [];
    const hooks = ['one', 'two'].map((name) => new FakeHook({ name, points: ['after_fence'] }));
    for (const hook of hooks) hook.onRun = ({ point }) => void story.push(`${hook.name} ${point}`);
    const report = await bench.crashAndReport({ hooks });
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(story, ['one after_fence', 'two after_fence']);
  });
});

describe('a hook whose failure is noted', () => {
  for (const answer of ['fails', 'throws', 'hangs'] as const) {
    it(`and that ${answer} is tried once at each point and holds nothing up for long`, async () => {
      const bench = await EngineBench.open(2);
      const hook = new FakeHook({ clock: bench.clock, deadlineMs: 5_000 });
      hook.answer = () => answer;
      const report = await bench.crashAndReport({ hooks: [hook] });
      await bench.untilStatus(report, 'finished', 120_000);
      await bench.assertRecovered(report);
      assert.equal(hook.calls.length, 8);
      const why = { fails: 'exit code 1: no', throws: 'no way', hangs: 'within 5 s' }[answer];
      for (const line of await eventsOf(bench)) assert.ok(line.includes(why), line);
    });
  }

  it('and that hears no abort is left behind at its deadline', async () => {
    const bench = await EngineBench.open(1);
    const hook = new FakeHook({ points: ['before_fence'], deadlineMs: 5_000 });
    hook.onRun = () => new Promise(() => {});
    const report = await bench.crashAndReport({ hooks: [hook] });
    await bench.untilStatus(report, 'finished', 120_000);
    await bench.assertRecovered(report);
  });
});

describe('a hook that holds', () => {
  const points = ['before_fence', 'after_fence', 'before_evacuate', 'after_evacuate'] as const;
  for (const point of points) {
    it(`keeps the recovery at ${point} until it succeeds, and is named as the reason`, async () => {
      const bench = await EngineBench.open(2);
      const hook = new FakeHook({ name: 'storage', points: [point], onFailure: 'hold' });
      hook.answer = () => 'fails';
      const report = await bench.crashAndReport({ hooks: [hook] });
      await bench.until(() => hook.calls.length === 4);
      const incident = await bench.incident();
      assert.equal(incident?.guard, 'hook');
      assert.match(incident?.reason ?? '', new RegExp(`hook storage at ${point} .*exit code 1`));
      if (point === 'before_fence') assert.equal(incident?.state, 'held');
      const isMoved = point === 'after_evacuate';
      assert.equal(bench.nova.migrations.length, isMoved ? 2 : 0);
      const isForcedDown = isMoved || point === 'before_evacuate';
      assert.equal(bench.forceDowns.length, isForcedDown ? 1 : 0);
      hook.answer = () => 'done';
      await bench.untilStatus(report, 'finished', 180_000);
      await bench.assertRecovered(report);
      assert.deepEqual(
        hook.calls.map((one) => one.attempt),
        [1, 2, 3, 4, 5],
      );
      assert.equal(new Set(hook.calls.map((one) => one.key)).size, 1, 'one key for all tries');
      assert.equal((await eventsOf(bench)).length, 2, 'the same failure is told once');
    });
  }

  for (const point of ['before_instance', 'after_instance'] as const) {
    it(`at ${point} keeps that instance waiting and no other`, async () => {
      const bench = await EngineBench.open(3);
      const hook = new FakeHook({ points: [point], onFailure: 'hold' });
      hook.answer = ({ instance }) => (instance?.name === 'vm-2' ? 'fails' : 'done');
      const report = await bench.crashAndReport({ hooks: [hook] });
      const done = async () => (await bench.vmoves()).filter((one) => one.status === 'succeeded');
      await bench.until(async () => (await done()).length === 2);
      await bench.clock.advance(300_000);
      const waiting = (await bench.vmoves()).find((one) => one.instanceName === 'vm-2');
      assert.notEqual(waiting?.status, 'succeeded');
      assert.match(waiting?.message ?? '', new RegExp(`hook hook at ${point} of vm-2 failed`));
      assert.equal(bench.nova.migrations.length, point === 'before_instance' ? 2 : 3);
      hook.answer = () => 'done';
      await bench.untilStatus(report, 'finished', 180_000);
      await bench.assertRecovered(report);
    });
  }

  it('and that never succeeds ends the recovery in its time, with everything that is left failed', async () => {
    const bench = await EngineBench.open(2);
    const hook = new FakeHook({ points: ['before_evacuate'], onFailure: 'hold' });
    hook.answer = () => 'fails';
    const timing = { instanceMs: 600_000 };
    const report = await bench.crashAndReport({ hooks: [hook], timing });
    await bench.untilStatus(report, 'failed', 900_000);
    const vmoves = await bench.vmoves();
    assert.ok(
      vmoves.every((one) => one.status === 'failed' && /hook hook/.test(one.message ?? '')),
    );
    assert.deepEqual(bench.nova.migrations, []);
  });

  it('at one instance for all its time fails that instance alone', async () => {
    const bench = await EngineBench.open(2);
    const hook = new FakeHook({ points: ['before_instance'], onFailure: 'hold' });
    hook.answer = ({ instance }) => (instance?.name === 'vm-1' ? 'fails' : 'done');
    const timing = { instanceMs: 600_000 };
    const report = await bench.crashAndReport({ hooks: [hook], timing });
    await bench.untilStatus(report, 'failed', 900_000);
    const statuses = (await bench.vmoves()).map((one) => `${one.instanceName} ${one.status}`);
    assert.deepEqual(new Set(statuses), new Set(['vm-1 failed', 'vm-2 succeeded']));
  });

  it('behind an instance for all its time leaves it recovered, and says so', async () => {
    const bench = await EngineBench.open(1);
    const hook = new FakeHook({ points: ['after_instance'], onFailure: 'hold' });
    hook.answer = () => 'fails';
    const timing = { instanceMs: 600_000 };
    const report = await bench.crashAndReport({ hooks: [hook], timing });
    await bench.untilStatus(report, 'finished', 900_000);
    const [vmove] = await bench.vmoves();
    assert.equal(vmove?.status, 'succeeded');
    assert.match(vmove?.message ?? '', /hook hook at after_instance of vm-1 failed/);
  });
});

describe('hooks and the host itself', () => {
  for (const point of ['before_fence', 'after_fence', 'before_evacuate'] as const) {
    it(`nothing is done behind ${point} for a host that reported while the hook ran`, async () => {
      const bench = await EngineBench.open(2);
      const hook = new FakeHook({ points: [point], clock: bench.clock });
      hook.answer = () => 25_000;
      hook.onRun = () => bench.nova.revive('dead', 3_600_000);
      await bench.crashAndReport({ hooks: [hook] });
      await bench.until(() => hook.calls.length === 1);
      const before = bench.nova.writes.length;
      await bench.untilState('held', 120_000);
      await bench.clock.advance(60_000);
      assert.equal(bench.nova.writes.length, before);
      assert.deepEqual(bench.nova.migrations, []);
    });

    it(`a hook that holds at ${point} is not tried for a host that reports again`, async () => {
      const bench = await EngineBench.open(2);
      const hook = new FakeHook({ points: [point], onFailure: 'hold' });
      hook.answer = () => 'fails';
      await bench.crashAndReport({ hooks: [hook] });
      await bench.until(() => hook.calls.length === 2);
      bench.nova.revive('dead', 3_600_000);
      await bench.until(async () => (await bench.incident())?.guard === 'contradiction', 120_000);
      const tried = hook.calls.length;
      await bench.clock.advance(300_000);
      assert.equal(hook.calls.length, tried);
      assert.deepEqual(bench.nova.migrations, []);
    });
  }

  it('no instance is evacuated from a host that reported while the hook before it ran', async () => {
    const bench = await EngineBench.open(2);
    const hook = new FakeHook({ points: ['before_instance'], clock: bench.clock });
    hook.answer = () => 25_000;
    hook.onRun = () => bench.nova.revive('dead', 3_600_000);
    await bench.crashAndReport({ hooks: [hook] });
    await bench.untilState('held', 180_000);
    await bench.clock.advance(60_000);
    assert.deepEqual(bench.nova.migrations, []);
  });
});

describe('instances that come to the host', () => {
  it('while the hook after the evacuation ran are evacuated too, and the hook is told again', async () => {
    const bench = await EngineBench.open(1);
    const hook = new FakeHook({ points: ['after_evacuate'], onFailure: 'hold' });
    hook.onRun = () => {
      if (hook.calls.length === 1) bench.nova.addServer('dead');
    };
    const report = await bench.crashAndReport({ hooks: [hook] });
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(
      (await bench.vmoves()).map((one) => one.status),
      ['succeeded', 'succeeded'],
    );
    assert.deepEqual(
      hook.calls.map((one) => [one.result?.['recovered'], one.round]),
      [
        [1, 1],
        [2, 1],
      ],
    );
    assert.equal(new Set(hook.calls.map((one) => one.key)).size, 2);
  });
});

describe('hooks and replicas', () => {
  for (const point of ['before_fence', 'before_evacuate', 'after_instance'] as const) {
    it(`a replica that dies at ${point} leaves the hook to the next one, same key`, async () => {
      const bench = await EngineBench.open(1);
      const hook = new FakeHook({ points: [point] });
      hook.onRun = () => {
        if (hook.calls.length === 1) bench.replicas[0]?.kill();
      };
      const report = await bench.crashAndReport({ hooks: [hook] });
      bench.start({ hooks: [hook] });
      await bench.untilStatus(report, 'finished');
      await bench.assertRecovered(report);
      assert.equal(hook.calls.length, 2);
      assert.deepEqual(hook.calls[0], hook.calls[1], 'key and number of the try');
    });
  }

  it('a replica that has lost its lease runs none', async () => {
    const bench = await EngineBench.open(1);
    const hook = new FakeHook({ points: ['before_evacuate'] });
    bench.start({ hooks: [hook] });
    await bench.clock.advance(15_000);
    bench.nova.crash('dead');
    await bench.clock.advance(2_000);
    const { journal } = bench.stores;
    const write = journal.writeStep.bind(journal);
    let refused = 0;
    journal.writeStep = async (tenure, step) => {
      const isHook = step.path.startsWith('hook-');
      if (isHook && step.state === 'attempting' && refused++ === 0) return 'stale';
      return await write(tenure, step);
    };
    const report = await bench.report();
    await bench.until(() => refused === 1);
    assert.deepEqual(hook.calls, [], 'the refused renewal kept it from running');
    bench.start({ hooks: [hook] });
    await bench.untilStatus(report, 'finished');
    assert.equal(hook.calls.length, 1);
  });

  it('one that was added while a recovery was under way is not run for what is past', async () => {
    const bench = await EngineBench.open(1);
    const holding = new FakeHook({ name: 'one', points: ['before_evacuate'], onFailure: 'hold' });
    holding.answer = () => 'fails';
    const report = await bench.crashAndReport({ hooks: [holding] });
    await bench.until(() => holding.calls.length > 0);
    bench.replicas[0]?.kill();
    holding.answer = () => 'done';
    const added = new FakeHook({ name: 'two', points: ['before_fence', 'after_evacuate'] });
    bench.start({ hooks: [holding, added] });
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(added.story, ['after_evacuate']);
  });
});

describe('hooks at a return', () => {
  it('hold the host out of service until they succeed', async () => {
    const bench = await EngineBench.open(1);
    const hook = new FakeHook({ points: ['before_return'], onFailure: 'hold' });
    hook.answer = () => 'fails';
    const report = await bench.crashAndReport({ hooks: [hook], settings: RETURNING });
    await bench.untilStatus(report, 'finished');
    bench.nova.revive('dead', 1_000);
    await bench.until(() => hook.calls.length === 3, 7_200_000, 5_000);
    assert.equal(bench.nova.host('dead').status, 'disabled');
    const incident = await bench.incident();
    assert.ok(incident !== undefined);
    const record = await bench.stores.returns.read(incident.id);
    assert.match(record?.message ?? '', /hook hook at before_return of dead failed: exit code 1/);
    await bench.clock.advance(1_200_000);
    hook.answer = () => 'done';
    await bench.until(() => bench.nova.host('dead').status === 'enabled', 3_600_000, 5_000);
    assert.equal(new Set(hook.calls.map((one) => one.key)).size, 1);
  });
});
