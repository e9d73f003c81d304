/** Medevac itself is killed half-way, at five moments, and started again: the same final facts. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { boot, crash } from '../harness/bed.ts';
import {
  assertVmovesTrue,
  postDeadHost,
  showNotification,
  waitUntilSettled,
} from '../harness/notification.ts';
import { connectNova, type Nova } from '../harness/nova.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { assertAllEvacuatedOnce, assertOutOfService } from '../harness/recovery-facts.ts';
import { story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const HOST = 'compute-01';
const HOSTS = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];
const COUNT = 10;
const CALLS_BEFORE_KILL = 4;
const WATCH = { timeoutMs: 60_000, stepMs: 20 };

interface Moment {
  readonly name: string;
  /** Resolves when Nova shows that the moment has come. */
  readonly reached: (
    nova: Nova,
    instanceIds: readonly string[],
    notification: string,
  ) => Promise<unknown>;
}

const MOMENTS: readonly Moment[] = [
  { name: 'right after the report was accepted', reached: async () => undefined },
  {
    name: 'once its incident is open and nothing is decided',
    reached: (_nova, _ids, notification) =>
      waitFor(
        'its timeline has begun',
        async () => (await showNotification(notification)).recovery_workflow_details.length > 0,
        WATCH,
      ),
  },
  {
    name: 'after the force-down',
    reached: (nova) =>
      waitFor('forced down', async () => (await nova.service(HOST)).forced_down, WATCH),
  },
  {
    name: `after ${CALLS_BEFORE_KILL} of ${COUNT} evacuate calls`,
    reached: (nova, ids) =>
      waitFor(
        'evacuate calls accepted',
        async () => (await nova.evacuations(HOST, ids)).length >= CALLS_BEFORE_KILL,
        WATCH,
      ),
  },
  {
    name: 'with every call made and instances still on their way',
    reached: (nova, ids) =>
      waitFor(
        'every evacuate call accepted',
        async () => (await nova.evacuations(HOST, ids)).length === ids.length,
        WATCH,
      ),
  },
];

/**
 * Prints how long after its start the new replica's first evacuate call was seen by Nova. Calls
 * that were on their way at the kill have arrived by the time the new replica answers.
 */
async function reportNextCall(
  nova: Nova,
  ids: readonly string[],
  startedMs: number,
): Promise<void> {
  const before = (await nova.evacuations(HOST, ids)).length;
  if (before === ids.length) {
    progress('every evacuate call had been made before the restart');
    return;
  }
  const isNext = async (): Promise<boolean> => (await nova.evacuations(HOST, ids)).length > before;
  await waitFor('the next evacuate call', isNext, WATCH);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(2);
  progress(`restart to next evacuate call: ${seconds} s (${before} of ${COUNT} made before)`);
}

for (const moment of MOMENTS) {
  story(`killed ${moment.name}, Medevac finishes after its restart`, async () => {
    const nova = await connectNova();
    await withProtectedCloud(HOSTS, async (cloud) => {
      const ids = boot(COUNT, HOST);
      crash(HOST);
      const { notification_uuid: id } = await postDeadHost(HOST);
      await moment.reached(nova, ids, id);
      await cloud.kill();
      const startedMs = performance.now();
      await cloud.restart();
      await reportNextCall(nova, ids, startedMs);
      const settled = await waitUntilSettled(id);
      assert.equal(settled.status, 'finished', settled.message ?? '');
      await assertAllEvacuatedOnce(nova, HOST, ids);
      await assertOutOfService(nova, HOST);
      const instances = (await nova.instances()).filter((one) => ids.includes(one.id));
      await assertVmovesTrue(id, HOST, instances);
    });
  });
}
