/** Stage A of a host's return. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterStep, EngineBench, type ReplicaOptions } from './engine-bench.ts';

const clears = (bench: EngineBench) =>
  bench.nova.writes.filter((one) => one.includes('"forcedDown":false'));

/** A host whose instances were brought back elsewhere. */
async function recovered(options: ReplicaOptions = {}): Promise<EngineBench> {
  const bench = await EngineBench.open(4);
  const report = await bench.crashAndReport(options);
  await bench.untilStatus(report, 'finished');
  return bench;
}

const returnOf = async (bench: EngineBench) => {
  const incident = await bench.incident();
  return incident && (await bench.stores.returns.read(incident.id));
};

describe('the return of a host', () => {
  it('does not begin while it is silent', async () => {
    const bench = await recovered();
    await bench.clock.advance(3_600_000);
    assert.deepEqual(clears(bench), []);
    assert.equal((await returnOf(bench))?.state, 'waiting');
  });

  it('clears forced_down once it reports and its evacuations are completed; it stays disabled and on maintenance', async () => {
    const bench = await recovered();
    await bench.clock.advance(60_000);
    bench.nova.revive('dead', 120_000);
    await bench.clock.advance(115_000);
    assert.deepEqual(clears(bench), [], 'not while its evacuations are done');
    assert.ok(bench.nova.migrations.every((one) => one.status === 'done'));
    await bench.until(() => clears(bench).length > 0, 120_000);
    assert.ok(bench.nova.migrations.every((one) => one.status === 'completed'));
    await bench.clock.advance(300_000);
    const host = bench.nova.host('dead');
    assert.deepEqual([host.forcedDown, host.status], [false, 'disabled']);
    assert.match(host.disabledReason ?? '', /^medevac /);
    assert.equal(await bench.isOnMaintenance(), true);
    assert.equal(clears(bench).length, 1);
    assert.equal((await returnOf(bench))?.state, 'cleared');
  });

  it('is not begun by one write of somebody to the service', async () => {
    const bench = await recovered();
    bench.nova.host('dead').writtenMs = bench.clock.wallMs() + 7_200_000;
    await bench.clock.advance(900_000);
    assert.deepEqual(clears(bench), []);
    assert.equal(bench.nova.host('dead').forcedDown, true);
  });

  it('is finished when somebody else has cleared forced_down', async () => {
    const bench = await recovered();
    bench.nova.revive('dead');
    bench.nova.host('dead').forcedDown = false;
    await bench.until(async () => (await returnOf(bench))?.state === 'cleared', 120_000);
    assert.deepEqual(clears(bench), []);
  });

  it('is cancelled by a new failure, which is an incident of its own', async () => {
    const bench = await recovered();
    const first = await bench.incident();
    bench.nova.revive('dead', 600_000);
    await bench.clock.advance(60_000);
    assert.equal((await returnOf(bench))?.state, 'clearing');
    bench.nova.crash('dead');
    await bench.report();
    await bench.clock.advance(30_000);
    const second = await bench.incident();
    assert.notEqual(second?.id, first?.id);
    // The flag that the first recovery has set holds the second one back no more.
    await bench.until(async () => (await bench.incident())?.state === 'recovered', 120_000);
    assert.deepEqual(clears(bench), [], 'not while it is silent');
    bench.nova.revive('dead', 1_000);
    await bench.until(async () => (await returnOf(bench))?.state === 'cleared', 300_000);
    assert.equal((await bench.stores.returns.read(first!.id))?.state, 'cancelled');
  });

  it('goes on after a false report about the host on its way back', async () => {
    const bench = await recovered();
    const id = (await bench.incident())!.id;
    bench.nova.revive('dead', 5_000);
    await bench.clock.advance(7_000);
    await bench.report();
    const hasCleared = async () => (await bench.stores.returns.read(id))?.state === 'cleared';
    await bench.until(hasCleared, 3_600_000);
    assert.equal((await bench.incident())?.state, 'cancelled');
    assert.equal(bench.nova.host('dead').forcedDown, false);
  });

  it('does not clear when the host fails again in the moment before', async () => {
    const bench = await recovered();
    bench.nova.revive('dead', 1_000);
    const list = bench.nova.listMigrations.bind(bench.nova);
    bench.nova.listMigrations = async (query, call) => {
      const answer = await list(query, call);
      bench.nova.listMigrations = list;
      bench.nova.crash('dead');
      await bench.report();
      await bench.clock.sleep(1_500);
      return answer;
    };
    await bench.clock.advance(120_000);
    assert.deepEqual(clears(bench), []);
  });

  it('takes a cell that comes back into sight for no report', async () => {
    const bench = await recovered();
    for (const one of bench.nova.migrations) one.status = 'completed';
    const host = bench.nova.host('dead');
    host.writtenMs = bench.clock.wallMs() + 7_200_000;
    await bench.until(async () => (await returnOf(bench))?.state === 'clearing', 60_000);
    for (let turn = 0; turn < 60; turn++) {
      host.isCellDown = turn % 2 === 0;
      await bench.clock.advance(3_300);
    }
    assert.deepEqual(clears(bench), []);
    host.isCellDown = false;
    bench.nova.revive('dead', 1_000);
    await bench.until(() => clears(bench).length > 0, 120_000);
  });

  it('writes nothing when a new incident opens between its last look and its effect', async () => {
    const bench = await recovered();
    const first = await bench.incident();
    const opens = async () => {
      bench.nova.crash('dead');
      await bench.report();
      await bench.clock.sleep(500);
      assert.notEqual((await bench.incident())?.id, first?.id);
    };
    afterStep(bench, 'clear-forced-down', opens, 'attempting');
    bench.nova.revive('dead', 1_000);
    await bench.until(async () => (await bench.incident())?.id !== first?.id, 120_000);
    await bench.clock.advance(120_000);
    assert.deepEqual(clears(bench), []);
    assert.equal((await bench.stores.returns.read(first!.id))?.state, 'cancelled');
  });

  it('goes on after its replica was killed in the middle', async () => {
    const bench = await recovered();
    bench.nova.revive('dead', 60_000);
    await bench.clock.advance(20_000);
    bench.replicas[0]?.kill();
    bench.start();
    await bench.until(() => clears(bench).length > 0, 600_000);
    await bench.clock.advance(60_000);
    assert.equal(clears(bench).length, 1);
    assert.equal((await returnOf(bench))?.state, 'cleared');
  });

  for (const kind of ['before', 'after', '500', 'hang'] as const) {
    it(`survives a fault (${kind}) at its one write`, async () => {
      const bench = await recovered();
      bench.nova.faults.fail('changeService', kind, 2);
      bench.nova.revive('dead', 1_000);
      await bench.until(async () => (await returnOf(bench))?.state === 'cleared', 1_800_000);
      assert.equal(bench.nova.host('dead').forcedDown, false);
    });
  }

  it('is not kept back by a purge that fails', async () => {
    const bench = await EngineBench.open(2);
    const { history } = bench.stores;
    history.purge = () => Promise.reject(new Error('the purge is broken'));
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    bench.nova.revive('dead', 1_000);
    await bench.until(async () => (await returnOf(bench))?.state === 'cleared', 600_000);
  });

  it('is tried again after a host that never cleans up, less and less often', async () => {
    const bench = await recovered({ timing: { returnMs: 60_000 } });
    bench.nova.revive('dead', 7_200_000);
    await bench.clock.advance(3_600_000);
    const record = await returnOf(bench);
    assert.ok((record?.tries ?? 0) > 3 && (record?.tries ?? 0) < 40, `${record?.tries} tries`);
    assert.deepEqual(clears(bench), []);
    await bench.until(() => clears(bench).length > 0, 7_200_000, 5_000);
  });

  it('also of a host that came back to life before its force-down was answered', async () => {
    const bench = await EngineBench.open(2);
    const report = await bench.crashAndReport();
    const { nova } = bench;
    const change = nova.changeService.bind(nova);
    nova.changeService = async (uuid, to, call) => {
      nova.changeService = change;
      await change(uuid, to, call);
      nova.revive('dead', 1_000);
      const { OperationalError } = await import('@medevac/kernel');
      const kind = { code: 'cloud.reply_lost', retry: 'unknown-outcome', advice: '' } as const;
      throw new OperationalError(kind, 'reply lost');
    };
    await bench.untilStatus(report, 'failed', 1_800_000);
    assert.equal(nova.starts.length, 0, 'nothing was evacuated from a living host');
    await bench.until(() => clears(bench).length > 0, 600_000);
    assert.equal(nova.host('dead').forcedDown, false);
  });
});
