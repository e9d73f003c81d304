/** What operators ask of a recovery under way: another method, and another try of one instance. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type IncidentId, type InstanceUuid, silentLog } from '@medevac/kernel';
import { IncidentCommands, type IncidentOrder, IncidentSteering } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';
import { assertAsBefore, openReserved, path, settle, whereTo } from './reserved-bench.ts';

const ALICE: IncidentOrder = { by: 'alice/ops', note: null };

const partsOf = ({ stores, clock }: EngineBench) => ({ stores, clock, log: silentLog });
const steeringOf = (bench: EngineBench) => new IncidentSteering(partsOf(bench));
const commandsOf = (bench: EngineBench) => new IncidentCommands(partsOf(bench));

async function idOf(bench: EngineBench): Promise<IncidentId> {
  const incident = await bench.incident();
  assert.ok(incident !== undefined);
  return incident.id;
}

async function refusalOf(answer: Promise<{ readonly kind: string }>): Promise<string> {
  const result = await answer;
  assert.ok(result.kind === 'refused' && 'reason' in result, result.kind);
  return String(result.reason);
}

async function useMethod(bench: EngineBench, method: string): Promise<void> {
  const taken = await steeringOf(bench).useMethod(await idOf(bench), method, ALICE);
  assert.equal(taken.kind, 'taken');
}

const statusOf = async (bench: EngineBench, uuid: InstanceUuid): Promise<string | undefined> =>
  (await bench.vmoves()).find((one) => one.instanceUuid === uuid)?.status;

function hasRoom(bench: EngineBench, room: number): void {
  for (const host of ['alive-1', 'alive-2']) bench.nova.host(host).room = room;
}

describe('another recovery method for what is left', () => {
  it('D26: sends what waits for room to a reserved host', async () => {
    const bench = await openReserved('auto', 4, { r1: 10 });
    hasRoom(bench, 1);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    await useMethod(bench, 'rh_priority');
    await bench.untilStatus(report, 'finished', 120_000);
    await bench.assertRecovered(report);
    assert.deepEqual(whereTo(bench), { 'alive-1': 1, 'alive-2': 1, r1: 2 });
    const told = 'the recovery method rh_priority was chosen for what is left by alice/ops';
    const events = await bench.stores.incidents.readEvents(await idOf(bench));
    assert.ok(events.some(({ message }) => message === told));
    const chosen = (await bench.incident())?.method;
    assert.deepEqual([chosen?.method, chosen?.by], ['rh_priority', 'alice/ops']);
  });

  it('D26: lets Nova choose for what waits for a reserved host, and takes none', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 10 });
    const { segments } = bench.stores;
    await segments.updateHost(bench.hostUuid(50), { onMaintenance: true }, 2);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    await useMethod(bench, 'auto');
    await bench.untilStatus(report, 'finished', 120_000);
    await bench.assertRecovered(report);
    assert.equal(whereTo(bench)['r1'], undefined);
    assertAsBefore(bench, 'r1');
  });

  it('D26: gives a reserved host back that nothing needs any more', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 10 });
    bench.nova.host('r1').failingClaims = 100;
    const report = await bench.crashAndReport();
    await bench.until(() => bench.nova.host('r1').status === 'enabled');
    await useMethod(bench, 'auto');
    await bench.untilStatus(report, 'finished', 600_000);
    await settle(bench);
    assertAsBefore(bench, 'r1');
    assert.equal((await path(bench)).at(-1)?.endsWith('Nova chooses the hosts'), true);
  });

  it('is refused for a method that is not there, and after the end', async () => {
    const bench = await EngineBench.open(1);
    await bench.crashAndReport();
    await bench.untilState('suspected');
    const id = await idOf(bench);
    const steering = steeringOf(bench);
    const unknown = await refusalOf(steering.useMethod(id, 'by_hand', ALICE));
    assert.match(unknown, /no recovery method by_hand; use auto/);
    await bench.untilState('recovered');
    assert.match(await refusalOf(steering.useMethod(id, 'auto', ALICE)), /recovered already/);
  });
});

describe('another try of one instance', () => {
  it('F6: of an open incident is taken up while the others go on waiting', async () => {
    const bench = await EngineBench.open(1);
    hasRoom(bench, 0);
    const [first] = [...bench.nova.servers.values()];
    assert.ok(first !== undefined);
    const after = { 'medevac:after': first.uuid };
    const second = bench.nova.addServer('dead', { metadata: after });
    // The second one begins its own time when the first one has its answer.
    const report = await bench.crashAndReport({ timing: { instanceMs: 60_000 } });
    await bench.until(async () => (await statusOf(bench, first.uuid)) === 'failed');
    assert.equal(await statusOf(bench, second), 'pending');
    const id = await idOf(bench);
    const commands = commandsOf(bench);
    assert.equal((await commands.retryInstance(id, first.uuid, ALICE)).kind, 'taken');
    assert.equal(await statusOf(bench, first.uuid), 'pending');
    bench.replicas[0]?.kill();
    bench.start({ timing: { instanceMs: 60_000 } });
    hasRoom(bench, 10);
    await bench.untilStatus(report, 'finished', 45_000);
    await bench.assertRecovered(report);
    const events = await bench.stores.incidents.readEvents(id);
    assert.ok(events.some(({ message }) => / is to be tried again, asked for by /.test(message)));
  });

  it('F6: of an ended incident leaves the other answers as they are', async () => {
    const bench = await EngineBench.open(3);
    hasRoom(bench, 0);
    await bench.crashAndReport({ timing: { instanceMs: 60_000 } });
    await bench.untilState('partly_recovered', 300_000);
    const [first, second, third] = [...bench.nova.servers.keys()];
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    hasRoom(bench, 10);
    const id = await idOf(bench);
    const commands = commandsOf(bench);
    assert.equal((await commands.retryInstance(id, second, ALICE)).kind, 'taken');
    await bench.until(async () => (await bench.incident())?.closedAtMs === null);
    await bench.untilState('partly_recovered', 300_000);
    assert.deepEqual(
      await Promise.all([first, second, third].map((uuid) => statusOf(bench, uuid))),
      ['failed', 'succeeded', 'failed'],
    );
    assert.equal(bench.evacuateCallsOf(first) + bench.evacuateCallsOf(third), 0);
    assert.deepEqual(bench.nova.violations, []);
    const again = await refusalOf(commands.retryInstance(id, second, ALICE));
    assert.match(again, /was recovered on alive-/);
    const unknown = await refusalOf(commands.retryInstance(id, 'x' as InstanceUuid, ALICE));
    assert.match(unknown, /no instance x/);
  });

  it('ends the wait of one that has no answer yet', async () => {
    const bench = await EngineBench.open(1);
    hasRoom(bench, 0);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    const [only] = [...bench.nova.servers.keys()];
    assert.ok(only !== undefined);
    await bench.clock.advance(3_600_000);
    hasRoom(bench, 1);
    const taken = await commandsOf(bench).retryInstance(await idOf(bench), only, ALICE);
    assert.equal(taken.kind, 'taken');
    await bench.untilStatus(report, 'finished', 60_000);
  });
});
