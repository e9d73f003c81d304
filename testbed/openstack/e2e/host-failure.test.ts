/**
 * The main story: a monitor's report, sent with the real `openstack` command, brings 20 instances
 * back; then the repaired host returns to service with the two commands that operators know.
 */
import assert from 'node:assert/strict';
import { boot, crash, revive } from '../harness/bed.ts';
import { assertVmovesTrue, waitUntilSettled } from '../harness/notification.ts';
import { connectNova, type Nova } from '../harness/nova.ts';
import { openstack, openstackList, openstackShow, reportDeadHost } from '../harness/operator.ts';
import { type ProtectedCloud, withProtectedCloud } from '../harness/protected-cloud.ts';
import { assertAllEvacuatedOnce, assertOutOfService } from '../harness/recovery-facts.ts';
import { story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const HOST = 'compute-01';
const HOSTS = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];
const COUNT = 20;

const serviceShown = () =>
  openstackList('compute', 'service', 'list', '--service', 'nova-compute', '--host', HOST)[0];

function hostShown(cloud: ProtectedCloud): Readonly<Record<string, unknown>> | undefined {
  const rows = openstackList('segment', 'host', 'list', cloud.segmentId);
  return rows.find((row) => row['name'] === HOST);
}

async function recover(nova: Nova, cloud: ProtectedCloud): Promise<void> {
  const ids = boot(COUNT, HOST);
  crash(HOST);
  const id = reportDeadHost(HOST);
  progress(`reported as ${id}`);
  const settled = await waitUntilSettled(id);
  assert.equal(settled.status, 'finished', settled.message ?? '');
  await assertAllEvacuatedOnce(nova, HOST, ids);
  await assertOutOfService(nova, HOST);
  const instances = (await nova.instances()).filter((one) => ids.includes(one.id));
  await assertVmovesTrue(id, HOST, instances);
  assert.equal(openstackShow('notification', 'show', id)['status'], 'finished');
  const listed = openstackList('notification', 'list').map((row) => row['notification_uuid']);
  assert.deepEqual(listed, [id]);
  assert.equal(serviceShown()?.['Status'], 'disabled');
  assert.equal(serviceShown()?.['State'], 'down');
  assert.equal(hostShown(cloud)?.['on_maintenance'], true);
}

async function returnToService(nova: Nova, cloud: ProtectedCloud): Promise<void> {
  revive(HOST);
  await waitFor('forced_down is cleared', async () => !(await nova.service(HOST)).forced_down, {
    timeoutMs: 90_000,
    stepMs: 500,
  });
  progress('forced_down was cleared without a command');
  await waitFor('the host is up', async () => (await nova.service(HOST)).state === 'up', {
    timeoutMs: 30_000,
  });
  assert.equal(serviceShown()?.['Status'], 'disabled', 'the operator has the last word');
  assert.equal(serviceShown()?.['State'], 'up');
  assert.equal(hostShown(cloud)?.['on_maintenance'], true);
  openstack('compute', 'service', 'set', '--enable', HOST, 'nova-compute');
  const hostId = String(cloud.hostIds.get(HOST));
  openstack('segment', 'host', 'update', '--on_maintenance=False', cloud.segmentId, hostId);
  assert.equal(serviceShown()?.['Status'], 'enabled');
  assert.equal(hostShown(cloud)?.['on_maintenance'], false);
  assert.equal(boot(1, HOST).length, 1, 'a new instance boots there');
}

story('a reported dead host is recovered, and returns with two commands', async () => {
  const nova = await connectNova();
  await withProtectedCloud(HOSTS, async (cloud) => {
    await recover(nova, cloud);
    await returnToService(nova, cloud);
  });
});
