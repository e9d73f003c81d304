/** Answers of Nova that no repeating is said to mend: people do, while the recovery waits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterStep, EngineBench } from './engine-bench.ts';
import type { FaultKind } from './nova-faults.ts';

const KINDS: readonly FaultKind[] = ['unreadable', '401'];

/** Each phase, the step before it, and a read that it needs. */
const PHASES = [
  { phase: 'fencing', after: 'verdict-1', read: 'listComputeServices' },
  { phase: 'planning', after: 'fence-1', read: 'listServers' },
  { phase: 'force-down', after: 'plan-1', read: 'listComputeServices' },
  { phase: 'evacuating', after: 'return-1', read: 'listMigrations' },
] as const;

describe('a read that Nova refuses', () => {
  for (const kind of KINDS) {
    it(`D6: (${kind}) while the verdict is found does not end the recovery`, async () => {
      const bench = await EngineBench.open(3);
      const report = await bench.crashAndReport();
      bench.nova.faults.fail('listComputeServices', kind, 3);
      await bench.untilStatus(report, 'finished');
      assert.equal(bench.nova.faults.unmet, 0);
      await bench.assertRecovered(report);
    });

    for (const { phase, after, read } of PHASES) {
      it(`(${kind}) at the ${phase} does not end the recovery`, async () => {
        const bench = await EngineBench.open(3);
        afterStep(bench, after, () => bench.nova.faults.fail(read, kind, 2));
        const report = await bench.crashAndReport();
        await bench.untilStatus(report, 'finished');
        assert.equal(bench.nova.faults.unmet, 0);
        await bench.assertRecovered(report);
      });
    }
  }

  it('is shown as the message of every instance that waits for it, until it is evacuated', async () => {
    const bench = await EngineBench.open(3);
    afterStep(bench, 'return-1', () => bench.nova.faults.fail('listMigrations', '401', 50));
    const report = await bench.crashAndReport();
    await bench.untilState('evacuating', 60_000);
    await bench.clock.advance(60_000);
    for (const vmove of await bench.vmoves()) {
      assert.deepEqual([vmove.status, vmove.message], ['pending', 'listMigrations: 401']);
    }
    assert.equal((await bench.notification(report)).status, 'running');
    bench.nova.faults.clear();
    await bench.untilStatus(report, 'finished');
    assert.ok((await bench.vmoves()).every((one) => one.message === null));
    await bench.assertRecovered(report);
  });
});

describe('a mistake of our own', () => {
  it('ends the recovery visibly instead of being repeated', async () => {
    const bench = await EngineBench.open(3);
    afterStep(bench, 'fence-1', () => {
      bench.nova.listServers = () => Promise.reject(new TypeError('x is not a function'));
    });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'failed', 60_000);
    assert.match((await bench.incident())?.reason ?? '', /x is not a function/);
    assert.deepEqual(bench.nova.writes, []);
  });
});
