/** F2: what was evacuated goes back to its repaired host, where the settings say so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_RETURN_RULES, type ReturnRules } from '@medevac/core';
import { afterStep, EngineBench, type ReplicaOptions } from './engine-bench.ts';

const optionsOf = (change: Partial<ReturnRules> = {}): ReplicaOptions => ({
  settings: {
    returns: { ...DEFAULT_RETURN_RULES, policy: 'automatic', movesBack: true, ...change },
  },
});

const returnOf = async (bench: EngineBench) => {
  const [first] = (await bench.reports()).toReversed();
  assert.ok(first?.incidentId);
  const record = await bench.stores.returns.read(first.incidentId);
  assert.ok(record !== undefined);
  return record;
};
const untilReturn = (bench: EngineBench, state: string, limitMs = 7_200_000) =>
  bench.until(async () => (await returnOf(bench)).state === state, limitMs, 1_000);
const lines = async (bench: EngineBench) =>
  (await bench.stores.returns.readEvents((await returnOf(bench)).incidentId)).map(({ message }) =>
    message.replace(/ \(.*\):/, ':'),
  );
const liveMoves = (bench: EngineBench) => bench.nova.writes.filter((one) => one.startsWith('live'));

/** Recovered, repaired, and in service again, with its watch not over. */
async function watched(instances: number, options = optionsOf()): Promise<EngineBench> {
  const bench = await EngineBench.open(instances);
  const report = await bench.crashAndReport(options);
  await bench.untilStatus(report, 'finished');
  bench.nova.revive('dead', 1_000);
  await untilReturn(bench, 'watching');
  return bench;
}

test('F2: nothing is moved back unless the settings say so', async () => {
  const bench = await watched(2, optionsOf({ movesBack: false }));
  await untilReturn(bench, 'returned');
  await bench.clock.advance(3_600_000);
  assert.deepEqual(liveMoves(bench), []);
});

test('F2: evacuated instances are migrated back live, one after the other, with a pause', async () => {
  const bench = await watched(3);
  assert.deepEqual(liveMoves(bench), [], 'not before the watch is over');
  await untilReturn(bench, 'moving_back');
  await untilReturn(bench, 'returned');
  for (const server of bench.nova.servers.values()) assert.equal(server.host, 'dead');
  assert.equal(liveMoves(bench).length, 3);
  const begun = bench.nova.migrations
    .filter((one) => one.type === 'live-migration')
    .map((one) => Date.parse(one.createdAt));
  const { moveBackPauseMs } = DEFAULT_RETURN_RULES;
  for (const [index, atMs] of begun.slice(1).entries()) {
    assert.ok(atMs - (begun[index] ?? 0) >= moveBackPauseMs, 'paced');
  }
  assert.deepEqual(
    await lines(bench),
    [1, 2, 3].map((n) => `vm-${n}: moved back`),
  );
  assert.match((await returnOf(bench)).message ?? '', /3 of 3 instances are back on dead/);
  assert.deepEqual(bench.nova.violations, []);
});

test('what was moved since, does not run, or is busy stays where it is', async () => {
  const bench = await watched(4);
  const { nova } = bench;
  const [moved, stopped, busy, away] = [...nova.servers.values()];
  assert.ok(moved && stopped && busy && away);
  // Away and back again by somebody: where it is now is where it was wanted.
  const sourceHost = moved.host;
  const known = { instanceUuid: moved.uuid, type: 'live-migration', status: 'completed' };
  nova.addMigration({ ...known, sourceHost, destHost: nova.host('alive-2').name });
  Object.assign(nova.server(stopped.uuid), { vmState: 'stopped', powerState: 4 });
  const elsewhere = away.host === 'alive-1' ? 'alive-2' : 'alive-1';
  Object.assign(nova.server(away.uuid), { host: elsewhere });
  await untilReturn(bench, 'moving_back');
  Object.assign(nova.server(busy.uuid), { taskState: 'image_snapshot' });
  await bench.clock.advance(60_000);
  Object.assign(nova.server(busy.uuid), { taskState: null });
  await untilReturn(bench, 'returned');
  assert.deepEqual(liveMoves(bench), ['live vm-3 to dead']);
  const told = (await lines(bench)).toSorted();
  assert.match(told[0] ?? '', /vm-1: left where it is: it was moved on: its live-migration/);
  assert.match(told[1] ?? '', /vm-2: left where it is: it does not run: it is stopped/);
  assert.match(told[2] ?? '', /vm-3: moved back/);
  assert.match(told[3] ?? '', /vm-4: left where it is: it was moved on, to alive-/);
});

test('what Nova refuses stays where it is, and is told', async () => {
  const bench = await watched(1);
  bench.nova.host('dead').failingClaims = 1;
  await untilReturn(bench, 'returned');
  assert.deepEqual(await lines(bench), ['vm-1: not moved back: its live-migration ended as error']);
  assert.match((await returnOf(bench)).message ?? '', /0 of 1 instances are back/);
});

test('a failure of the host ends it for good, and is recovered as any other', async () => {
  const bench = await watched(3);
  await bench.until(() => liveMoves(bench).length === 1, 3_600_000);
  await bench.until(() => [...bench.nova.servers.values()].every((one) => one.taskState === null));
  bench.nova.crash('dead');
  await bench.clock.advance(2_000);
  const again = await bench.report();
  await bench.untilStatus(again, 'finished');
  assert.equal((await returnOf(bench)).state, 'cancelled');
  await bench.clock.advance(3_600_000);
  assert.equal(liveMoves(bench).length, 1);
  for (const server of bench.nova.servers.values()) assert.notEqual(server.host, 'dead');
  assert.deepEqual(bench.nova.violations, []);
});

test('nothing is moved back while another incident of the segment is open', async () => {
  const bench = await watched(2);
  const segmentUuid = bench.segmentUuid;
  await untilReturn(bench, 'moving_back');
  const open = bench.stores.incidents.listOpen.bind(bench.stores.incidents);
  const before = liveMoves(bench).length;
  const another = { segmentUuid, hostName: 'alive-2', state: 'waiting_capacity' };
  bench.stores.incidents.listOpen = async () => [another] as unknown as ReturnType<typeof open>;
  await bench.clock.advance(600_000);
  assert.ok(liveMoves(bench).length <= before + 1);
  assert.equal((await returnOf(bench)).state, 'moving_back');
  bench.stores.incidents.listOpen = open;
  await untilReturn(bench, 'returned');
  assert.equal(liveMoves(bench).length, 2);
});

test('a host that is drained meanwhile gets nothing back', async () => {
  const bench = await watched(3);
  await bench.until(() => liveMoves(bench).length === 1, 3_600_000);
  const drain = {
    ...{ id: 'drain' as never, hostUuid: bench.hostUuid(0), hostName: 'dead' as never },
    ...{ segmentUuid: bench.segmentUuid, parallel: 2, deadlineMs: 7_200_000 },
    ...{ askedBy: 'operator', note: null, openedAtMs: bench.clock.wallMs() },
  };
  assert.equal((await bench.stores.drains.open(drain)).kind, 'opened');
  await untilReturn(bench, 'returned');
  await bench.until(
    async () => (await bench.stores.drains.read(drain.id))?.state === 'drained',
    3_600_000,
  );
  const toDead = liveMoves(bench).filter((one) => one.endsWith('to dead'));
  assert.equal(toDead.length, 1);
  for (const server of bench.nova.servers.values()) assert.notEqual(server.host, 'dead');
});

for (const state of ['attempting', 'done']) {
  test(`a replica that dies with a move ${state} moves nothing back twice`, async () => {
    const bench = await watched(2);
    const [first] = bench.nova.servers.keys();
    const [replica] = bench.replicas;
    afterStep(bench, `move-back/${first}/move`, () => replica?.kill(), state);
    await untilReturn(bench, 'moving_back');
    await bench.clock.advance(60_000);
    bench.start(optionsOf());
    await untilReturn(bench, 'returned');
    assert.equal(liveMoves(bench).length, 2);
    assert.deepEqual(await lines(bench), ['vm-1: moved back', 'vm-2: moved back']);
    assert.deepEqual(bench.nova.violations, []);
  });
}
