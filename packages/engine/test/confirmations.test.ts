/** What counts as proof that a host is off, and what ends a proof. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FencingHistoryEntry, HostHistory, ProofSet } from '@medevac/core';
import { type FencingHistory, powerDevice } from '@medevac/fencing';
import { silentLog } from '@medevac/kernel';
import { confirmFenced, EvidenceKind, IncidentCommands } from '../src/index.ts';
import { EngineBench, type ReplicaOptions } from './engine-bench.ts';
import { FakeFeed } from './fake-feeds.ts';

const HUMAN = { by: 'alice', reason: 'I pulled both plugs' };

async function openFeeds(...names: readonly string[]) {
  const bench = await EngineBench.open(3);
  const feeds = names.map((name) => new FakeFeed(name));
  const fenceDevices = feeds.map((feed) => powerDevice(feed, bench.clock));
  return { bench, feeds, fenceDevices };
}

/** Of the hosts that live. */
function setRoom(bench: EngineBench, room: number): void {
  for (const host of bench.nova.hosts.values()) if (host.isAlive) host.room = room;
}

/** Lets time pass until the answer is there. */
async function inTime<T>(bench: EngineBench, asked: Promise<T>): Promise<T> {
  let isDone = false;
  const answer = asked.finally(() => {
    isDone = true;
  });
  await bench.until(() => isDone, 10_000, 20);
  return await answer;
}

/** The word of a person, at the first replica. */
async function confirmByHand(bench: EngineBench) {
  const incident = await bench.incident();
  assert.ok(incident !== undefined);
  const engine = bench.replicas[0]?.engine;
  assert.ok(engine !== undefined);
  const silenceOf = engine.silenceOf.bind(engine);
  const { clock, stores } = bench;
  const parts = { stores, silenceOf, clock, log: silentLog };
  return await inTime(bench, confirmFenced(parts, incident.id, HUMAN));
}

/** A history that the test writes; `lostAtMs` by its own clock, which is nobody else's. */
class FakeHistory implements FencingHistory {
  readonly name = 'pacemaker';
  entries: FencingHistoryEntry[] = [];
  lostAtMs: number | null = 5_000;

  add(id: string, action: 'off' | 'reboot', completedAtMs: number): void {
    const status = 'success';
    const names = { delegate: 'controller-1', client: 'controld', target: 'dead' };
    this.entries.push({ id, action, status, completedAtMs, ...names });
  }

  async read(): Promise<HostHistory> {
    return { entries: this.entries, lostAtMs: this.lostAtMs, nodeFencedAtMs: null };
  }
}

describe('several devices', () => {
  const dual = {
    levels: [['feed-a', 'feed-b']],
    triesPerDevice: 2,
    levelMs: 180_000,
  };

  it('of one level must all confirm: half off is not off', async () => {
    const { bench, feeds, fenceDevices } = await openFeeds('feed-a', 'feed-b');
    const [, second] = feeds;
    assert.ok(second !== undefined);
    second.isStuck = true;
    const proof = { fencingPlanOf: () => dual };
    const report = await bench.crashAndReport({ fenceDevices, proof });
    await bench.untilState('fence_failed', 300_000);
    assert.match((await bench.incident())?.reason ?? '', /feed-b: its power still reads on/);
    assert.match((await bench.incident())?.reason ?? '', /feed-a confirmed, which is not enough/);
    assert.deepEqual(bench.nova.writes, []);
    assert.ok(second.offs >= dual.triesPerDevice, 'tried again before it is given up');
    second.isStuck = false;
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });

  it('of the next level are tried when the first gives no confirmation', async () => {
    const { bench, feeds, fenceDevices } = await openFeeds('bmc', 'pdu');
    const [bmc, pdu] = feeds;
    assert.ok(bmc !== undefined && pdu !== undefined);
    bmc.isSilent = true;
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilStatus(report, 'finished', 600_000);
    await bench.assertRecovered(report);
    assert.equal(pdu.offs, 1);
  });

  it('are not believed while another one reads on', async () => {
    const { bench, feeds, fenceDevices } = await openFeeds('bmc', 'pdu');
    const [bmc] = feeds;
    assert.ok(bmc !== undefined);
    bmc.isStuck = true;
    await bench.crashAndReport({ fenceDevices });
    await bench.untilState('fence_failed', 600_000);
    assert.match((await bench.incident())?.reason ?? '', /pdu confirmed, but bmc reads on/);
    assert.deepEqual(bench.nova.writes, []);
  });
});

describe("an operator's word", () => {
  const open = async () => {
    const bench = await EngineBench.open(3);
    const report = await bench.crashAndReport({ fenceDevices: [] });
    return { bench, report };
  };

  it('ends fence_failed at once, and is kept with identity and reason', async () => {
    const { bench, report } = await open();
    await bench.untilState('fence_failed');
    // Long enough for the pauses between two tries to be at their longest.
    await bench.clock.advance(600_000);
    assert.equal((await confirmByHand(bench)).kind, 'taken');
    await bench.clock.advance(2_000);
    assert.notEqual((await bench.incident())?.state, 'fence_failed');
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    const kept = (await bench.evidence()).find((one) => one.kind === EvidenceKind.confirmedOff);
    assert.equal(kept?.observer, 'alice');
    assert.match(JSON.stringify(kept?.content), /pulled both plugs/);
  });

  it('is refused while Nova shows the host reporting, and changes nothing', async () => {
    const bench = await EngineBench.open(1);
    bench.start({ fenceDevices: [] });
    await bench.clock.advance(60_000);
    await bench.report();
    await bench.untilState('held');
    const answer = await confirmByHand(bench);
    assert.equal(answer.kind, 'refused');
    assert.match(JSON.stringify(answer), /not shown dead silent for long enough/);
    const kinds = (await bench.evidence()).map((one) => one.kind);
    assert.ok(!kinds.includes(EvidenceKind.confirmedOff));
  });

  it('is refused when the incident has ended', async () => {
    const { bench, report } = await open();
    await bench.untilState('fence_failed');
    await confirmByHand(bench);
    await bench.untilStatus(report, 'finished');
    const answer = await confirmByHand(bench);
    assert.match(JSON.stringify(answer), /it is recovered; only the host of an open incident/);
  });

  it('is void at the first sign of life, and not taken for another death', async () => {
    const { bench } = await open();
    await bench.untilState('fence_failed');
    await confirmByHand(bench);
    setRoom(bench, 0);
    await bench.untilState('waiting_capacity');
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held');
    bench.nova.crash('dead');
    await bench.report();
    await bench.untilState('fence_failed', 300_000);
  });

  it('stands in for the report that a sign of life has made void', async () => {
    const { bench, report } = await open();
    await bench.untilState('fence_failed');
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held');
    bench.nova.crash('dead');
    await bench.clock.advance(30_000);
    assert.equal((await confirmByHand(bench)).kind, 'taken');
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('is not enough for a host whose power reads on: it is switched off first', async () => {
    const { bench, feeds, fenceDevices } = await openFeeds('bmc');
    const [bmc] = feeds;
    assert.ok(bmc !== undefined);
    bmc.isStuck = true;
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilState('fence_failed', 300_000);
    assert.equal((await confirmByHand(bench)).kind, 'taken');
    await bench.clock.advance(200_000);
    assert.deepEqual(bench.nova.writes, []);
    bmc.isStuck = false;
    await bench.untilStatus(report, 'finished', 300_000);
    assert.equal(bmc.power, 'off');
  });
});

describe('a retry of a fencing that failed', () => {
  it('is made at once and not after the pause', async () => {
    const { bench, feeds, fenceDevices } = await openFeeds('bmc');
    const [bmc] = feeds;
    assert.ok(bmc !== undefined);
    bmc.isSilent = true;
    await bench.crashAndReport({ fenceDevices });
    await bench.untilState('fence_failed', 300_000);
    await bench.clock.advance(600_000);
    bmc.isSilent = false;
    const { clock, stores } = bench;
    const incidentCommands = stores.incidentCommands;
    const commands = new IncidentCommands({
      stores: { ...stores, incidentCommands },
      clock,
      log: silentLog,
    });
    const incident = await bench.incident();
    assert.ok(incident !== undefined);
    // It may be in the middle of a pass: that one ends first.
    await bench.until(
      async () => {
        await commands.retry(incident.id, { by: 'alice', note: null });
        return bmc.offs > 0;
      },
      5_000,
      1_000,
    );
  });
});

describe('an imported fencing', () => {
  const open = async (write: (history: FakeHistory) => void, options: ReplicaOptions = {}) => {
    const bench = await EngineBench.open(3);
    const history = new FakeHistory();
    write(history);
    const proof = { fencingHistories: [history] };
    const report = await bench.crashAndReport({ fenceDevices: [], proof, ...options });
    return { bench, history, report };
  };

  for (const action of ['off', 'reboot'] as const) {
    it(`that succeeded after the loss (${action}) is a confirmation, kept once`, async () => {
      const { bench, report } = await open((history) => history.add('f1', action, 6_000));
      await bench.untilStatus(report, 'finished');
      await bench.assertRecovered(report);
      const kept = (await bench.evidence()).filter((one) => one.kind === EvidenceKind.fenced);
      assert.equal(kept.length, 1);
      assert.equal(kept[0]?.source, 'pacemaker');
    });
  }

  it('that succeeded before the loss is none', async () => {
    const { bench } = await open((history) => history.add('f1', 'off', 4_000));
    await bench.untilState('fence_failed');
    assert.match((await bench.incident())?.reason ?? '', /older than the loss/);
  });

  it('of a reset is spent when the host comes back, and fences no second death', async () => {
    const { bench, history } = await open((one) => one.add('f1', 'reboot', 6_000));
    setRoom(bench, 0);
    await bench.untilState('waiting_capacity');
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held');
    bench.nova.crash('dead');
    await bench.report();
    await bench.untilState('fence_failed', 300_000);
    // The fencer has seen it come back, has lost it again and has fenced it again.
    history.lostAtMs = 90_000;
    history.add('f2', 'reboot', 95_000);
    await bench.untilState('waiting_capacity', 300_000);
  });

  it('that is only heard of after a sign of life is older than that', async () => {
    const { bench, history } = await open(() => {});
    await bench.untilState('fence_failed');
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held');
    history.add('f1', 'reboot', 6_000);
    bench.nova.crash('dead');
    await bench.report();
    await bench.untilState('fence_failed', 300_000);
    assert.match((await bench.incident())?.reason ?? '', /older than the last sign of life/);
    history.add('f2', 'reboot', 7_000);
    await bench.untilState('evacuating', 300_000);
  });
});

describe('a proof set', () => {
  const SET: ProofSet = {
    name: 'dark',
    kind: 'reset',
    elements: [
      { element: 'watchdog_elapsed', forMs: 70_000, withinMs: 10_000 },
      { element: 'bmc_unreachable', forMs: 40_000, withinMs: 10_000 },
      { element: 'storage_watcher_gone', forMs: 0, withinMs: 10_000 },
    ],
  };
  const open = async (isWatched: () => boolean) => {
    const { bench, feeds, fenceDevices } = await openFeeds('bmc');
    const [bmc] = feeds;
    assert.ok(bmc !== undefined);
    bmc.isSilent = true;
    const holds = async () => !isWatched();
    const proof = {
      proofSources: [{ name: 'ceph', element: 'storage_watcher_gone' as const, holds }],
    };
    const settings = { proofSets: [SET] };
    const report = await bench.crashAndReport({ fenceDevices, proof, settings });
    return { bench, bmc, report };
  };

  it('confirms when every element has held for its time, and no sooner', async () => {
    const { bench, report } = await open(() => false);
    const diedMs = bench.clock.monotonicMs();
    await bench.untilState('planning', 400_000).catch(() => undefined);
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    const kept = (await bench.evidence()).find((one) => one.kind === EvidenceKind.proven);
    assert.ok(kept !== undefined);
    assert.ok(kept.receivedAtMs - diedMs >= 60_000);
    assert.match(JSON.stringify(kept.content), /storage_watcher_gone/);
  });

  it('confirms nothing while one element does not hold, and at once when it does', async () => {
    let isWatched = true;
    const { bench, report } = await open(() => isWatched);
    await bench.untilState('fence_failed', 300_000);
    await bench.clock.advance(600_000);
    assert.match((await bench.incident())?.reason ?? '', /storage_watcher_gone does not hold/);
    assert.deepEqual(bench.nova.writes, []);
    isWatched = false;
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });
});
