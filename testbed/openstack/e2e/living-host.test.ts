/** A report about a host whose nova-compute lives changes nothing in Nova and is shown as held. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { BED, boot } from '../harness/bed.ts';
import { showNotification } from '../harness/notification.ts';
import { connectNova } from '../harness/nova.ts';
import { openstackShow, reportDeadHost } from '../harness/operator.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const HOST = 'compute-02';
/** Long enough that whatever acts on the report alone would have acted. */
const WATCHED_MS = 8 * BED.reportIntervalMs;

story('a report about a living host is held with its reason and changes nothing', async () => {
  const nova = await connectNova();
  await withProtectedCloud([HOST, 'compute-03'], async () => {
    const ids = boot(2, HOST);
    const id = reportDeadHost(HOST);
    const endMs = performance.now() + WATCHED_MS;
    const held = await waitFor(
      'the notification says why the report is held',
      async () => {
        const shown = await showNotification(id);
        return /has reported to Nova since/.test(shown.message ?? '') && shown;
      },
      { timeoutMs: 30_000 },
    );
    progress(`shown: ${held.message}`);
    while (performance.now() < endMs) {
      const service = await nova.service(HOST);
      assert.equal(service.forced_down, false);
      assert.equal(service.status, 'enabled');
      assert.equal(service.disabled_reason, null);
      assert.deepEqual(await nova.evacuations(HOST, ids), []);
    }
    const instances = (await nova.instances()).filter((one) => ids.includes(one.id));
    assert.deepEqual(
      instances.map((one) => [one.status, one['OS-EXT-SRV-ATTR:host']]),
      ids.map(() => ['ACTIVE', HOST]),
    );
    assert.equal(openstackShow('notification', 'show', id)['status'], 'new');
  });
});
