/** Owners are kept off what waits on a dead host, and get it back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import type { InstanceUuid, RunId } from '@medevac/kernel';
import { afterStep, EngineBench } from './engine-bench.ts';

const MINUTE_MS = 60_000;

function setRoom(bench: EngineBench, room: number): void {
  bench.nova.host('alive-1').room = room;
  bench.nova.host('alive-2').room = 0;
}

const writesOf = (bench: EngineBench, what: 'lock' | 'unlock'): readonly string[] =>
  bench.nova.writes.filter((one) => one.startsWith(`${what} `));

const lockedNames = (bench: EngineBench): readonly string[] =>
  [...bench.nova.servers.values()].filter((one) => one.locked).map((one) => one.name);

async function reason(bench: EngineBench): Promise<string> {
  return `medevac ${(await bench.incident())?.id}`;
}

/** Nothing of ours is left in Nova, nor in the store. */
async function assertGivenBack(bench: EngineBench): Promise<void> {
  const ours = await reason(bench);
  const left = [...bench.nova.servers.values()].filter((one) => one.lockedReason === ours);
  assert.deepEqual(left, []);
  assert.deepEqual(await bench.stores.instanceLocks.listDue(10), []);
}

/** A host whose instances all wait for room, each of them locked unless somebody else has. */
async function whileAllWait(instances: number): Promise<EngineBench> {
  const bench = await EngineBench.open(instances);
  setRoom(bench, 0);
  return bench;
}

async function untilLocked(bench: EngineBench, count: number): Promise<void> {
  await bench.until(() => lockedNames(bench).length === count, 5 * MINUTE_MS, 100);
}

describe('locks of instances on a dead host', () => {
  it('are put with the incident as their reason while an instance waits for room, then lifted', async () => {
    const bench = await whileAllWait(3);
    const report = await bench.crashAndReport();
    await untilLocked(bench, 3);
    const ours = await reason(bench);
    const servers = [...bench.nova.servers.values()];
    assert.deepEqual(
      servers.map((one) => one.lockedReason),
      [ours, ours, ours],
    );
    const forcedDown = bench.nova.writes.findIndex((one) => one.includes('"forcedDown":true'));
    const first = bench.nova.writes.findIndex((one) => one.startsWith('lock '));
    assert.ok(forcedDown >= 0 && forcedDown < first, 'only behind the force-down');
    setRoom(bench, 3);
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.until(() => lockedNames(bench).length === 0, MINUTE_MS);
    await bench.assertRecovered(report);
    await assertGivenBack(bench);
    assert.equal(writesOf(bench, 'unlock').length, 3);
  });

  it('are not put on instances that are evacuated at once: their task keeps owners off', async () => {
    const bench = await EngineBench.open(20);
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(
      bench.nova.writes.filter((one) => one.includes('lock ')),
      [],
    );
  });

  it('are put on an instance whose turn has not come, and lifted with its own answer', async () => {
    const bench = await EngineBench.open(1);
    const first = [...bench.nova.servers.values()][0];
    assert.ok(first !== undefined);
    const after = bench.nova.addServer('dead', { metadata: { 'medevac:after': first.uuid } });
    const report = await bench.crashAndReport();
    await untilLocked(bench, 1);
    assert.equal(bench.nova.server(after).lockedReason, await reason(bench));
    await bench.untilStatus(report, 'finished');
    await bench.clock.advance(10_000);
    await bench.assertRecovered(report);
    await assertGivenBack(bench);
  });

  it('are put on the last in line first, at a slow pace', async () => {
    const pace = { ...DEFAULT_PACE_RULES, openPerCloud: 40 };
    const count = pace.openPerCloud + 8;
    const bench = await EngineBench.open(count, { bootMs: 20_000 });
    const report = await bench.crashAndReport({ settings: { pace } });
    await untilLocked(bench, 2);
    assert.deepEqual(lockedNames(bench), [`vm-${count - 1}`, `vm-${count}`]);
    await bench.untilStatus(report, 'finished');
    await bench.clock.advance(10_000);
    await bench.assertRecovered(report);
    await assertGivenBack(bench);
    const placed = writesOf(bench, 'lock').length;
    assert.ok(placed >= 2 && placed <= 12, `${placed} locks`);
    assert.equal(writesOf(bench, 'unlock').length, placed);
  });

  it('are lifted when the host turns out to live', async () => {
    const bench = await whileAllWait(2);
    await bench.crashAndReport();
    await untilLocked(bench, 2);
    bench.nova.revive('dead');
    await bench.untilState('held', 5 * MINUTE_MS);
    await bench.until(() => lockedNames(bench).length === 0, MINUTE_MS);
    await assertGivenBack(bench);
  });

  it('are lifted when the recovery is cancelled', async () => {
    const bench = await whileAllWait(2);
    await bench.crashAndReport();
    await untilLocked(bench, 2);
    const run = `host-failure/${(await bench.incident())?.id}` as RunId;
    assert.equal(await bench.stores.journal.requestCancel(run, 'by hand'), true);
    await bench.untilState('cancelled', MINUTE_MS);
    await bench.until(() => lockedNames(bench).length === 0, MINUTE_MS);
    await assertGivenBack(bench);
  });
});

describe('a lock that somebody else has put', () => {
  it('before the failure stays as it is, with its reason', async () => {
    const bench = await whileAllWait(1);
    const own = { locked: true, lockedReason: 'mine' };
    const kept = bench.nova.addServer('dead', own);
    const bare = bench.nova.addServer('dead', { locked: true });
    const report = await bench.crashAndReport();
    await untilLocked(bench, 3);
    setRoom(bench, 3);
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.clock.advance(MINUTE_MS);
    const lockOf = (uuid: InstanceUuid) => {
      const { locked, lockedReason } = bench.nova.server(uuid);
      return { locked, lockedReason };
    };
    assert.deepEqual(lockOf(kept), own);
    assert.deepEqual(lockOf(bare), { locked: true, lockedReason: null });
    assert.deepEqual(writesOf(bench, 'lock'), ['lock vm-1']);
    assert.deepEqual(writesOf(bench, 'unlock'), ['unlock vm-1']);
    const before = (await bench.vmoves()).toSorted((a, b) => a.id - b.id);
    assert.deepEqual(
      before.map((one) => one.before.locked),
      [false, true, true],
    );
  });

  it('in place of ours stays, and is not undone', async () => {
    const bench = await whileAllWait(1);
    const report = await bench.crashAndReport();
    await untilLocked(bench, 1);
    const [server] = bench.nova.servers.values();
    assert.ok(server !== undefined);
    server.lockedReason = 'an audit';
    setRoom(bench, 1);
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.clock.advance(MINUTE_MS);
    assert.equal(server.lockedReason, 'an audit');
    assert.deepEqual(writesOf(bench, 'unlock'), []);
    assert.deepEqual(await bench.stores.instanceLocks.listDue(10), []);
  });

  it('is not put back when an operator has taken ours away, also by a successor', async () => {
    const bench = await whileAllWait(1);
    await bench.crashAndReport();
    await untilLocked(bench, 1);
    const [server] = bench.nova.servers.values();
    assert.ok(server !== undefined);
    Object.assign(server, { locked: false, lockedReason: null });
    await bench.clock.advance(5 * MINUTE_MS);
    bench.replicas[0]?.kill();
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    assert.equal((await bench.incident())?.state, 'waiting_capacity');
    assert.deepEqual([server.locked, writesOf(bench, 'lock').length], [false, 1]);
  });
});

describe('a lock that fails', () => {
  it('holds no evacuation up, is noted once, and is tried again while the instance waits', async () => {
    const bench = await whileAllWait(3);
    bench.nova.faults.fail('lock', '500', 4);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 5 * MINUTE_MS);
    await untilLocked(bench, 3);
    const incident = await bench.incident();
    assert.ok(incident !== undefined);
    const notes = (await bench.stores.incidents.readEvents(incident.id)).filter((one) =>
      one.message.includes('is not locked for its owner'),
    );
    assert.equal(notes.length, 1);
    setRoom(bench, 3);
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.assertRecovered(report);
    await bench.until(() => lockedNames(bench).length === 0, 5 * MINUTE_MS);
    await bench.clock.advance(5 * MINUTE_MS);
    await assertGivenBack(bench);
  });

  it('and lands late, behind the recovery, is found and lifted', async () => {
    const bench = await whileAllWait(1);
    bench.nova.faults.fail('lock', 'late', 1);
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 5 * MINUTE_MS);
    await bench.clock.advance(1_000);
    setRoom(bench, 1);
    // The call is carried out 15 s after it was sent.
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.clock.advance(5 * MINUTE_MS);
    assert.equal(writesOf(bench, 'lock').length, 1);
    assert.equal(writesOf(bench, 'unlock').length, 1);
    assert.deepEqual(lockedNames(bench), []);
    await assertGivenBack(bench);
  });

  it('to be lifted is tried until it is', async () => {
    const bench = await whileAllWait(1);
    const report = await bench.crashAndReport();
    await untilLocked(bench, 1);
    for (const kind of ['500', 'before', 'after', 'hang'] as const) {
      bench.nova.faults.fail('unlock', kind, 2);
    }
    setRoom(bench, 1);
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.until(() => lockedNames(bench).length === 0, 30 * MINUTE_MS);
    await bench.clock.advance(30 * MINUTE_MS);
    await assertGivenBack(bench);
  });
});

describe('D1: a replica that dies with locks in its hands', () => {
  for (const state of ['attempting', 'done'] as const) {
    it(`leaves nothing locked when it dies with a lock that is ${state}`, async () => {
      const bench = await whileAllWait(2);
      const [first] = bench.nova.servers.values();
      assert.ok(first !== undefined);
      const report = await bench.crashAndReport();
      const path = `evacuate-1/${first.uuid}/lock-1`;
      afterStep(bench, path, () => bench.replicas[0]?.kill(), state);
      await bench.clock.advance(30_000);
      setRoom(bench, 2);
      bench.start();
      await bench.untilStatus(report, 'finished', 10 * MINUTE_MS);
      await bench.clock.advance(5 * MINUTE_MS);
      await bench.assertRecovered(report);
      assert.deepEqual(lockedNames(bench), []);
      await assertGivenBack(bench);
    });
  }

  it('and while it lifts one is followed by another that does', async () => {
    const bench = await whileAllWait(1);
    const report = await bench.crashAndReport();
    await untilLocked(bench, 1);
    afterStep(bench, 'lift', () => bench.replicas[0]?.kill(), 'attempting');
    setRoom(bench, 1);
    await bench.untilStatus(report, 'finished', 5 * MINUTE_MS);
    await bench.clock.advance(5_000);
    bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    assert.deepEqual(lockedNames(bench), []);
    await assertGivenBack(bench);
  });
});
