/** Two failed hosts at once, and what a recovery leaves to its reserved hosts when it is ended. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import type { HostName, NotificationUuid } from '@medevac/kernel';
import type { EngineBench } from './engine-bench.ts';
import {
  assertAsBefore,
  isReserved,
  openReserved,
  reservations,
  settle,
  whereTo,
} from './reserved-bench.ts';

/** A monitor reports one of the other hosts. */
async function reportOther(bench: EngineBench, index: number, name: string): Promise<void> {
  const created = await bench.stores.notifications.create(
    {
      uuid: '00000000-0000-4000-b000-000000009999' as NotificationUuid,
      type: 'COMPUTE_HOST',
      hostUuid: bench.hostUuid(index),
      hostName: name as HostName,
      segmentUuid: bench.segmentUuid,
      generatedAtMs: bench.clock.wallMs(),
      payload: { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' },
      reportedBy: 'monitor',
      createdAtMs: bench.clock.wallMs(),
    },
    0,
  );
  assert.equal(created.kind, 'created');
  for (const { engine } of bench.replicas) engine.nudge();
}

async function allReservations(bench: EngineBench): Promise<readonly string[]> {
  const told: string[] = [];
  for (const report of await bench.reports()) {
    if (report.incidentId === null) continue;
    const rows = await bench.stores.reservations.listOfIncident(report.incidentId);
    told.push(...rows.map((row) => `${row.hostName} for ${row.failedHost}: ${row.state}`));
  }
  return told.toSorted();
}

async function failTwo(bench: EngineBench, replicas: number): Promise<void> {
  for (let count = 0; count < 2; count++) bench.nova.addServer('alive-1');
  for (let count = 1; count < replicas; count++) bench.start();
  bench.start();
  await bench.clock.advance(15_000);
  for (const name of ['dead', 'alive-1']) bench.nova.crash(name);
  await bench.clock.advance(2_000);
  await Promise.all([bench.report(), reportOther(bench, 1, 'alive-1')]);
}

const areFinal = async (bench: EngineBench): Promise<boolean> =>
  (await bench.reports()).every((one) => one.status === 'finished');

describe('two failed hosts', () => {
  for (const replicas of [1, 2]) {
    it(`D15: never share a reserved host, with ${replicas} replicas`, async () => {
      const bench = await openReserved('reserved_host', 2, { r1: 10, r2: 10 });
      await failTwo(bench, replicas);
      await bench.until(() => areFinal(bench));
      assert.deepEqual(bench.nova.violations, []);
      assert.deepEqual(whereTo(bench), { r1: 2, r2: 2 });
      const told = await allReservations(bench);
      assert.equal(told.length, 2);
      assert.match(told.join(), /r1 for (dead|alive-1): used,r2 for (dead|alive-1): used/);
      assert.notEqual(told[0]?.includes('for dead'), told[1]?.includes('for dead'));
    });
  }

  it('D15: wait for each other under rh_priority no longer than Nova has room', async () => {
    const bench = await openReserved('rh_priority', 2, { r1: 10 });
    await failTwo(bench, 2);
    await bench.until(() => areFinal(bench));
    assert.deepEqual(bench.nova.violations, []);
    assert.equal((await allReservations(bench)).length, 1);
    assert.equal(bench.nova.starts.length, 4);
  });
});

describe('a recovery to a reserved host that is ended', () => {
  it('D14: gives the reserved host back when it is cancelled before anything was moved', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 5 });
    bench.nova.host('r1').failingClaims = 1_000;
    await bench.crashAndReport();
    await bench.until(() => bench.nova.host('r1').status === 'enabled');
    const incident = await bench.incident();
    assert.ok(incident !== undefined);
    await bench.stores.journal.requestCancel(`host-failure/${incident.id}` as never, 'by hand');
    await bench.untilState('cancelled');
    await settle(bench);
    assert.deepEqual(await reservations(bench), ['r1 given_back']);
    assert.equal(await isReserved(bench, 0), true);
    assertAsBefore(bench, 'r1');
  });

  it('C2: goes another way when the reserved host dies, whatever stands still there', async () => {
    const bench = await openReserved('rh_priority', 60, { r1: 100 });
    // Most still wait when it dies.
    const settings = { pace: { ...DEFAULT_PACE_RULES, openPerCloud: 20 } };
    const report = await bench.crashAndReport({ settings, timing: { patienceMs: 300_000 } });
    await bench.until(() => bench.nova.starts.length > 0, 60_000, 100);
    bench.nova.crash('r1');
    await bench.until(
      async () => /finished|failed/.test((await bench.notification(report)).status),
      2_000_000,
    );
    const counts = whereTo(bench);
    const elsewhere = (counts['alive-1'] ?? 0) + (counts['alive-2'] ?? 0);
    assert.ok(elsewhere > 0, JSON.stringify(counts));
    assert.deepEqual(bench.nova.violations, []);
    assert.deepEqual(await reservations(bench), ['r1 used']);
  });

  it('lets Nova choose when an operator changes the method while it waits', async () => {
    const bench = await openReserved('reserved_host', 2, {});
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    const { segments } = bench.stores;
    const change = { recoveryMethod: 'auto' } as const;
    assert.equal(
      (await segments.updateSegment(bench.segmentUuid, change, bench.clock.wallMs())).kind,
      'changed',
    );
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('gives up when no reserved host became free in time', async () => {
    const bench = await openReserved('reserved_host', 2, {});
    const report = await bench.crashAndReport({ timing: { instanceMs: 600_000 } });
    await bench.untilStatus(report, 'failed', 900_000);
    const [first] = await bench.vmoves();
    assert.equal(first?.status, 'failed');
    assert.match(first.message ?? '', /no reserved host/);
  });
});
