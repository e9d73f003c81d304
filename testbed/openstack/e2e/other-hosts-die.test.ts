/** Hosts that a recovery counts on die too: a destination in mid-recovery, and a reserved host. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { BED, boot, crash, revive } from '../harness/bed.ts';
import { waitUntilSilent } from '../harness/host-silence.ts';
import { postDeadHost, vmovesOf, waitUntilSettled } from '../harness/notification.ts';
import { connectNova, type Instance, type Nova } from '../harness/nova.ts';
import { openstackList } from '../harness/operator.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const HOST = 'compute-01';
const DESTINATION = 'compute-02';
const HOSTS = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];
const COUNT = 12;

const instancesOf = async (nova: Nova, ids: readonly string[]): Promise<readonly Instance[]> =>
  (await nova.instances()).filter((one) => ids.includes(one.id));

function assertRunning(instances: readonly Instance[], hosts: readonly string[]): void {
  const wrong = instances.filter(
    (one) =>
      one.status !== 'ACTIVE' ||
      one['OS-EXT-STS:task_state'] !== null ||
      !hosts.includes(one['OS-EXT-SRV-ATTR:host'] ?? ''),
  );
  assert.deepEqual(wrong, [], `every instance is ACTIVE on one of ${hosts.join(', ')}`);
}

/**
 * An old message that comes too late moves nothing, but Nova then shows the instance in ERROR or
 * REBUILD, with the task that the message has set; only an operator can say that this is not so.
 */
async function mendWhatItSpoiled(nova: Nova, ids: readonly string[]): Promise<void> {
  const isMended = async (): Promise<boolean> => {
    const spoiled = (await instancesOf(nova, ids)).filter((one) => one.status !== 'ACTIVE');
    for (const { id, status } of spoiled) {
      progress(`${id} is in ${status} because of an old message; its state is reset`);
      await nova.resetToActive(id);
    }
    return spoiled.length === 0;
  };
  await waitFor('every instance is ACTIVE again', isMended, { timeoutMs: 90_000, stepMs: 5_000 });
}

story('a destination dies in mid-recovery, and later takes its old messages', async () => {
  const nova = await connectNova();
  await withProtectedCloud(HOSTS, async () => {
    const ids = boot(COUNT, HOST);
    crash(HOST);
    const { notification_uuid: id } = await postDeadHost(HOST);
    await waitFor(
      'evacuations are under way',
      async () => (await nova.evacuations(HOST, ids)).length >= 3,
      { timeoutMs: 60_000, stepMs: 20 },
    );
    crash(DESTINATION);
    const { notification_uuid: destinationId } = await postDeadHost(DESTINATION);
    const settled = await waitUntilSettled(id);
    progress(`the first host: ${settled.status} ${settled.message ?? ''}`);
    const other = await waitUntilSettled(destinationId);
    progress(`the destination: ${other.status} ${other.message ?? ''}`);
    assert.equal(settled.status, 'finished', settled.message ?? '');
    assert.equal(other.status, 'finished', other.message ?? '');
    const before = await instancesOf(nova, ids);
    assertRunning(before, ['compute-03', 'compute-04']);
    revive(DESTINATION);
    await waitFor(
      'the destination is cleared',
      async () => !(await nova.service(DESTINATION)).forced_down,
      { timeoutMs: 120_000, stepMs: 500 },
    );
    await sleep(5 * BED.reportIntervalMs);
    await mendWhatItSpoiled(nova, ids);
    const after = await instancesOf(nova, ids);
    assertRunning(after, ['compute-03', 'compute-04']);
    const places = (list: readonly Instance[]) =>
      new Map(list.map((one) => [one.id, one['OS-EXT-SRV-ATTR:host']]));
    assert.deepEqual(places(after), places(before), 'its old messages have moved nothing');
  });
});

story('a reserved host that is dead itself is passed over', async () => {
  const nova = await connectNova();
  const reserved = ['compute-03', 'compute-04'];
  await withProtectedCloud(
    HOSTS,
    async (cloud) => {
      const ids = boot(6, HOST);
      crash('compute-03');
      await waitUntilSilent(nova, 'compute-03');
      await waitFor('it is down', async () => (await nova.service('compute-03')).state === 'down', {
        timeoutMs: 30_000,
      });
      crash(HOST);
      const { notification_uuid: id } = await postDeadHost(HOST);
      const settled = await waitUntilSettled(id);
      assert.equal(settled.status, 'finished', settled.message ?? '');
      assertRunning(await instancesOf(nova, ids), ['compute-04']);
      for (const vmove of (await vmovesOf(id)).values())
        assert.equal(vmove.dest_host, 'compute-04');
      const rows = openstackList('segment', 'host', 'list', cloud.segmentId);
      const stillReserved = rows
        .filter((row) => row['reserved'] === true)
        .map((row) => row['name']);
      assert.deepEqual(stillReserved, ['compute-03'], 'the dead one is still in reserve');
    },
    { method: 'reserved_host', reserved },
  );
});
