/**
 * What happens beneath a recovery on a database server: the replica that holds it is paused and
 * wakes late, the database is gone for half a minute, a node of a Galera cluster is killed.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { BED, boot, crash } from '../harness/bed.ts';
import { withGalera, withMariadb } from '../harness/database.ts';
import { newStateDir, removeStateDir, startMedevac } from '../harness/medevac.ts';
import { assertVmovesTrue, postDeadHost, waitUntilSettled } from '../harness/notification.ts';
import { connectNova, type Nova } from '../harness/nova.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { assertAllEvacuatedOnce, assertOutOfService } from '../harness/recovery-facts.ts';
import { story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const HOST = 'compute-01';
const HOSTS = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];
const COUNT = 10;
const CALLS_BEFORE = 3;
/** So that most instances still wait when the moment comes. */
const SLOWLY = { more: ['--open-evacuations=3'] };
const OUTAGE_MS = 30_000;
/** Long enough for a replica that has just woken up to do what it was about to do. */
const AFTER_WAKING_MS = 10_000;

const callsMade = (nova: Nova, ids: readonly string[]) =>
  waitFor(
    'evacuate calls accepted',
    async () => (await nova.evacuations(HOST, ids)).length >= CALLS_BEFORE,
    { timeoutMs: 60_000, stepMs: 20 },
  );

async function assertRecovered(nova: Nova, id: string, ids: readonly string[]): Promise<void> {
  const settled = await waitUntilSettled(id);
  assert.equal(settled.status, 'finished', settled.message ?? '');
  await assertAllEvacuatedOnce(nova, HOST, ids);
  await assertOutOfService(nova, HOST);
  const instances = (await nova.instances()).filter((one) => ids.includes(one.id));
  await assertVmovesTrue(id, HOST, instances);
}

story('a replica that is paused in mid-recovery wakes late and does nothing', async () => {
  const nova = await connectNova();
  await withMariadb(async ({ url: database }) => {
    const stateDir = newStateDir();
    const listen = `127.0.0.1:${BED.instanceHaPort + 2}`;
    try {
      await withProtectedCloud(
        HOSTS,
        async (cloud) => {
          const ids = boot(COUNT, HOST);
          // The one that takes over is stopped until the other one holds the recovery.
          await cloud.kill();
          const holder = await startMedevac({ stateDir, listen, database, ...SLOWLY });
          try {
            crash(HOST);
            const { notification_uuid: id } = await postDeadHost(HOST, `http://${listen}`);
            await callsMade(nova, ids);
            holder.pause();
            const before = (await nova.evacuations(HOST, ids)).length;
            progress(`paused after ${before} of ${COUNT} evacuate calls`);
            assert.ok(before < COUNT, 'something was left to do');
            await cloud.restart();
            await assertRecovered(nova, id, ids);
            holder.wake();
            await sleep(AFTER_WAKING_MS);
            assert.ok(holder.isRunning(), 'it goes on as a replica that holds nothing');
            await assertRecovered(nova, id, ids);
          } finally {
            holder.wake();
            await holder.kill();
          }
        },
        { database, ...SLOWLY },
      );
    } finally {
      removeStateDir(stateDir);
    }
  });
});

story('the database is gone for 30 s in mid-recovery', async () => {
  const nova = await connectNova();
  await withMariadb(async (line) => {
    await withProtectedCloud(
      HOSTS,
      async () => {
        const ids = boot(COUNT, HOST);
        crash(HOST);
        const { notification_uuid: id } = await postDeadHost(HOST);
        await callsMade(nova, ids);
        await line.cut();
        const before = (await nova.evacuations(HOST, ids)).length;
        progress(`cut off after ${before} of ${COUNT} evacuate calls`);
        await sleep(OUTAGE_MS);
        await line.mend();
        await assertRecovered(nova, id, ids);
      },
      { database: line.url, ...SLOWLY },
    );
  });
});

story('the node of a Galera cluster that the replica uses is killed', async () => {
  const nova = await connectNova();
  await withGalera(async (nodes) => {
    const [first, , third] = nodes;
    assert.ok(first && third);
    const place = /@([^/]+)\//;
    const both = `@${place.exec(third.url)?.[1]},${place.exec(first.url)?.[1]}/`;
    await withProtectedCloud(
      HOSTS,
      async () => {
        const ids = boot(COUNT, HOST);
        crash(HOST);
        const { notification_uuid: id } = await postDeadHost(HOST);
        await callsMade(nova, ids);
        await third.process.stop('SIGKILL');
        await assertRecovered(nova, id, ids);
      },
      { database: third.url.replace(place, both), ...SLOWLY },
    );
  });
});
