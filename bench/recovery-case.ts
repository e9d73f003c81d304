/**
 * One measured host failure on the test cloud: the same preparation, the same zero, the same
 * watcher and the same final facts for every side; only what is done at zero differs. Zero is the
 * instant at which the dead host has been silent in Nova for one report interval.
 */
import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { recoverBare } from '../testbed/openstack/harness/bare-recovery.ts';
import { boot, crash, restore } from '../testbed/openstack/harness/bed.ts';
import { waitUntilSilent } from '../testbed/openstack/harness/host-silence.ts';
import { postDeadHost } from '../testbed/openstack/harness/notification.ts';
import { connectNova, type Nova } from '../testbed/openstack/harness/nova.ts';
import { withProtectedCloud } from '../testbed/openstack/harness/protected-cloud.ts';
import { assertAllEvacuatedOnce } from '../testbed/openstack/harness/recovery-facts.ts';
import { type Figures, figuresOf, watchRecovery } from '../testbed/openstack/harness/watcher.ts';

const HOST = 'compute-01';
const HOSTS = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];
/** Ten times what the floor needs for one instance on a slow machine, and a start. */
const timeoutMs = (count: number): number => 60_000 + count * 10_000;

export type Side = 'floor' | 'medevac';

export interface CaseResult extends Figures {
  readonly side: Side;
  readonly instances: number;
  readonly at: string;
  /** Load of the machine over the last minute, before zero. */
  readonly loadBefore: number;
}

/** Runs one case and leaves the bed as it was: no instances, every host in service. */
export async function measureCase(side: Side, instances: number): Promise<CaseResult> {
  restore();
  try {
    if (side === 'floor') return await measure(side, instances, recoverBare);
    let result: CaseResult | undefined;
    await withProtectedCloud(HOSTS, async () => {
      result = await measure(side, instances, async () => void (await postDeadHost(HOST)));
    });
    assert.ok(result !== undefined);
    return result;
  } finally {
    restore();
  }
}

type Recover = (nova: Nova, host: string, instanceIds: readonly string[]) => Promise<void>;

async function measure(side: Side, instances: number, recover: Recover): Promise<CaseResult> {
  const nova = await connectNova();
  const ids = boot(instances, HOST);
  crash(HOST);
  await waitUntilSilent(nova, HOST);
  const loadBefore = Math.round((loadavg()[0] ?? 0) * 100) / 100;
  const t0Ms = performance.now();
  const watch = { sourceHost: HOST, instanceIds: ids, t0Ms, timeoutMs: timeoutMs(instances) };
  const [recovered] = await Promise.all([watchRecovery(watch), recover(nova, HOST, ids)]);
  const figures = figuresOf(recovered, instances);
  assert.ok(figures !== undefined, `${side}: ${recovered.size} of ${instances} came back`);
  await assertAllEvacuatedOnce(nova, HOST, ids);
  return { side, instances, at: new Date().toISOString(), loadBefore, ...figures };
}
