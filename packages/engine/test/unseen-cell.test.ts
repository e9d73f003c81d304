/** The cell of the dead host goes out of Nova's sight at the worst moments and comes back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostName } from '@medevac/kernel';
import { afterStep, EngineBench } from './engine-bench.ts';

/** An instance on its way to another host when its own one died; it may run there. */
async function withLiveMigration(): Promise<EngineBench> {
  const bench = await EngineBench.open(1, { bootMs: 1_000 });
  const [instanceUuid] = bench.nova.servers.keys();
  bench.nova.server(instanceUuid!).taskState = 'migrating';
  bench.nova.addMigration({
    instanceUuid: instanceUuid!,
    type: 'live-migration',
    status: 'running',
    sourceHost: 'dead' as HostName,
    destHost: 'alive-1' as HostName,
  });
  return bench;
}

/** The migration ends well; nothing was done to its instance before. */
async function assertLeftAlone(bench: EngineBench): Promise<void> {
  const { nova } = bench;
  const [server] = nova.servers.values();
  const touched = () => nova.writes.filter((one) => !one.startsWith('PUT'));
  await bench.until(() => bench.forceDowns.length > 0, 120_000);
  await bench.clock.advance(300_000);
  assert.deepEqual(touched(), [], 'neither reset nor evacuated');
  Object.assign(server!, { host: 'alive-1', taskState: null });
  Object.assign(nova.migrations[0]!, { status: 'completed' });
  await bench.untilState('recovered', 60_000);
  assert.deepEqual(touched(), []);
  assert.deepEqual(nova.starts, []);
  assert.deepEqual(nova.violations, []);
  assert.equal((await bench.vmoves())[0]?.status, 'ignored');
}

describe('an open live migration to another host', () => {
  it('is still seen when the cell is down for the first list and back for the server', async () => {
    const bench = await withLiveMigration();
    const host = bench.nova.host('dead');
    const read = bench.nova.readServer.bind(bench.nova);
    const comeBack = () => {
      host.isCellDown = false;
    };
    afterStep(bench, 'return-1', () => {
      host.isCellDown = true;
      void bench.clock.sleep(20_000).then(comeBack);
      bench.nova.readServer = (uuid, call) => {
        comeBack();
        return read(uuid, call);
      };
    });
    await bench.crashAndReport();
    await assertLeftAlone(bench);
  });

  it('is still seen when the cell comes back before the first list is read to its end', async () => {
    const bench = await withLiveMigration();
    const host = bench.nova.host('dead');
    const list = bench.nova.listMigrations.bind(bench.nova);
    const comeBack = () => {
      host.isCellDown = false;
    };
    afterStep(bench, 'return-1', () => {
      host.isCellDown = true;
      void bench.clock.sleep(20_000).then(comeBack);
      bench.nova.listMigrations = async (query, call) => {
        const answer = await list(query, call);
        comeBack();
        return answer;
      };
    });
    await bench.crashAndReport();
    await assertLeftAlone(bench);
  });
});

describe('a cell that is unseen at the look before an evacuate call', () => {
  for (const isRestarted of [false, true]) {
    const by = isRestarted ? 'the replica that is started after a kill' : 'the same replica';
    it(`holds nothing for ever: ${by} goes on when the cell is back`, async () => {
      const bench = await EngineBench.open(3);
      const host = bench.nova.host('dead');
      const list = bench.nova.listServers.bind(bench.nova);
      afterStep(bench, 'return-1', () => {
        bench.nova.listServers = async (query, call) => {
          const answer = await list(query, call);
          host.isCellDown = true;
          bench.nova.listServers = list;
          return answer;
        };
      });
      const report = await bench.crashAndReport();
      await bench.until(() => host.isCellDown, 120_000, 50);
      await bench.clock.advance(10_000);
      assert.deepEqual(bench.nova.starts, []);
      const messages = (await bench.vmoves()).map((one) => one.message);
      for (const message of messages) assert.match(message ?? '', /does not show the service/);
      if (isRestarted) {
        bench.replicas[0]?.kill();
        bench.start({ isSoleProcess: true });
        await bench.clock.advance(60_000);
      }
      host.isCellDown = false;
      await bench.untilStatus(report, 'finished');
      await bench.assertRecovered(report);
    });
  }
});
