/**
 * What others do at bad moments of a recovery: the failed host comes back, an owner deletes
 * instances that wait, a second host fails two seconds after the first.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { BED, boot, crash, revive } from '../harness/bed.ts';
import { MEDEVAC_URL, runMedevac } from '../harness/medevac.ts';
import {
  assertVmovesTrue,
  postDeadHost,
  showNotification,
  vmovesOf,
  waitUntilSettled,
} from '../harness/notification.ts';
import { connectNova, type Nova } from '../harness/nova.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { assertAllEvacuatedOnce, assertOutOfService } from '../harness/recovery-facts.ts';
import { story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const HOST = 'compute-01';
const SECOND = 'compute-02';
const HOSTS = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];
const COUNT = 10;
/** So that most instances still wait when the moment comes. */
const SLOWLY = { more: ['--open-evacuations=2'] };
const DELETED = 3;
const COMMAND_MS = 60_000;

const callsMade = (nova: Nova, ids: readonly string[], count: number) =>
  waitFor(
    'evacuate calls accepted',
    async () => (await nova.evacuations(HOST, ids)).length >= count,
    { timeoutMs: 60_000, stepMs: 20 },
  );

async function openIncident(host: string): Promise<string> {
  const words = ['--os-cloud=medevac', `--url=${MEDEVAC_URL}`, '--json'];
  const options = [`--host=${host}`, '--open'];
  const text = runMedevac(['incident', 'list', ...words, ...options], COMMAND_MS);
  const [incident] = JSON.parse(text) as readonly { readonly id: string }[];
  assert.ok(incident, `an incident of ${host} is open`);
  return incident.id;
}

/** As the operator does it whom the return tells what it waits for. */
async function untilCleared(nova: Nova): Promise<void> {
  let isRestarted = false;
  const isCleared = async (): Promise<boolean> => {
    if (!(await nova.service(HOST)).forced_down) return true;
    const words = ['--os-cloud=medevac', `--url=${MEDEVAC_URL}`, '--json'];
    const text = runMedevac(['return', 'list', ...words, `--host=${HOST}`, '--open'], COMMAND_MS);
    const [{ reason = '' } = {}] = JSON.parse(text) as readonly { readonly reason?: string }[];
    if (!isRestarted && /restart it on/.test(reason ?? '')) {
      progress(`the return waits: ${reason}`);
      isRestarted = true;
      crash(HOST);
      revive(HOST);
    }
    return false;
  };
  await waitFor('forced_down is cleared', isCleared, { timeoutMs: 120_000, stepMs: 2_000 });
}

story('the failed host comes back in mid-recovery: nothing more is moved', async () => {
  const nova = await connectNova();
  await withProtectedCloud(
    HOSTS,
    async () => {
      const ids = boot(COUNT, HOST);
      crash(HOST);
      const { notification_uuid: id } = await postDeadHost(HOST);
      await callsMade(nova, ids, 2);
      revive(HOST);
      await waitFor(
        'the recovery is held',
        async () => (await showNotification(id)).status === 'new',
        { timeoutMs: 90_000 },
      );
      const called = (await nova.evacuations(HOST, ids)).length;
      progress(`held after ${called} of ${COUNT} evacuate calls`);
      await sleep(4 * BED.reportIntervalMs);
      const evacuations = await nova.evacuations(HOST, ids);
      assert.equal(evacuations.length, called, 'no evacuate call after the sign of life');
      assert.equal(new Set(evacuations.map((one) => one.instance_uuid)).size, called, 'one each');
      const incident = await openIncident(HOST);
      const where = ['--os-cloud=medevac', `--url=${MEDEVAC_URL}`];
      runMedevac(['incident', 'cancel', incident, ...where, '--note=it is back'], COMMAND_MS);
      const settled = await waitUntilSettled(id);
      progress(`ended ${settled.status}: ${settled.message ?? ''}`);
      await untilCleared(nova);
      const vmoves = await vmovesOf(id);
      for (const one of (await nova.instances()).filter((each) => ids.includes(each.id))) {
        const isMoved = one['OS-EXT-SRV-ATTR:host'] !== HOST;
        assert.equal(one['OS-EXT-STS:task_state'], null, one.id);
        assert.equal(vmoves.get(one.id)?.status === 'succeeded', isMoved, one.id);
        if (isMoved) assert.equal(one.status, 'ACTIVE', one.id);
      }
    },
    SLOWLY,
  );
});

story('an owner deletes instances in mid-recovery', async () => {
  const nova = await connectNova();
  await withProtectedCloud(
    HOSTS,
    async () => {
      const ids = boot(COUNT, HOST);
      crash(HOST);
      const { notification_uuid: id } = await postDeadHost(HOST);
      await callsMade(nova, ids, 2);
      const begun = new Set((await nova.evacuations(HOST, ids)).map((one) => one.instance_uuid));
      const gone = ids.filter((one) => !begun.has(one)).slice(-DELETED);
      for (const one of gone) assert.equal((await nova.remove(one)).status, 204);
      const settled = await waitUntilSettled(id);
      assert.equal(settled.status, 'finished', settled.message ?? '');
      const left = ids.filter((one) => !gone.includes(one));
      await assertAllEvacuatedOnce(nova, HOST, left);
      const vmoves = await vmovesOf(id);
      const told = gone.map((one) => vmoves.get(one)?.status);
      progress(`of the deleted ones is told: ${told.join(', ')}`);
      assert.deepEqual(
        told,
        gone.map(() => 'ignored'),
      );
      const present = (await nova.instances()).map((one) => one.id);
      assert.deepEqual(
        gone.filter((one) => present.includes(one)),
        [],
      );
    },
    SLOWLY,
  );
});

story('two hosts fail 2 s apart, and both are recovered', async () => {
  const nova = await connectNova();
  await withProtectedCloud(HOSTS, async () => {
    const [first, second] = [boot(8, HOST), boot(8, SECOND)];
    crash(HOST);
    const { notification_uuid: firstId } = await postDeadHost(HOST);
    await sleep(2_000);
    crash(SECOND);
    const { notification_uuid: secondId } = await postDeadHost(SECOND);
    for (const [host, id] of [
      [HOST, firstId],
      [SECOND, secondId],
    ] as const) {
      const settled = await waitUntilSettled(id);
      assert.equal(settled.status, 'finished', `${host}: ${settled.message ?? ''}`);
      await assertOutOfService(nova, host);
    }
    const instances = (await nova.instances()).filter((one) =>
      [...first, ...second].includes(one.id),
    );
    assert.equal(instances.length, first.length + second.length);
    for (const one of instances) {
      assert.equal(one.status, 'ACTIVE', one.id);
      assert.ok(!['compute-01', 'compute-02'].includes(one['OS-EXT-SRV-ATTR:host'] ?? ''), one.id);
    }
    await assertAllEvacuatedOnce(nova, SECOND, second);
    await assertVmovesTrue(
      secondId,
      SECOND,
      instances.filter((one) => second.includes(one.id)),
    );
  });
});
