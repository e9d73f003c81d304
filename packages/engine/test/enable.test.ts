/** Stage B of a host's return: enabling, what was left on it, the watch, and flapping. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RETURN_RULES } from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import { afterStep, EngineBench, type ReplicaOptions } from './engine-bench.ts';

const AUTOMATIC: ReplicaOptions = {
  settings: { returns: { ...DEFAULT_RETURN_RULES, policy: 'automatic' } },
};
const returnOf = async (bench: EngineBench) => {
  const incident = await bench.incident();
  return incident && (await bench.stores.returns.read(incident.id));
};
const untilReturn = (bench: EngineBench, state: string, limitMs = 3_600_000) =>
  bench.until(async () => (await returnOf(bench))?.state === state, limitMs, 1_000);
const enables = (bench: EngineBench) =>
  bench.nova.writes.filter((one) => one.includes('"status":"enabled"'));
const approve = (bench: EngineBench) =>
  bench.stores.segments.updateHost(
    bench.hostUuid(0),
    { onMaintenance: false },
    bench.clock.wallMs(),
  );

/** Recovered, repaired, and cleared. */
async function cleared(options: ReplicaOptions = {}, instances = 2): Promise<EngineBench> {
  const bench = await EngineBench.open(instances);
  const report = await bench.crashAndReport(options);
  await bench.untilStatus(report, 'finished');
  bench.nova.revive('dead', 1_000);
  await untilReturn(bench, 'cleared');
  return bench;
}

describe('F1: a repaired host goes back to service', () => {
  it('only when on_maintenance is set to false, which says what it waits for until then', async () => {
    const bench = await cleared();
    assert.match((await returnOf(bench))?.message ?? '', /set on_maintenance to false to approve/);
    await bench.clock.advance(86_400_000 / 4);
    assert.deepEqual(enables(bench), []);
    await approve(bench);
    await untilReturn(bench, 'watching');
    assert.equal(bench.nova.host('dead').status, 'enabled');
    await untilReturn(bench, 'returned');
    assert.equal(enables(bench).length, 1);
  });

  it('by itself after its probation under the policy automatic, and off maintenance', async () => {
    const bench = await cleared(AUTOMATIC);
    assert.match((await returnOf(bench))?.message ?? '', /on probation for 10 min/);
    await bench.clock.advance(500_000);
    assert.deepEqual(enables(bench), []);
    await untilReturn(bench, 'returned');
    assert.equal(bench.nova.host('dead').status, 'enabled');
    assert.equal(await bench.isOnMaintenance(), false);
  });

  it('but is not enabled when an operator had disabled it before', async () => {
    const bench = await EngineBench.open(2);
    Object.assign(bench.nova.host('dead'), { status: 'disabled', disabledReason: 'bad fan' });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    bench.nova.revive('dead', 1_000);
    await untilReturn(bench, 'cleared');
    await approve(bench);
    await untilReturn(bench, 'returned');
    assert.deepEqual(enables(bench), []);
    assert.equal(bench.nova.host('dead').disabledReason, 'bad fan');
  });

  it('but is not enabled when an operator has taken the disabling over since', async () => {
    const bench = await cleared();
    bench.nova.host('dead').disabledReason = 'waits for a new disk';
    await approve(bench);
    await untilReturn(bench, 'returned');
    assert.deepEqual(enables(bench), []);
  });

  it('and never by itself while an operator keeps it on maintenance', async () => {
    const bench = await cleared(AUTOMATIC);
    const keep = { onMaintenance: true };
    await bench.stores.segments.updateHost(bench.hostUuid(0), keep, bench.clock.wallMs());
    await bench.clock.advance(7_200_000);
    assert.deepEqual(enables(bench), []);
  });

  it('not while an incident of it is open, even one that opens before the last moment', async () => {
    const bench = await cleared();
    const first = await bench.incident();
    afterStep(
      bench,
      'enable-service',
      async () => {
        bench.nova.crash('dead');
        await bench.report();
        await bench.clock.sleep(500);
      },
      'attempting',
    );
    await approve(bench);
    await bench.until(async () => (await bench.incident())?.id !== first?.id, 300_000);
    await bench.clock.advance(60_000);
    assert.deepEqual(enables(bench), []);
    assert.equal((await bench.stores.returns.read(first!.id))?.state, 'cancelled');
  });

  it('also after a second failure on its way back, which kept the first disabling', async () => {
    const bench = await cleared();
    bench.nova.crash('dead');
    await bench.clock.advance(2_000);
    const report = await bench.report();
    await bench.untilStatus(report, 'finished');
    bench.nova.revive('dead', 1_000);
    await untilReturn(bench, 'cleared');
    await approve(bench);
    await untilReturn(bench, 'returned');
    assert.equal(bench.nova.host('dead').status, 'enabled');
  });

  for (const step of ['enable-service', 'lift-maintenance', 'watch'] as const) {
    for (const state of ['attempting', 'done']) {
      it(`once, after its replica was killed at ${step}, ${state}`, async () => {
        const bench = await cleared(AUTOMATIC);
        afterStep(bench, step, () => bench.replicas[0]?.kill(), state);
        await bench.clock.advance(1_200_000);
        bench.start(AUTOMATIC);
        await untilReturn(bench, 'returned');
        assert.equal(enables(bench).length, 1);
        assert.equal(await bench.isOnMaintenance(), false);
      });
    }
  }

  for (const kind of ['before', 'after', '500', 'hang'] as const) {
    it(`through a fault (${kind}) of the enabling`, async () => {
      const bench = await cleared();
      bench.nova.faults.fail('changeService', kind, 2);
      await approve(bench);
      await untilReturn(bench, 'returned', 7_200_000);
      assert.equal(bench.nova.host('dead').status, 'enabled');
    });
  }
});

describe('a host that was never emptied', () => {
  async function left(options: ReplicaOptions = {}) {
    const bench = await EngineBench.open(3);
    const all = [...bench.nova.servers.values()];
    const [stays, stopped] = all;
    assert.ok(stays && stopped);
    for (const one of [stays, stopped]) {
      bench.nova.server(one.uuid).metadata = { 'medevac:policy': 'never' };
    }
    bench.nova.stopByOwner(stopped.uuid);
    const report = await bench.crashAndReport(options);
    await bench.untilStatus(report, 'finished');
    bench.nova.revive('dead', 1_000);
    await untilReturn(bench, 'cleared');
    return { bench, stays, stopped };
  }
  const started = (bench: EngineBench) =>
    bench.nova.writes.filter((one) => one.startsWith('start '));

  it('has the instance started that ran there, once Nova finds its guest off, and no other', async () => {
    const { bench, stays } = await left();
    await approve(bench);
    await untilReturn(bench, 'watching');
    await bench.clock.advance(30_000);
    assert.deepEqual(started(bench), [], 'not while Nova shows it active');
    bench.nova.killGuest(stays.uuid);
    await untilReturn(bench, 'returned');
    assert.deepEqual(started(bench), [`start ${stays.name}`]);
    assert.deepEqual(bench.nova.violations, []);
    const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === stays.uuid);
    assert.match(vmove?.message ?? '', /started on dead when it was back in service/);
  });

  it("starts it also where our own lock and unlock are newer than Nova's stop of it", async () => {
    const { bench, stays } = await left();
    await approve(bench);
    await untilReturn(bench, 'watching');
    bench.nova.killGuest(stays.uuid);
    for (const action of ['lock', 'unlock']) bench.nova.noteAction(stays.uuid, action, 'medevac');
    await untilReturn(bench, 'returned');
    assert.deepEqual(started(bench), [`start ${stays.name}`]);
  });

  it("and leaves it where those hide its owner's stop", async () => {
    const { bench, stays } = await left();
    await approve(bench);
    await untilReturn(bench, 'watching');
    bench.nova.stopByOwner(stays.uuid);
    for (const action of ['lock', 'unlock']) bench.nova.noteAction(stays.uuid, action, 'medevac');
    await untilReturn(bench, 'returned');
    assert.deepEqual(started(bench), []);
  });

  it('leaves one alone that its owner has stopped since, or that a migration takes away', async () => {
    const { bench, stays } = await left();
    await approve(bench);
    await untilReturn(bench, 'watching');
    bench.nova.stopByOwner(stays.uuid);
    await untilReturn(bench, 'returned');
    assert.deepEqual(started(bench), []);
    const other = await left();
    other.bench.nova.killGuest(other.stays.uuid);
    other.bench.nova.addMigration({
      instanceUuid: other.stays.uuid,
      type: 'live-migration',
      status: 'running',
      sourceHost: 'dead' as HostName,
      destHost: 'alive-1' as HostName,
    });
    await approve(other.bench);
    await untilReturn(other.bench, 'returned');
    assert.deepEqual(started(other.bench), []);
  });
});

describe('a host that is back in service is watched', () => {
  it('and somebody who forces it down again has ended its return', async () => {
    const bench = await cleared();
    await approve(bench);
    await untilReturn(bench, 'watching');
    bench.nova.host('dead').forcedDown = true;
    await untilReturn(bench, 'cancelled');
    assert.match((await returnOf(bench))?.message ?? '', /forced dead down again/);
  });

  it('and its silence is told, begins the time anew, and serves the next report at once', async () => {
    const bench = await cleared();
    const first = await bench.incident();
    await approve(bench);
    await untilReturn(bench, 'watching');
    bench.nova.crash('dead');
    await bench.clock.advance(600_000);
    const record = await returnOf(bench);
    assert.equal(record?.state, 'watching');
    assert.match(record?.message ?? '', /dead is silent again/);
    await bench.report();
    await bench.clock.advance(5_000);
    assert.notEqual((await bench.incident())?.id, first?.id);
    assert.equal((await bench.incident())?.state, 'recovered');
    assert.equal((await bench.stores.returns.read(first!.id))?.state, 'cancelled');
  });
});

describe('a flapping host', () => {
  it('waits longer each time, and says so', async () => {
    const bench = await cleared(AUTOMATIC);
    for (const minutes of [20, 40]) {
      bench.nova.crash('dead');
      await bench.clock.advance(2_000);
      await bench.untilStatus(await bench.report(), 'finished');
      bench.nova.revive('dead', 1_000);
      await untilReturn(bench, 'cleared');
      const told = new RegExp(`on probation for ${minutes} min, its failure number`);
      assert.match((await returnOf(bench))?.message ?? '', told);
      await bench.clock.advance(minutes * 60_000 - 60_000);
      assert.deepEqual(enables(bench), []);
    }
    await untilReturn(bench, 'returned');
    assert.equal(bench.nova.host('dead').status, 'enabled');
  });
});
