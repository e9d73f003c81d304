/** What operators may ask of an incident: its end, another try, and to be known as seen to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import { type IncidentId, silentLog } from '@medevac/kernel';
import { IncidentCommands, type IncidentOrder } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';

/** Less than is asked for, so that some wait. */
const PACE = { ...DEFAULT_PACE_RULES, openPerCloud: 40 };
const ALICE: IncidentOrder = { by: 'alice/ops', note: 'we have found the fan' };

const commandsOf = ({ stores, clock }: EngineBench): IncidentCommands =>
  new IncidentCommands({ stores, clock, log: silentLog });

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

const evacuateCalls = (bench: EngineBench): number =>
  bench.nova.writes.filter((one) => one.startsWith('evacuate')).length;

/** A recovery that gives its instances up after a while, because no host has room. */
async function giveUp(instances: number): Promise<EngineBench> {
  const bench = await EngineBench.open(instances);
  for (const host of ['alive-1', 'alive-2']) bench.nova.host(host).room = 0;
  await bench.crashAndReport({ timing: { instanceMs: 60_000 } });
  await bench.untilState('partly_recovered', 300_000);
  return bench;
}

function makeRoom(bench: EngineBench): void {
  for (const host of ['alive-1', 'alive-2']) bench.nova.host(host).room = 100;
}

/** Every instance runs elsewhere, once, and nothing was hurt on the way. */
function assertEachOnce(bench: EngineBench): void {
  assert.deepEqual(bench.nova.violations, []);
  for (const server of bench.nova.servers.values()) {
    assert.notEqual(server.host, 'dead', server.name);
    const starts = bench.nova.starts.filter((one) => one.startsWith(`${server.name}@`));
    assert.equal(starts.length, 1, server.name);
  }
}

describe('a cancelled incident', () => {
  it('makes no further call, says who asked and why, and keeps the way back', async () => {
    const bench = await EngineBench.open(100);
    const report = await bench.crashAndReport({ settings: { pace: PACE } });
    await bench.until(() => evacuateCalls(bench) >= 40, 60_000, 50);
    const commands = commandsOf(bench);
    const id = await idOf(bench);
    assert.equal((await commands.cancel(id, ALICE)).kind, 'taken');
    const asked = 'asked for by alice/ops: we have found the fan';
    assert.equal(await commands.cancelAsked((await bench.incident())!), asked);
    await bench.untilState('cancelled', 10_000);
    const calls = evacuateCalls(bench);
    assert.equal((await bench.notification(report)).message, `cancelled: ${asked}`);
    assert.equal(await commands.cancelAsked((await bench.incident())!), null);
    await bench.clock.advance(600_000);
    assert.equal(evacuateCalls(bench), calls);
    assert.ok(calls < 100);
    assert.match(await refusalOf(commands.cancel(id, ALICE)), /cancelled already/);
    bench.nova.revive('dead');
    await bench.until(() => !bench.nova.host('dead').forcedDown, 300_000);
  });

  it('D3: is gone on with by a retry, without touching what has arrived meanwhile', async () => {
    const bench = await EngineBench.open(100);
    const report = await bench.crashAndReport({ settings: { pace: PACE } });
    await bench.until(() => evacuateCalls(bench) >= 40, 60_000, 50);
    const commands = commandsOf(bench);
    const id = await idOf(bench);
    await commands.cancel(id, ALICE);
    await bench.untilState('cancelled', 10_000);
    await bench.clock.advance(120_000);
    assert.equal((await commands.retry(id, ALICE)).kind, 'taken');
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(evacuateCalls(bench), 100, 'no instance was asked for twice');
  });

  it('whose run was never made gets one that ends it', async () => {
    const bench = await EngineBench.open(3);
    const { journal } = bench.stores;
    const create = journal.createRun.bind(journal);
    journal.createRun = () => Promise.reject(new Error('the replica has just died'));
    const report = await bench.crashAndReport();
    await bench.clock.advance(2_000);
    journal.createRun = create;
    bench.replicas[0]?.kill();
    assert.equal((await commandsOf(bench).cancel(await idOf(bench), ALICE)).kind, 'taken');
    bench.start();
    await bench.untilStatus(report, 'ignored', 60_000);
    assert.deepEqual(bench.nova.writes, []);
  });
});

describe('an incident that is tried again', () => {
  it('after instances were given up brings them back, and the host its way back', async () => {
    const bench = await giveUp(5);
    const [report] = await bench.reports();
    assert.equal(report?.status, 'failed');
    makeRoom(bench);
    const taken = await commandsOf(bench).retry(await idOf(bench), ALICE);
    assert.ok(taken.kind === 'taken');
    assert.deepEqual([taken.incident.state, taken.incident.retries], ['suspected', 1]);
    const askedMs = bench.clock.monotonicMs();
    await bench.untilState('recovered', 120_000);
    assert.ok(bench.clock.monotonicMs() - askedMs < 60_000, 'no pause for the failures before');
    assertEachOnce(bench);
    assert.equal(bench.forceDowns.length, 1);
    const [after] = await bench.reports();
    assert.deepEqual([after?.status, after?.uuid], ['finished', report?.uuid]);
    const evidence = await bench.evidence();
    assert.deepEqual(evidence.at(-1)?.observer, 'alice/ops');
    bench.nova.revive('dead');
    await bench.until(() => !bench.nova.host('dead').forcedDown, 300_000);
  });

  it('while it waits for room goes on at once', async () => {
    const bench = await EngineBench.open(2);
    for (const host of ['alive-1', 'alive-2']) bench.nova.host(host).room = 0;
    await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 120_000);
    // Long enough for the pauses to have grown.
    await bench.clock.advance(3_600_000);
    await bench.untilState('waiting_capacity', 600_000);
    await bench.clock.advance(5_000);
    makeRoom(bench);
    const askedMs = bench.clock.monotonicMs();
    assert.equal((await commandsOf(bench).retry(await idOf(bench), ALICE)).kind, 'taken');
    await bench.untilState('recovered', 600_000);
    assert.ok(bench.clock.monotonicMs() - askedMs < 30_000, 'sooner than the pauses');
    assertEachOnce(bench);
  });

  it('changes nothing when the host lives', async () => {
    const bench = await EngineBench.open(3);
    bench.start({ timing: { contradictionMs: 30_000 } });
    await bench.clock.advance(15_000);
    await bench.report();
    await bench.untilState('cancelled', 300_000);
    assert.equal((await commandsOf(bench).retry(await idOf(bench), ALICE)).kind, 'taken');
    await bench.untilState('held', 60_000);
    await bench.untilState('cancelled', 300_000);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('is taken up by another replica when the one that was asked has died', async () => {
    const bench = await giveUp(3);
    makeRoom(bench);
    bench.replicas[0]?.kill();
    const { journal } = bench.stores;
    const create = journal.createRun.bind(journal);
    journal.createRun = () => Promise.reject(new Error('died between incident and run'));
    await assert.rejects(commandsOf(bench).retry(await idOf(bench), ALICE));
    journal.createRun = create;
    bench.start();
    await bench.untilState('recovered', 300_000);
    assertEachOnce(bench);
  });

  it('twice at once has one run', async () => {
    const bench = await giveUp(3);
    makeRoom(bench);
    const commands = commandsOf(bench);
    const id = await idOf(bench);
    const answers = await Promise.all([1, 2, 3].map(() => commands.retry(id, ALICE)));
    assert.equal(answers.filter(({ kind }) => kind === 'taken').length, 1);
    await bench.untilState('recovered', 120_000);
    assertEachOnce(bench);
    assert.equal((await bench.incident())?.retries, 1);
  });

  it('is refused with the reason where there is nothing to try', async () => {
    const bench = await EngineBench.open(2);
    const report = await bench.crashAndReport();
    const commands = commandsOf(bench);
    await bench.untilState('suspected', 20_000);
    const id = await idOf(bench);
    assert.match(await refusalOf(commands.retry(id, ALICE)), /^it is suspected.*nothing to try/);
    await bench.untilStatus(report, 'finished');
    assert.match(await refusalOf(commands.retry(id, ALICE)), /none has failed/);
    assert.equal((await commands.retry('nobody' as IncidentId, ALICE)).kind, 'missing');
    assert.equal((await commands.cancel('nobody' as IncidentId, ALICE)).kind, 'missing');
    assert.equal((await commands.acknowledge('nobody' as IncidentId, ALICE)).kind, 'missing');
  });

  it('is refused when the host has come back since', async () => {
    const bench = await giveUp(2);
    bench.nova.revive('dead');
    await bench.until(() => !bench.nova.host('dead').forcedDown, 600_000);
    await bench.clock.advance(5_000);
    const answer = commandsOf(bench).retry(await idOf(bench), ALICE);
    assert.match(await refusalOf(answer), /come back since/);
  });
});

it('an acknowledgement keeps who was first and when', async () => {
  const bench = await EngineBench.open(1);
  await bench.crashAndReport();
  await bench.until(async () => (await bench.incident()) !== undefined, 10_000);
  const commands = commandsOf(bench);
  const id = await idOf(bench);
  const atMs = bench.clock.wallMs();
  await commands.acknowledge(id, ALICE);
  await bench.clock.advance(1_000);
  await commands.acknowledge(id, { by: 'bob', note: null });
  assert.deepEqual((await bench.incident())?.acknowledged, { ...ALICE, atMs });
});
