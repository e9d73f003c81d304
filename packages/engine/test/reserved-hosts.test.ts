/** The recovery methods that use reserved hosts, from the report to the host given back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertAsBefore,
  isReserved,
  openReserved,
  path,
  reservations,
  settle,
  whereTo,
} from './reserved-bench.ts';

describe('recovery to reserved hosts', () => {
  it('reserved_host moves everything to a reserved host, which is an ordinary host then', async () => {
    const bench = await openReserved('reserved_host', 3, { r1: 10, r2: 10 });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(whereTo(bench), { r1: 3 });
    assert.deepEqual(await reservations(bench), ['r1 used']);
    assert.equal(await isReserved(bench, 0), false);
    assert.equal(bench.nova.host('r1').status, 'enabled');
    assert.equal(await isReserved(bench, 1), true);
    assertAsBefore(bench, 'r2');
  });

  it('D26: rh_priority goes on to hosts of Nova choice, and the timeline tells the path', async () => {
    const bench = await openReserved('rh_priority', 5, { r1: 2 });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.equal(whereTo(bench)['r1'], 2);
    assert.deepEqual(await path(bench), [
      'Way 1: r1 is reserved and reports to Nova; 2 of 5 instances fit',
      'Way 2: no reserved host takes what is left: Nova chooses the hosts',
    ]);
    assert.equal(await isReserved(bench, 0), false);
  });

  it('D26: auto_priority asks for a reserved host only for what found no host', async () => {
    const bench = await openReserved('auto_priority', 5, { r1: 10 });
    for (const name of ['alive-1', 'alive-2']) bench.nova.host(name).room = 1;
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(whereTo(bench), { 'alive-1': 1, 'alive-2': 1, r1: 3 });
    assert.deepEqual(await path(bench), [
      'Way 1: Nova chooses the hosts first (auto_priority)',
      'Way 2: r1 is reserved and reports to Nova; 3 of 3 instances fit',
    ]);
  });

  it('auto_priority touches no reserved host when Nova finds room', async () => {
    const bench = await openReserved('auto_priority', 4, { r1: 10 });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(await reservations(bench), []);
    assertAsBefore(bench, 'r1');
  });

  it('takes the reserved host where everything fits', async () => {
    const bench = await openReserved('reserved_host', 4, { r1: 2, r2: 9 });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(whereTo(bench), { r2: 4 });
    assertAsBefore(bench, 'r1');
  });

  it('fills several reserved hosts one after the other', async () => {
    const bench = await openReserved('reserved_host', 6, { r1: 3, r2: 2, r3: 9 });
    bench.aggregates.isRoomUnknown = true;
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(whereTo(bench), { r1: 3, r2: 2, r3: 1 });
    assert.deepEqual(await reservations(bench), ['r1 used', 'r2 used', 'r3 used']);
  });

  it('waits until a reserved host is free, and shows why', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 5 });
    bench.nova.host('r1').isAlive = false;
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    assert.match((await bench.notification(report)).message ?? '', /1 not reporting to Nova/);
    assertAsBefore(bench, 'r1');
    bench.nova.revive('r1');
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(whereTo(bench), { r1: 2 });
  });

  it('D14: an instance that nobody can take uses up no reserved host', async () => {
    const bench = await openReserved('reserved_host', 3, { r1: 2, r2: 5, r3: 5 });
    bench.aggregates.isRoomUnknown = true;
    // Whatever comes after the two that fit on the first is refused everywhere.
    for (const name of ['r2', 'r3']) bench.nova.host(name).failingClaims = 100;
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    await settle(bench);
    assert.deepEqual(await reservations(bench), ['r1 used', 'r2 given_back']);
    assert.equal(await isReserved(bench, 1), true);
    assertAsBefore(bench, 'r2');
    assertAsBefore(bench, 'r3');
    assert.equal((await bench.notification(report)).status, 'error');
  });

  it('gives a reserved host back when the failed host returns before anything was moved', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 5 });
    const { reservations: store } = bench.stores;
    const note = store.note.bind(store);
    // It speaks between the readying of the reserved host and the first evacuation.
    store.note = async (...parameters) => {
      await bench.clock.sleep(3_000);
      bench.nova.revive('dead');
      return await note(...parameters);
    };
    await bench.crashAndReport();
    await bench.untilState('held');
    await settle(bench);
    assert.deepEqual(await reservations(bench), ['r1 given_back']);
    assert.equal(await isReserved(bench, 0), true);
    assertAsBefore(bench, 'r1');
    assert.equal(bench.nova.starts.length, 0);
  });

  it('adds the reserved host to the aggregates of the failed one, and takes it out again', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 5 });
    const shared = bench.aggregates.add('dead', 'alive-1');
    const own = bench.aggregates.add('dead', 'r1');
    bench.aggregates.add('alive-2');
    bench.nova.host('r1').failingClaims = 100;
    await bench.crashAndReport({ settings: { addsReservedHostToAggregates: true } });
    await bench.until(() => bench.aggregates.hostsOf(shared).includes('r1'));
    await bench.untilState('waiting_capacity');
    await settle(bench);
    assert.deepEqual(bench.aggregates.hostsOf(shared), ['dead', 'alive-1']);
    assert.deepEqual(bench.aggregates.hostsOf(own), ['dead', 'r1'], 'it was in it before');
    const joins = bench.nova.writes.filter((one) => /^(join|leave) /.test(one));
    assert.deepEqual(joins, [`join ${shared} r1`, `leave ${shared} r1`]);
    assertAsBefore(bench, 'r1');
  });

  it('leaves a reserved host enabled that was enabled before', async () => {
    const bench = await openReserved('reserved_host', 2, { r1: 5 });
    bench.nova.host('r1').status = 'enabled';
    bench.nova.host('r1').failingClaims = 100;
    await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    await settle(bench);
    assert.deepEqual(await reservations(bench), ['r1 given_back']);
    assert.deepEqual(
      bench.nova.writes.filter((one) => one.startsWith('PUT r1')),
      [],
    );
  });

  it('waits on when the wall clock is set forward by days', async () => {
    const bench = await openReserved('reserved_host', 2, {});
    await bench.crashAndReport();
    await bench.untilState('waiting_capacity');
    bench.clock.jumpWall(2 * 86_400_000);
    await bench.clock.advance(120_000);
    assert.equal((await bench.incident())?.state, 'waiting_capacity');
  });
});
