/** A pause of a running incident: nothing begins while it stands, and it costs no time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FenceDevice } from '@medevac/fencing';
import { type IncidentId, silentLog } from '@medevac/kernel';
import { IncidentCommands, type IncidentOrder, IncidentSteering } from '../src/index.ts';
import { afterStep, EngineBench, LEASE_MS } from './engine-bench.ts';

const ALICE: IncidentOrder = { by: 'alice/ops', note: 'rack work' };

const steeringOf = ({ stores, clock }: EngineBench): IncidentSteering =>
  new IncidentSteering({ stores, clock, log: silentLog });
const commandsOf = ({ stores, clock }: EngineBench): IncidentCommands =>
  new IncidentCommands({ stores, clock, log: silentLog });

async function idOf(bench: EngineBench): Promise<IncidentId> {
  const incident = await bench.incident();
  assert.ok(incident !== undefined);
  return incident.id;
}

async function pause(bench: EngineBench): Promise<void> {
  const taken = await steeringOf(bench).pause(await idOf(bench), ALICE);
  assert.equal(taken.kind, 'taken');
}

async function resume(bench: EngineBench): Promise<void> {
  const taken = await steeringOf(bench).resume(await idOf(bench), ALICE);
  assert.equal(taken.kind, 'taken');
}

async function refusalOf(answer: Promise<{ readonly kind: string }>): Promise<string> {
  const result = await answer;
  assert.ok(result.kind === 'refused' && 'reason' in result, result.kind);
  return String(result.reason);
}

/** From now on nothing is written, however long; then it is resumed and goes to its end. */
async function assertStandsStill(bench: EngineBench, shown = 'paused'): Promise<void> {
  const writes = [...bench.nova.writes];
  await bench.untilState(shown, 60_000);
  const incident = await bench.incident();
  assert.equal(incident?.guard, 'paused');
  assert.match(incident?.reason ?? '', /paused by alice\/ops \(rack work\); resume it/);
  // Longer than the time of an instance and of a held report.
  await bench.clock.advance(400_000);
  assert.deepEqual(bench.nova.writes, writes, 'nothing is begun');
  assert.equal((await bench.incident())?.state, shown);
  await resume(bench);
  await bench.untilState('recovered');
}

const SHORT = { timing: { instanceMs: 300_000, heldMs: 300_000 } };

describe('F6: a paused incident', () => {
  it('is held by the guard when it is paused before the verdict', async () => {
    const bench = await EngineBench.open(3);
    const report = await bench.crashAndReport(SHORT);
    await bench.untilState('suspected');
    await pause(bench);
    await assertStandsStill(bench, 'held');
    await bench.assertRecovered(report);
  });

  for (const path of ['verdict-1', 'fence-1', 'plan-1', 'force-down-1', 'return-1']) {
    it(`begins nothing when it is paused behind ${path}`, async () => {
      const bench = await EngineBench.open(3);
      afterStep(bench, path, () => pause(bench));
      const report = await bench.crashAndReport(SHORT);
      await bench.until(async () => ((await bench.incident())?.paused ?? null) !== null);
      await assertStandsStill(bench, path === 'verdict-1' ? 'held' : 'paused');
      await bench.assertRecovered(report);
      const steps = (await bench.stores.incidents.readEvents(await idOf(bench)))
        .filter(({ step }) => step === 'OperatorCommandTask')
        .map(({ message }) => message);
      assert.deepEqual(steps, [
        'paused by alice/ops: rack work',
        'resumed by alice/ops: rack work',
      ]);
    });
  }

  it('commands no power switch while it is paused', async () => {
    const bench = await EngineBench.open(2);
    const commands: number[] = [];
    let works = false;
    const device: FenceDevice = {
      name: 'switch',
      fence: async (target) => {
        await target.command(async () => void commands.push(bench.clock.monotonicMs()));
        const { evidenceId, by } = target.report;
        return works
          ? {
              kind: 'confirmed',
              confirmation: { kind: 'off', basis: 'trusted_report', by, evidenceId },
            }
          : { kind: 'failed', reason: 'no answer' };
      },
    };
    const report = await bench.crashAndReport({ fenceDevices: [device] });
    await bench.untilState('fence_failed');
    await bench.until(() => commands.length > 1);
    await pause(bench);
    const before = commands.length;
    await bench.untilState('paused', 60_000);
    await bench.clock.advance(3_600_000);
    assert.equal(commands.length, before);
    works = true;
    await resume(bench);
    await bench.untilState('recovered');
    await bench.assertRecovered(report);
  });

  it('follows what is under way to its answer, and begins nothing else', async () => {
    const bench = await EngineBench.open(100);
    const report = await bench.crashAndReport(SHORT);
    const calls = () => bench.nova.writes.filter((one) => one.startsWith('evacuate')).length;
    await bench.until(() => calls() >= 40, 60_000, 50);
    await pause(bench);
    // A call whose last look was before the pause may be on its way.
    await bench.clock.advance(50);
    const sent = calls();
    await bench.untilState('paused', 60_000);
    await bench.clock.advance(60_000);
    assert.equal(calls(), sent);
    const answered = (await bench.vmoves()).filter(({ status }) => status === 'succeeded').length;
    assert.equal(answered, sent, 'what was begun has its answer while it is paused');
    assert.ok(sent < 100);
    await bench.clock.advance(3_600_000);
    await resume(bench);
    await bench.untilState('recovered');
    await bench.assertRecovered(report);
  });

  it('goes on at once after a resume, whatever hangs in Nova', async () => {
    const bench = await EngineBench.open(6, { bootMs: 1_200_000 });
    bench.nova.host('alive-1').room = 2;
    bench.nova.host('alive-2').room = 0;
    const report = await bench.crashAndReport();
    const calls = () => bench.nova.writes.filter((one) => one.startsWith('evacuate')).length;
    await bench.until(() => calls() >= 2, 60_000, 50);
    await pause(bench);
    await bench.untilState('paused', 60_000);
    const begun = calls();
    bench.nova.host('alive-2').room = 10;
    await resume(bench);
    await bench.until(() => calls() >= begun + 4, 120_000);
    assert.equal((await bench.vmoves()).filter(({ endAtMs }) => endAtMs !== null).length, 0);
    await bench.untilState('recovered', 3_000_000);
    await bench.assertRecovered(report);
  });

  it('does not act on an old confirmation: a host that lived meanwhile is left alone', async () => {
    const bench = await EngineBench.open(2);
    afterStep(bench, 'plan-1', () => pause(bench));
    await bench.crashAndReport({ timing: { contradictionMs: 60_000 } });
    await bench.untilState('paused');
    bench.nova.revive('dead');
    await bench.clock.advance(120_000);
    await resume(bench);
    await bench.until(async () => ((await bench.incident())?.closedAtMs ?? null) !== null);
    assert.match((await bench.incident())?.reason ?? '', /has reported to Nova since/);
    assert.deepEqual(bench.forceDowns, []);
  });

  it('stays paused when another replica takes it over, and when it was opened again', async () => {
    const bench = await EngineBench.open(3);
    afterStep(bench, 'force-down-1', () => pause(bench));
    await bench.crashAndReport(SHORT);
    await bench.untilState('paused');
    const writes = [...bench.nova.writes];
    bench.replicas[0]?.kill();
    bench.start(SHORT);
    await bench.clock.advance(10 * LEASE_MS);
    assert.equal((await bench.incident())?.state, 'paused');
    const id = await idOf(bench);
    const commands = commandsOf(bench);
    assert.match(await refusalOf(commands.retry(id, ALICE)), /paused by alice\/ops; resume it/);
    assert.equal((await commands.cancel(id, ALICE)).kind, 'taken');
    await bench.untilState('cancelled', 60_000);
    assert.equal((await commands.retry(id, ALICE)).kind, 'taken');
    await bench.untilState('held', 60_000);
    await bench.clock.advance(60_000);
    assert.equal((await bench.incident())?.guard, 'paused');
    assert.deepEqual(bench.nova.writes, writes);
    await resume(bench);
    await bench.untilState('recovered');
  });

  it('ends when nobody resumes it for a week, and says what was not done', async () => {
    const bench = await EngineBench.open(1);
    const report = await bench.crashAndReport({ timing: { pausedMs: 600_000 } });
    await bench.untilState('suspected');
    await pause(bench);
    await bench.untilState('partly_recovered', 700_000);
    const { message } = await bench.notification(report);
    assert.match(message ?? '', /paused by alice\/ops .*nobody resumed it/);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('D2: is paused and resumed once only, with a reason that says what to do', async () => {
    const bench = await EngineBench.open(1);
    await bench.crashAndReport();
    await bench.untilState('suspected');
    const steering = steeringOf(bench);
    const id = await idOf(bench);
    assert.match(await refusalOf(steering.resume(id, ALICE)), /not paused/);
    await pause(bench);
    assert.match(await refusalOf(steering.pause(id, ALICE)), /paused by alice\/ops already/);
    await resume(bench);
    await bench.untilState('recovered');
    assert.match(await refusalOf(steering.pause(id, ALICE)), /recovered already/);
    assert.equal((await steering.pause('x' as IncidentId, ALICE)).kind, 'missing');
  });
});
