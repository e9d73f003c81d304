/** Repairs whose replica is killed before and after each of its entries in the journal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EngineBench } from './engine-bench.ts';
import {
  instanceWrites,
  openRepairBench,
  repairOf,
  reportCrash,
  reportProcess,
  untilClosed,
} from './repair-bench.ts';

/** Kills the first replica at the n-th write of a step, before or after it reached the journal. */
function killAt(bench: EngineBench, number: number, when: 'before' | 'after'): () => boolean {
  const { journal } = bench.stores;
  const write = journal.writeStep.bind(journal);
  let count = 0;
  journal.writeStep = async (tenure, step) => {
    const isDue = ++count === number;
    if (isDue && when === 'before') {
      bench.replicas[0]?.kill();
      return 'stale';
    }
    const outcome = await write(tenure, step);
    if (isDue) bench.replicas[0]?.kill();
    return outcome;
  };
  return () => count >= number;
}

describe('a replica that is killed at any entry of the journal', () => {
  for (const when of ['before', 'after'] as const) {
    it(`${when} it, is continued: an instance is brought back once`, async (context) => {
      let points = 0;
      for (let number = 1; ; number++) {
        const one = await openRepairBench();
        const { bench, instance } = one;
        bench.nova.dyingGuests.set(instance, 2);
        const isReached = killAt(bench, number, when);
        bench.start();
        bench.nova.killGuest(instance, false);
        const report = await reportCrash(one);
        bench.start();
        const { status } = await untilClosed(bench, report, 3_600_000);
        if (!isReached()) break;
        points += 1;
        assert.equal(status, 'finished', `killed at ${number}`);
        assert.deepEqual(bench.nova.violations, [], `killed at ${number}`);
        assert.equal(bench.nova.isRunning(instance), true);
        assert.deepEqual(
          instanceWrites(bench),
          [
            'stop vm-1',
            'start vm-1',
            'hardReboot vm-1',
            'stop vm-1',
            'migrate vm-1',
            'confirm vm-1',
            'start vm-1',
          ],
          `killed at ${number}`,
        );
        assert.equal((await repairOf(bench, report)).tries, 3);
      }
      assert.ok(points > 20, `${points}`);
      context.diagnostic(`${points} points`);
    });

    it(`${when} it, is continued: a host is disabled and enabled once`, async (context) => {
      let points = 0;
      for (let number = 1; ; number++) {
        const { bench } = await openRepairBench();
        const isReached = killAt(bench, number, when);
        bench.start();
        await bench.clock.advance(15_000);
        bench.nova.host('dead').isAlive = false;
        const report = await reportProcess(bench);
        bench.start();
        await bench.untilStatus(report, 'finished');
        bench.nova.revive('dead');
        await untilClosed(bench, report);
        if (!isReached()) break;
        points += 1;
        assert.equal(bench.nova.host('dead').status, 'enabled', `killed at ${number}`);
        const puts = bench.nova.writes.map((line) => /"status":"(\w+)"/.exec(line)?.[1]);
        assert.deepEqual(puts, ['disabled', 'enabled'], `killed at ${number}`);
        assert.equal(await bench.isOnMaintenance(), false);
      }
      assert.ok(points > 4, `${points}`);
      context.diagnostic(`${points} points`);
    });
  }
});

describe('a request whose answer was lost', () => {
  for (const name of ['stop', 'start', 'hardReboot', 'migrate', 'confirmMigration']) {
    for (const fault of ['after', 'late'] as const) {
      it(`of ${name}, ${fault}, is not repeated before Nova shows that it came`, async () => {
        const one = await openRepairBench();
        const { bench, instance } = one;
        bench.nova.dyingGuests.set(instance, 2);
        bench.start();
        bench.nova.killGuest(instance, false);
        bench.nova.faults.fail(name, fault);
        const report = await reportCrash(one);
        assert.equal((await untilClosed(bench, report, 3_600_000)).status, 'finished');
        await bench.clock.advance(300_000);
        assert.equal(bench.nova.isRunning(instance), true);
        assert.equal(bench.nova.server(instance).vmState, 'active');
        assert.deepEqual(bench.nova.violations, []);
        assert.equal(instanceWrites(bench).length, 7, instanceWrites(bench).join(', '));
      });
    }
  }
});
