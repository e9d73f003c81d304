/** The floor: a bare script recovers a dead host, so the bed itself can do what is asked later. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { recoverBare } from '../harness/bare-recovery.ts';
import { boot, crash } from '../harness/bed.ts';
import { waitUntilSilent } from '../harness/host-silence.ts';
import { connectNova } from '../harness/nova.ts';
import { assertAllEvacuatedOnce } from '../harness/recovery-facts.ts';
import { story } from '../harness/story.ts';
import { progress } from '../harness/waiting.ts';
import { figuresOf, watchRecovery } from '../harness/watcher.ts';

const HOST = 'compute-01';
const COUNT = 20;

story('a bare script recovers 20 instances of a dead host', async () => {
  const nova = await connectNova();
  const ids = boot(COUNT, HOST);
  crash(HOST);
  await waitUntilSilent(nova, HOST);
  const t0Ms = performance.now();
  const watched = watchRecovery({ sourceHost: HOST, instanceIds: ids, t0Ms, timeoutMs: 120_000 });
  const [recovered] = await Promise.all([watched, recoverBare(nova, HOST, ids)]);
  const figures = figuresOf(recovered, COUNT);
  progress(`floor: ${JSON.stringify(figures)}`);
  assert.ok(figures !== undefined, `${recovered.size} of ${COUNT} instances came back`);
  await assertAllEvacuatedOnce(nova, HOST, ids);
});
