/** How much is asked of the cloud at once, seen in the calls to Nova and in its records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES, type PaceRules } from '@medevac/core';
import {
  type HostName,
  type InstanceUuid,
  type NotificationUuid,
  OperationalError,
} from '@medevac/kernel';
import { cloudErrors, type Nova } from '@medevac/openstack';
import { EngineBench } from './engine-bench.ts';

/** In the order of `EngineBench.open`; two more take what they had. */
const FAILING = ['dead', 'alive-1', 'alive-2'] as const;

interface Call {
  readonly uuid: InstanceUuid;
  readonly from: string;
  readonly atMs: number;
}

interface Seen {
  readonly calls: Call[];
  mostOpen: number;
  mostAtOneDestination: number;
}

const openRecords = (bench: EngineBench) =>
  bench.nova.migrations.filter((one) => !/done|completed|error|failed/.test(one.status));

/** Watches the calls of a bench. `before` may fail a call, or make it take long. */
function watchCalls(bench: EngineBench, before?: (seen: Seen) => Promise<void>): Seen {
  const { nova } = bench;
  const seen: Seen = { calls: [], mostOpen: 0, mostAtOneDestination: 0 };
  const evacuate: Nova['evacuate'] = nova.evacuate.bind(nova);
  nova.evacuate = async (uuid, target, call) => {
    const from = String(nova.server(uuid).host);
    seen.calls.push({ uuid, from, atMs: bench.clock.monotonicMs() });
    await before?.(seen);
    const outcome = await evacuate(uuid, target, call);
    const open = openRecords(bench);
    seen.mostOpen = Math.max(seen.mostOpen, open.length);
    for (const group of Map.groupBy(open, (one) => one.destHost).values()) {
      if ((group[0]?.destHost ?? null) === null) continue;
      seen.mostAtOneDestination = Math.max(seen.mostAtOneDestination, group.length);
    }
    return outcome;
  };
  return seen;
}

async function reportOf(bench: EngineBench, index: number): Promise<NotificationUuid> {
  if (index === 0) return await bench.report();
  const uuid = `00000000-0000-4000-b000-00000000900${index}` as NotificationUuid;
  await bench.stores.notifications.create(
    {
      uuid,
      type: 'COMPUTE_HOST',
      hostUuid: bench.hostUuid(index),
      hostName: FAILING[index] as HostName,
      segmentUuid: bench.segmentUuid,
      generatedAtMs: bench.clock.wallMs(),
      payload: { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' },
      reportedBy: 'monitor',
      createdAtMs: bench.clock.wallMs(),
    },
    0,
  );
  for (const { engine } of bench.replicas) engine.nudge();
  return uuid;
}

type Priority = (host: number, number: number) => string;

/** Three hosts with so many instances each fail at once; two others take them. */
async function failThree(each: number, pace: Partial<PaceRules>, priorityOf?: Priority) {
  const bench = await EngineBench.open(0);
  for (const name of ['spare-1', 'spare-2']) bench.nova.addHost(name);
  for (const [index, host] of FAILING.entries()) {
    for (let number = 0; number < each; number++) {
      const priority = priorityOf?.(index, number);
      const metadata = priority === undefined ? {} : { 'medevac:priority': priority };
      bench.nova.addServer(host, { metadata });
    }
  }
  const seen = watchCalls(bench);
  bench.start({ settings: { pace: { ...DEFAULT_PACE_RULES, ...pace } } });
  await bench.clock.advance(15_000);
  for (const host of FAILING) bench.nova.crash(host);
  await bench.clock.advance(2_000);
  const reports = await Promise.all(FAILING.map((_, index) => reportOf(bench, index)));
  for (const report of reports) await bench.untilStatus(report, 'finished', 3_600_000);
  assert.deepEqual(bench.nova.violations, []);
  return { bench, seen };
}

/** How many calls of each host are among the first so many. */
const countsOf = (calls: readonly Call[]): readonly number[] =>
  FAILING.map((host) => calls.filter(({ from }) => from === host).length);

const linesOf = async (bench: EngineBench): Promise<readonly string[]> => {
  const incident = await bench.incident();
  assert.ok(incident !== undefined);
  const events = await bench.stores.incidents.readEvents(incident.id);
  return events.map(({ message }) => message).filter((one) => /^(Slower|Full pace)/.test(one));
};

describe('three hosts that fail at once', () => {
  it('C6: share the pace: none waits for another, and the bound of the cloud holds', async () => {
    const { seen } = await failThree(20, { openPerCloud: 6 });
    assert.equal(seen.calls.length, 60);
    assert.equal(seen.mostOpen, 6);
    // The first to be confirmed may fill the bound once before the others are there.
    for (let count = 12; count <= 60; count += 6) {
      const counts = countsOf(seen.calls.slice(0, count));
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 7, `${count}: ${counts.join(', ')}`);
    }
  });

  it('C6: the most important instances of all of them come first', async () => {
    const { bench, seen } = await failThree(10, { openPerCloud: 3 }, (host, number) =>
      host === 2 && number >= 5 ? '9' : '5',
    );
    const urgent = seen.calls.filter(({ uuid }) => {
      return bench.nova.server(uuid).metadata['medevac:priority'] === '9';
    });
    const last = seen.calls.indexOf(urgent.at(-1)!);
    const ofOthers = seen.calls.slice(0, last).length - (urgent.length - 1);
    assert.equal(urgent.length, 5);
    assert.ok(ofOthers <= 6, `${ofOthers} less important ones before the last important one`);
  });

  it('C6: a segment that has its share leaves the rest of the bound alone', async () => {
    const { seen } = await failThree(8, { openPerCloud: 12, openPerSegment: 4 });
    assert.equal(seen.mostOpen, 4, 'all of them are of one segment');
  });
});

describe('a cloud that has enough to do', () => {
  const failed = (): never => {
    throw new OperationalError(cloudErrors.busy, '503 of nova-api', { retry: 'unknown-outcome' });
  };

  it('C2: which answers with errors is asked for less at once, and the timeline says why', async () => {
    const bench = await EngineBench.open(120);
    const untilMs = { at: Number.POSITIVE_INFINITY };
    const seen = watchCalls(bench, async () => {
      if (bench.clock.monotonicMs() < untilMs.at && bench.clock.monotonicMs() % 3 === 0) failed();
    });
    const report = await bench.crashAndReport();
    untilMs.at = bench.clock.monotonicMs() + 30_000;
    const [replica] = bench.replicas;
    const full = DEFAULT_PACE_RULES.openPerCloud;
    const openLimit = (): number =>
      replica?.engine.pace.limits['open evacuations in the cloud'] ?? Number.NaN;
    await bench.until(() => openLimit() < full, 60_000, 50);
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    const lines = await linesOf(bench);
    assert.match(lines.join('\n'), /^Slower: up to \d+ .*; of \d+ seen: \d+ failed calls$/m);
    assert.ok(seen.mostOpen < full);
  });

  it('C2: which takes long to begin what it was asked for gets no more until it has', async () => {
    const bench = await EngineBench.open(200, { scheduleMs: 45_000, bootMs: 1_000 });
    const seen = watchCalls(bench);
    const pace = { ...DEFAULT_PACE_RULES, openPerCloud: 80 };
    const report = await bench.crashAndReport({ settings: { pace } });
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    const lines = await linesOf(bench);
    assert.match(
      lines[0] ?? '',
      /^Slower: up to 40 open evacuations of this segment, .* late starts$/,
    );
    // The second half waits until the first has begun; then it goes on with less.
    const begunMs = seen.calls[0]?.atMs ?? Number.NaN;
    const later = seen.calls.filter(({ atMs }) => atMs > begunMs + 60_000);
    assert.ok(later.length >= 80, `${later.length} calls after the first were begun`);
  });

  it('C2: a destination with enough to do is not overrun, and all arrive', async () => {
    const bench = await EngineBench.open(60);
    bench.nova.host('alive-2').status = 'disabled';
    const seen = watchCalls(bench);
    const pace = { ...DEFAULT_PACE_RULES, openPerDestination: 8 };
    const report = await bench.crashAndReport({ settings: { pace } });
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    assert.ok(seen.mostOpen <= 8, `${seen.mostOpen} open at one destination`);
  });

  it('C2: is at full pace again some time after the trouble', async () => {
    const bench = await EngineBench.open(150);
    let calls = 0;
    watchCalls(bench, async () => {
      calls += 1;
      if (calls > 10 && calls <= 20) failed();
    });
    const pace = { ...DEFAULT_PACE_RULES, openPerCloud: 20 };
    const report = await bench.crashAndReport({ settings: { pace } });
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    const lines = await linesOf(bench);
    assert.ok(lines.some((one) => one.startsWith('Slower: up to 10 open evacuations')));
    assert.ok(lines.includes('Full pace again: up to 20 open evacuations in the cloud'));
  });
});

describe('a cloud that has not enough to do', () => {
  // By the default times of the cloud of the bench: calls of ten threads, scheduler, rebuild.
  const bareMs = (count: number): number => Math.ceil(count / 10) * 20 + 2_000 + 8_000;

  for (const count of [20, 100, 200]) {
    it(`C2: has ${count} instances back nearly as soon as a bare script`, async () => {
      const bench = await EngineBench.open(count);
      for (const name of ['spare-1', 'spare-2']) bench.nova.addHost(name);
      await bench.crashAndReport();
      await bench.until(() => bench.forceDowns.length > 0, 60_000, 10);
      const downMs = bench.clock.monotonicMs();
      await bench.until(() => bench.nova.starts.length === count, 60_000, 10);
      const ratio = (bench.clock.monotonicMs() - downMs) / bareMs(count);
      assert.ok(ratio <= 1.15, `${ratio.toFixed(3)} of a bare script`);
    });
  }
});

describe('a call whose reply is lost', () => {
  it('C2: keeps its place, because Nova may be carrying it out', async () => {
    const bench = await EngineBench.open(40);
    const seen = watchCalls(bench);
    const { nova } = bench;
    const evacuate: Nova['evacuate'] = nova.evacuate.bind(nova);
    nova.evacuate = async (uuid, target, call) => {
      await evacuate(uuid, target, call);
      const retry = 'unknown-outcome';
      throw new OperationalError(cloudErrors.replyLost, 'connection reset', { retry });
    };
    const settings = { pace: { ...DEFAULT_PACE_RULES, openPerCloud: 5 } };
    const report = await bench.crashAndReport({ settings });
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    assert.equal(seen.mostOpen, 5);
  });
});

describe('a recovery that goes on after a crash', () => {
  it('C2: counts what its earlier life has asked for', async () => {
    const bench = await EngineBench.open(60);
    const seen = watchCalls(bench);
    const settings = { pace: { ...DEFAULT_PACE_RULES, openPerCloud: 12 } };
    const report = await bench.crashAndReport({ settings });
    await bench.until(() => openRecords(bench).length === 12, 60_000, 50);
    bench.replicas[0]?.kill();
    bench.start({ settings });
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    assert.equal(seen.mostOpen, 12);
  });
});
