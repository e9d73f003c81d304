/** What must be true in Nova after a host failure was recovered, asserted by Nova's own answers. */
import assert from 'node:assert/strict';
import type { Nova } from './nova.ts';
import { waitFor } from './waiting.ts';

/** An evacuation that has arrived: `done`, and `completed` once the source host has cleaned up. */
const ARRIVED = ['done', 'completed'];

/** All instances ACTIVE on another host, with exactly one evacuation each, all arrived. */
export async function assertAllEvacuatedOnce(
  nova: Nova,
  host: string,
  instanceIds: readonly string[],
): Promise<void> {
  const instances = await waitFor(
    'every instance is settled in the API',
    async () => {
      const found = (await nova.instances()).filter(({ id }) => instanceIds.includes(id));
      return found.every((one) => one['OS-EXT-STS:task_state'] === null) && found;
    },
    { timeoutMs: 30_000, stepMs: 500 },
  );
  const misplaced = instances.filter(
    (one) => one.status !== 'ACTIVE' || one['OS-EXT-SRV-ATTR:host'] === host,
  );
  assert.equal(instances.length, instanceIds.length, 'Nova lists every instance');
  assert.deepEqual(misplaced, [], 'every instance is ACTIVE on another host');
  const migrations = await nova.evacuations(host, instanceIds);
  const movedIds = migrations.map((migration) => migration.instance_uuid);
  assert.equal(migrations.length, instanceIds.length, 'exactly one evacuation per instance');
  assert.deepEqual([...movedIds].sort(), [...instanceIds].sort());
  const unarrived = migrations.filter(({ status }) => !ARRIVED.includes(status));
  assert.deepEqual(unarrived, [], 'every evacuation has arrived');
}

/** The host's service is forced down and disabled with a reason of Medevac's. */
export async function assertOutOfService(nova: Nova, host: string): Promise<void> {
  const service = await nova.service(host);
  assert.equal(service.forced_down, true, `${host} is forced down`);
  assert.equal(service.status, 'disabled', `${host} is disabled`);
  assert.match(service.disabled_reason ?? '', /^medevac /, 'the reason names Medevac');
}
