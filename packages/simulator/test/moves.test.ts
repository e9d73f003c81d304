/** Owners and operators who act past Medevac, by the rules of Nova. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostName, type InstanceUuid, seededRandom } from '@medevac/kernel';
import { SimulatedCloud, VirtualTime } from '../src/index.ts';

const FIRST = 'compute-1' as HostName;
const OTHER = 'compute-2' as HostName;
/** After this a live migration has switched its guest over, and Nova does not know it yet. */
const SWITCHED_MS = 9_000;
const CALL = { deadlineMs: 60_000 };

interface Bed {
  readonly time: VirtualTime;
  readonly cloud: SimulatedCloud;
  readonly uuid: InstanceUuid;
}

/** One instance on the first of two hosts that report. */
async function open(): Promise<Bed> {
  const time = new VirtualTime();
  const cloud = new SimulatedCloud({ clock: time, random: seededRandom(1), hosts: 2 });
  const [uuid] = cloud.boot(1, FIRST);
  assert.ok(uuid);
  cloud.start();
  await time.advance(15_000);
  return { time, cloud, uuid };
}

const recordOf = ({ cloud }: Bed): readonly [string, string] | undefined =>
  cloud.migrations().map((one) => [one.type, one.status] as const)[0];

describe('a live migration', () => {
  it('carries the guest over and names its new host in the end', async () => {
    const bed = await open();
    bed.cloud.operator.liveMigrate(bed.uuid);
    assert.deepEqual(recordOf(bed), ['live-migration', 'running']);
    await bed.time.advance(20_000);
    const { server, runsOn } = bed.cloud.instance(bed.uuid)!;
    assert.deepEqual([server.host, server.taskState, runsOn], [OTHER, null, [OTHER]]);
    assert.deepEqual(recordOf(bed), ['live-migration', 'completed']);
    assert.deepEqual(bed.cloud.doubleRuns, []);
  });

  it('stays as it was recorded when the source dies after the guest has gone', async () => {
    const bed = await open();
    bed.cloud.operator.liveMigrate(bed.uuid);
    await bed.time.advance(SWITCHED_MS);
    bed.cloud.crash(FIRST);
    await bed.time.advance(120_000);
    const { server, runsOn } = bed.cloud.instance(bed.uuid)!;
    assert.deepEqual([server.host, server.taskState, runsOn], [FIRST, 'migrating', [OTHER]]);
    assert.deepEqual(
      bed.cloud.openMigrations(bed.uuid).map((one) => one.otherHosts),
      [[OTHER]],
    );
  });

  it('is called off when the destination dies, and the guest goes on where it is', async () => {
    const bed = await open();
    bed.cloud.operator.liveMigrate(bed.uuid);
    bed.cloud.crash(OTHER);
    await bed.time.advance(20_000);
    const { server, runsOn } = bed.cloud.instance(bed.uuid)!;
    assert.deepEqual([server.host, server.taskState, runsOn], [FIRST, null, [FIRST]]);
    assert.deepEqual(recordOf(bed), ['live-migration', 'error']);
  });
});

describe('a cold migration', () => {
  it('names the destination before the guest starts there, and ends confirmed', async () => {
    const bed = await open();
    bed.cloud.operator.coldMigrate(bed.uuid);
    await bed.time.advance(6_000);
    assert.deepEqual(recordOf(bed), ['migration', 'post-migrating']);
    const moved = bed.cloud.instance(bed.uuid)!;
    assert.deepEqual([moved.server.host, moved.runsOn], [OTHER, []]);
    await bed.time.advance(30_000);
    const { server, runsOn } = bed.cloud.instance(bed.uuid)!;
    assert.deepEqual([server.vmState, server.taskState, runsOn], ['active', null, [OTHER]]);
    assert.deepEqual(recordOf(bed), ['migration', 'confirmed']);
  });

  it('is not accepted for a host that Nova counts as down', async () => {
    const bed = await open();
    bed.cloud.crash(FIRST);
    bed.cloud.operator.setForcedDown(FIRST, true);
    bed.cloud.operator.coldMigrate(bed.uuid);
    bed.cloud.act(bed.uuid, 'resize');
    assert.equal(recordOf(bed), undefined);
    assert.equal(bed.cloud.instance(bed.uuid)!.server.taskState, null);
  });
});

describe("an operator's evacuation", () => {
  it('needs a host that is down, and is not begun beside another one', async () => {
    const bed = await open();
    assert.equal(bed.cloud.operator.evacuate(bed.uuid), false);
    bed.cloud.crash(FIRST);
    bed.cloud.operator.setForcedDown(FIRST, true);
    assert.equal(bed.cloud.operator.evacuate(bed.uuid), true);
    assert.equal(bed.cloud.operator.evacuate(bed.uuid), false);
    assert.deepEqual(
      bed.cloud.openMigrations(bed.uuid).map((one) => [one.type, one.by]),
      [['evacuation', 'operator']],
    );
    await bed.time.advance(30_000);
    assert.deepEqual(bed.cloud.instance(bed.uuid)!.runsOn, [OTHER]);
  });
});

describe('the record of a compute service', () => {
  it('is not deleted while instances are on its host', async () => {
    const bed = await open();
    assert.equal(bed.cloud.operator.deleteService(FIRST), false);
    assert.equal(bed.cloud.host(FIRST).service.isDeleted, false);
  });

  it('is made anew, enabled and with another UUID, when nova-compute starts again', async () => {
    const bed = await open();
    const before = bed.cloud.host(OTHER).serviceUuid;
    bed.cloud.operator.disable(OTHER, 'to be taken apart');
    assert.equal(bed.cloud.operator.deleteService(OTHER), true);
    assert.deepEqual(await list(bed), []);
    bed.cloud.restartCompute(OTHER);
    await bed.time.advance(30_000);
    const [view] = await list(bed);
    assert.ok(view?.kind === 'seen');
    assert.notEqual(view.uuid, before);
    assert.deepEqual([view.status, view.state], ['enabled', 'up']);
  });
});

/** What Nova shows of the second host's service. */
async function list({ cloud, time }: Bed) {
  const read = cloud.nova.listComputeServices({ host: OTHER }, CALL);
  await time.advance(1_000);
  return await read;
}

describe('an owner', () => {
  it('who asks for an action on a dead host leaves a task that its start ends', async () => {
    const bed = await open();
    bed.cloud.crash(FIRST);
    bed.cloud.act(bed.uuid, 'rebuild');
    await bed.time.advance(30_000);
    assert.equal(bed.cloud.instance(bed.uuid)!.server.taskState, 'rebuilding');
    bed.cloud.powerOn(FIRST);
    await bed.time.advance(60_000);
    const { server } = bed.cloud.instance(bed.uuid)!;
    assert.deepEqual([server.vmState, server.taskState], ['error', null]);
  });

  it('starts what is stopped, and nothing else', async () => {
    const bed = await open();
    bed.cloud.act(bed.uuid, 'start');
    assert.equal(bed.cloud.instance(bed.uuid)!.server.taskState, null);
    bed.cloud.act(bed.uuid, 'stop');
    await bed.time.advance(5_000);
    assert.deepEqual(bed.cloud.instance(bed.uuid)!.runsOn, []);
    bed.cloud.act(bed.uuid, 'start');
    await bed.time.advance(5_000);
    assert.deepEqual(bed.cloud.instance(bed.uuid)!.runsOn, [FIRST]);
  });
});
