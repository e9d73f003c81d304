/** A replica that is killed in the second round of a recovery: the next one goes on from there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineBench } from './engine-bench.ts';

const setEnabled = async ({ stores, segmentUuid, clock }: EngineBench, enabled: boolean) => {
  const answer = await stores.segments.updateSegment(segmentUuid, { enabled }, clock.wallMs());
  assert.equal(answer.kind, 'changed');
};

const setRoom = (bench: EngineBench, room: number) => {
  for (const name of ['alive-1', 'alive-2']) bench.nova.host(name).room = room;
};

/** An incident whose first round, without room, was ended by an operator. */
async function heldAfterFirstRound(bootMs?: number): Promise<EngineBench> {
  const bench = await EngineBench.open(4, bootMs === undefined ? {} : { bootMs });
  setRoom(bench, 0);
  await bench.crashAndReport();
  await bench.untilState('waiting_capacity', 120_000);
  await setEnabled(bench, false);
  await bench.untilState('held', 600_000);
  await bench.clock.advance(5_000);
  return bench;
}

interface Afterwards {
  /** States of the incident, as they follow each other. */
  readonly states: string[];
  readonly paths: Set<string>;
}

/** Kills the replica and starts the next one, which shows what it does from then on. */
async function restart(bench: EngineBench): Promise<Afterwards> {
  bench.replicas.at(-1)?.kill();
  await bench.clock.advance(1_000);
  const state = (await bench.incident())?.state;
  const seen: Afterwards = { states: [state ?? ''], paths: new Set() };
  const { incidents, journal } = bench.stores;
  const move = incidents.move.bind(incidents);
  incidents.move = async (tenure, id, to) => {
    if (seen.states.at(-1) !== to.to) seen.states.push(to.to);
    return await move(tenure, id, to);
  };
  const write = journal.writeStep.bind(journal);
  journal.writeStep = async (tenure, step) => {
    seen.paths.add(step.path);
    return await write(tenure, step);
  };
  bench.start({ isSoleProcess: true });
  return seen;
}

async function assertEnded(bench: EngineBench, { paths }: Afterwards): Promise<void> {
  await bench.untilState('recovered', 1_200_000);
  const again = [...paths].filter((path) => /^[a-z-]+-1(\/|$)/.test(path));
  assert.deepEqual(again, [], 'nothing of the first round again');
  assert.equal(bench.forceDowns.length, 1);
  assert.deepEqual(bench.nova.violations, []);
  assert.equal(bench.nova.starts.length, 4);
  assert.ok((await bench.vmoves()).every((one) => one.status === 'succeeded'));
}

describe('a replica that is killed in a later round', () => {
  it('while the incident is held leaves it held, and the next one goes on when it may', async () => {
    const bench = await heldAfterFirstRound();
    const seen = await restart(bench);
    await bench.clock.advance(120_000);
    assert.deepEqual(seen.states, ['held']);
    assert.equal((await bench.incident())?.guard, 'segment_disabled');
    setRoom(bench, 100);
    await setEnabled(bench, true);
    await assertEnded(bench, seen);
    assert.equal(seen.states.slice(0, 4).join(), 'held,fencing,planning,evacuating');
    assert.equal(seen.states.lastIndexOf('held'), 0);
  });

  it('while it plans shows it as planning, and then as evacuating', async () => {
    const bench = await heldAfterFirstRound();
    setRoom(bench, 100);
    const list = bench.nova.listServers.bind(bench.nova);
    bench.nova.listServers = async (query, call) => {
      await bench.clock.sleep(30_000, call.signal);
      return await list(query, call);
    };
    await setEnabled(bench, true);
    await bench.untilState('planning', 60_000);
    bench.nova.listServers = list;
    const seen = await restart(bench);
    await assertEnded(bench, seen);
    assert.equal(seen.states.slice(0, 2).join(), 'planning,evacuating');
    assert.ok(!seen.states.includes('held'));
  });

  it('while it evacuates shows it as evacuating until the end', async () => {
    const bench = await heldAfterFirstRound(60_000);
    setRoom(bench, 100);
    await setEnabled(bench, true);
    await bench.untilState('evacuating', 60_000);
    await bench.clock.advance(10_000);
    const seen = await restart(bench);
    await assertEnded(bench, seen);
    assert.deepEqual(seen.states, ['evacuating', 'recovered']);
  });

  it('while it waits for room shows it as waiting until room appears', async () => {
    const bench = await heldAfterFirstRound();
    await setEnabled(bench, true);
    await bench.untilState('waiting_capacity', 600_000);
    const seen = await restart(bench);
    await bench.clock.advance(2_000);
    assert.deepEqual(seen.states, ['waiting_capacity']);
    setRoom(bench, 100);
    await assertEnded(bench, seen);
    assert.deepEqual(seen.states, ['waiting_capacity', 'evacuating', 'recovered']);
  });

  it('after a contradiction holds it too, and a newer report lets the next one go on', async () => {
    const bench = await EngineBench.open(4);
    setRoom(bench, 0);
    await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 120_000);
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held', 600_000);
    await bench.clock.advance(30_000);
    bench.nova.crash('dead');
    await bench.report();
    await bench.untilState('waiting_capacity', 900_000);
    const seen = await restart(bench);
    await bench.clock.advance(2_000);
    assert.deepEqual(seen.states, ['waiting_capacity']);
    setRoom(bench, 100);
    await assertEnded(bench, seen);
  });
});
