/** Instances that come to the failed host while it is emptied: migrations under way bring them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineBench } from './engine-bench.ts';

describe('an instance that comes to the failed host after its plan was made', () => {
  it('is evacuated too before the incident counts as recovered', async () => {
    const bench = await EngineBench.open(2, { bootMs: 20_000 });
    const { nova } = bench;
    const report = await bench.crashAndReport();
    await bench.untilState('evacuating', 60_000);
    // The source of a cold migration tells Nova that the instance is at the destination now.
    const late = nova.addServer('dead');
    await bench.untilStatus(report, 'finished');
    assert.equal(bench.evacuateCallsOf(late), 1);
    assert.equal(nova.server(late).host?.startsWith('alive'), true);
    const statuses = (await bench.vmoves()).map((vmove) => vmove.status);
    assert.deepEqual(statuses, ['succeeded', 'succeeded', 'succeeded']);
  });

  it('and that Nova cannot show holds the end back until it can', async () => {
    const bench = await EngineBench.open(1, { bootMs: 20_000 });
    const { nova } = bench;
    const report = await bench.crashAndReport();
    await bench.untilState('evacuating', 60_000);
    const [first] = [...nova.servers.keys()];
    const late = nova.addServer('dead');
    const listServers = nova.listServers.bind(nova);
    let isSeen = false;
    nova.listServers = async (query, call) => {
      const list = await listServers(query, call);
      const isHidden = !isSeen && list.servers.some((one) => one.uuid === late);
      return isHidden ? { servers: [], unseen: [late] } : list;
    };
    await bench.clock.advance(120_000);
    assert.equal(nova.server(first!).host?.startsWith('alive'), true);
    assert.equal((await bench.incident())?.state, 'evacuating');
    isSeen = true;
    await bench.untilStatus(report, 'finished');
    assert.equal(nova.server(late).host?.startsWith('alive'), true);
  });

  it('is not forgotten when the replica dies as soon as it has planned it', async () => {
    const bench = await EngineBench.open(2, { bootMs: 20_000 });
    const { nova } = bench;
    const report = await bench.crashAndReport();
    await bench.untilState('evacuating', 60_000);
    const late = nova.addServer('dead');
    const { vmoves } = bench.stores;
    const plan = vmoves.plan.bind(vmoves);
    vmoves.plan = async (tenure, rows) => {
      const outcome = await plan(tenure, rows);
      if (rows.some((one) => one.instanceUuid === late)) {
        vmoves.plan = plan;
        bench.replicas[0]?.kill();
        bench.start();
      }
      return outcome;
    };
    await bench.untilStatus(report, 'finished');
    assert.equal(nova.server(late).host?.startsWith('alive'), true);
  });
});
