/**
 * The simulated cloud keeps Nova's rules and tells the truth about its guests, without any part of
 * the product: every expectation here is a fact of the design about the real Nova.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { OperationalError, seededRandom } from '@medevac/kernel';
import {
  isBesideOwnEvacuation,
  SimulatedCloud,
  type SimulatedCloudOptions,
  VirtualTime,
} from '../src/index.ts';

const CALL = { deadlineMs: 60_000 };

function open(options: Partial<SimulatedCloudOptions> = {}) {
  const time = new VirtualTime();
  const cloud = new SimulatedCloud({ clock: time, random: seededRandom(1), hosts: 3, ...options });
  const log: string[] = [];
  cloud.onEvent((event) => log.push(`${event.atMs} ${event.text}`));
  cloud.start();
  const during = async <T>(call: Promise<T>): Promise<T> => {
    let isOver = false;
    const ended = call.finally(() => {
      isOver = true;
    });
    ended.catch(() => undefined);
    await time.runUntil(() => isOver, 120_000);
    return await ended;
  };
  const forceDown = (host: string, forcedDown: boolean) =>
    during(cloud.nova.changeService(cloud.host(host).serviceUuid, { forcedDown }, CALL));
  const services = async (host: string) => {
    const [view] = await during(cloud.nova.listComputeServices({ host: host as never }, CALL));
    assert.ok(view?.kind === 'seen');
    return view;
  };
  return { time, cloud, log, during, forceDown, services };
}

describe('simulated cloud', () => {
  it('counts a host as up until it has been silent for service_down_time', async () => {
    const { cloud, time, services } = open();
    await time.advance(30_000);
    cloud.crash('compute-1');
    assert.equal((await services('compute-1')).state, 'up');
    await time.advance(61_000);
    assert.equal((await services('compute-1')).state, 'down');
  });

  it('refuses to evacuate from a host that is up, and moves the guest once it is forced down', async () => {
    const { cloud, time, during, forceDown } = open();
    const [uuid] = cloud.boot(1, 'compute-1');
    assert.ok(uuid !== undefined);
    await time.advance(20_000);
    cloud.powerOff('compute-1');
    assert.deepEqual(cloud.instance(uuid)?.runsOn, []);
    const early = await during(cloud.nova.evacuate(uuid, undefined, CALL));
    assert.equal(early.kind, 'service-in-use');
    await forceDown('compute-1', true);
    assert.equal((await during(cloud.nova.evacuate(uuid, undefined, CALL))).kind, 'accepted');
    await time.advance(15_000);
    const moved = cloud.instance(uuid);
    assert.deepEqual(moved?.runsOn, [moved?.server.host]);
    assert.notEqual(moved?.server.host, 'compute-1');
    assert.equal(moved?.starts, 2);
    assert.equal(cloud.doubleRuns.length, 0);
  });

  it('shows two writers of one disk when a thawed host was evacuated', async () => {
    const { cloud, time, during, forceDown } = open();
    const [uuid] = cloud.boot(1, 'compute-1');
    cloud.hang('compute-1');
    await forceDown('compute-1', true);
    await during(cloud.nova.evacuate(uuid!, undefined, CALL));
    await time.advance(15_000);
    assert.equal(cloud.doubleRuns.length, 0);
    cloud.resume('compute-1');
    assert.equal(cloud.doubleRuns.length, 1);
    assert.equal(cloud.doubleRuns[0]?.writesTwice, true);
  });

  it('counts what a guest writes while it executes, and nothing while its host is frozen', async () => {
    const { cloud, time } = open();
    const [uuid] = cloud.boot(1, 'compute-1');
    await time.advance(10_000);
    cloud.hang('compute-1');
    await time.advance(100_000);
    cloud.resume('compute-1');
    await time.advance(5_000);
    assert.equal(cloud.instance(uuid!)?.counter, 15);
  });

  it('refuses to clear forced_down while an evacuation is done, until the host has cleaned up', async () => {
    const { cloud, time, during, forceDown } = open();
    const [uuid] = cloud.boot(1, 'compute-1');
    cloud.crash('compute-1');
    await forceDown('compute-1', true);
    await during(cloud.nova.evacuate(uuid!, undefined, CALL));
    await time.advance(15_000);
    assert.equal((await forceDown('compute-1', false)).kind, 'refused');
    cloud.powerOn('compute-1');
    await time.advance(60_000);
    assert.equal(cloud.migrations()[0]?.status, 'completed');
    assert.equal((await forceDown('compute-1', false)).kind, 'changed');
  });

  it('starts a second evacuation beside the first, and says so', async () => {
    const { cloud, during, forceDown } = open();
    const [uuid] = cloud.boot(1, 'compute-1');
    cloud.crash('compute-1');
    await forceDown('compute-1', true);
    const seconds: boolean[] = [];
    cloud.onWrite(
      (write) => write.kind === 'evacuate' && seconds.push(isBesideOwnEvacuation(write)),
    );
    await during(cloud.nova.evacuate(uuid!, undefined, CALL));
    await during(cloud.nova.evacuate(uuid!, undefined, CALL));
    assert.deepEqual(seconds, [false, true]);
  });

  it('leaves an instance in error when no host has room, and its room in Placement', async () => {
    const { cloud, time, during, forceDown } = open({ roomPerHost: 1 });
    const [uuid] = cloud.boot(1, 'compute-1');
    for (const host of ['compute-2', 'compute-3']) cloud.boot(1, host);
    cloud.crash('compute-1');
    await forceDown('compute-1', true);
    await during(cloud.nova.evacuate(uuid!, undefined, CALL));
    await time.advance(5_000);
    assert.equal(cloud.instance(uuid!)?.server.vmState, 'error');
    assert.equal(cloud.migrations()[0]?.status, 'error');
    assert.deepEqual(await during(cloud.placement.allocatedProviders(uuid!, CALL)), ['compute-1']);
  });

  it('lets a destination that was away execute its old message when it returns', async () => {
    const { cloud, time, during, forceDown } = open({ hosts: 2 });
    const [uuid] = cloud.boot(1, 'compute-1');
    await time.advance(15_000);
    cloud.crash('compute-1');
    cloud.crash('compute-2');
    await forceDown('compute-1', true);
    await during(cloud.nova.evacuate(uuid!, undefined, CALL));
    await time.advance(30_000);
    const stuck = cloud.instance(uuid!);
    assert.deepEqual([stuck?.server.taskState, stuck?.runsOn], ['rebuilding', []]);
    const names = await during(cloud.placement.allocatedProviders(uuid!, CALL));
    assert.deepEqual(names, ['compute-1', 'compute-2']);
    cloud.powerOn('compute-2');
    await time.advance(60_000);
    assert.deepEqual(cloud.instance(uuid!)?.runsOn, ['compute-2']);
  });

  it('shows nothing of a cell that is down', async () => {
    const { cloud, during } = open();
    const [uuid] = cloud.boot(1, 'compute-1');
    cloud.cellDown('compute-1');
    const [view] = await during(
      cloud.nova.listComputeServices({ host: 'compute-1' as never }, CALL),
    );
    assert.equal(view?.kind, 'unseen');
    const list = during(cloud.nova.listServers({ host: 'compute-1' as never }, CALL));
    await assert.rejects(list, OperationalError);
    await assert.rejects(during(cloud.nova.readServer(uuid!, CALL)), OperationalError);
    cloud.cellUp();
    assert.ok((await during(cloud.nova.readServer(uuid!, CALL))) !== undefined);
  });

  it('carries an owner’s act out on a living host, and leaves its task on a dead one', async () => {
    const { cloud, time } = open();
    const [first, second] = cloud.boot(2, 'compute-1');
    cloud.act(first!, 'stop');
    await time.advance(5_000);
    assert.deepEqual(
      [cloud.instance(first!)?.server.vmState, cloud.instance(first!)?.runsOn],
      ['stopped', []],
    );
    cloud.crash('compute-1');
    cloud.act(second!, 'reboot');
    await time.advance(5_000);
    assert.equal(cloud.instance(second!)?.server.taskState, 'rebooting');
  });

  it('tells the same story on every machine', async () => {
    const { cloud, time, log, during, forceDown } = open();
    const uuids = cloud.boot(3, 'compute-1');
    await time.advance(20_000);
    cloud.crash('compute-1');
    await forceDown('compute-1', true);
    for (const uuid of uuids) await during(cloud.nova.evacuate(uuid, undefined, CALL));
    await time.advance(30_000);
    cloud.powerOn('compute-1');
    await time.advance(60_000);
    assert.equal(createHash('sha256').update(log.join('\n')).digest('hex'), STORY, log.join('\n'));
  });
});

const STORY = '326396d4868411001cf921208b39f093744a697b04c86def90e0079cfc9a4bfe';
