/** Debian's openstacksdk: every instance_ha call, and the vmoves of a real recovery. */
import assert from 'node:assert/strict';
import { boot, crash } from '../harness/bed.ts';
import { assertVmovesTrue, waitUntilSettled } from '../harness/notification.ts';
import { connectNova } from '../harness/nova.ts';
import { openstack, reportDeadHost } from '../harness/operator.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { runSdk } from '../harness/sdk.ts';
import { quietStory, story } from '../harness/story.ts';

const HOST = 'compute-01';

interface SdkVmove {
  readonly instance_uuid: string;
  readonly source_host: string;
  readonly dest_host: string;
  readonly type: string;
  readonly status: string;
}

quietStory('openstacksdk makes every instance_ha call', async () => {
  await withProtectedCloud([], async ({ segmentId }) => {
    openstack('segment', 'delete', segmentId);
    runSdk('calls');
  });
});

story('openstacksdk reads the vmoves of a recovery', async () => {
  const nova = await connectNova();
  await withProtectedCloud([HOST, 'compute-02'], async () => {
    const ids = boot(2, HOST);
    crash(HOST);
    const id = reportDeadHost(HOST);
    assert.equal((await waitUntilSettled(id)).status, 'finished');
    const instances = (await nova.instances()).filter((one) => ids.includes(one.id));
    await assertVmovesTrue(id, HOST, instances);
    const vmoves = JSON.parse(runSdk('vmoves', id)) as readonly SdkVmove[];
    const destinations = new Map(vmoves.map((one) => [one.instance_uuid, one.dest_host]));
    assert.equal(vmoves.length, ids.length);
    for (const { id: instance, 'OS-EXT-SRV-ATTR:host': host } of instances) {
      assert.equal(destinations.get(instance), host);
    }
    for (const { source_host, status, type } of vmoves) {
      const told = { source_host, status, type };
      assert.deepEqual(told, { source_host: HOST, status: 'succeeded', type: 'evacuation' });
    }
  });
});
