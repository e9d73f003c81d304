/**
 * One look at a host that is drained: which instances are to be moved next, in which order, and
 * whether it is empty. What others have under way there is waited for. It changes nothing but what
 * the drain shows and which instances it counts.
 *
 * The least important ones go first, and of equals the smallest: what is wrong with a destination
 * or the network shows where it hurts least.
 */
import { decidePriority } from '@medevac/core';
import type { InstanceUuid } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { readInstanceRules } from '../recovery/effective-rules.ts';
import { DrainInstanceStatus } from '../stores/drain-store.ts';
import {
  barrierOf,
  type DrainRun,
  type HostUse,
  isEmpty,
  readDrainedService,
  readHostUse,
  showDrain,
} from './drain-run.ts';

export type HostLook =
  | { readonly kind: 'move'; readonly uuids: readonly InstanceUuid[]; readonly mark: number }
  | { readonly kind: 'empty' }
  /** Nothing more can be done, or is to be begun. */
  | { readonly kind: 'over'; readonly reason: string };

const LOOK_MS = 5_000;

export async function lookAtHost(run: DrainRun, attempt: Attempt): Promise<HostLook> {
  const { drain, ports } = run;
  await keepService(run);
  for (;;) {
    const barrier = await barrierOf(run);
    if (barrier?.kind === 'stop' || barrier?.kind === 'end') {
      return { kind: 'over', reason: barrier.reason };
    }
    const use = await readHostUse(ports, drain.hostName, attempt);
    if (isEmpty(use)) return { kind: 'empty' };
    const next = await nextOf(run, use);
    if (next.length > 0) {
      await plan(run, next);
      return { kind: 'move', uuids: next.map(({ uuid }) => uuid), mark: use.newestMigrationId };
    }
    const [open] = use.open;
    if (open === undefined) {
      return { kind: 'over', reason: `${use.busy.length} instances cannot be moved` };
    }
    await showDrain(run, `waits for a ${open.type} of ${open.instanceUuid}: it is ${open.status}`);
    await ports.clock.sleep(LOOK_MS, attempt.signal);
  }
}

async function keepService(run: DrainRun): Promise<void> {
  const { drain, ports, scope } = run;
  if (drain.serviceUuid !== null) return;
  const { uuid, status } = await readDrainedService(run);
  const before = { serviceUuid: uuid, wasEnabled: status === 'enabled' };
  await scope.write((tenure) => ports.stores.drains.keepService(tenure, drain.id, before));
}

/** Those that have no answer yet, and those that were moved and are here again. */
async function nextOf(run: DrainRun, { busy }: HostUse): Promise<readonly Server[]> {
  const { drain, ports, settings } = run;
  const rows = await ports.stores.drains.instancesOf(drain.id);
  const statusOf = new Map(rows.map((row) => [row.instanceUuid, row.status]));
  const isFinal = ({ uuid }: Server): boolean => {
    const status = statusOf.get(uuid);
    return status === DrainInstanceStatus.left || status === DrainInstanceStatus.failed;
  };
  const next = busy.filter((server) => !isFinal(server));
  const uuids = next.map(({ uuid }) => uuid);
  const { priorities } = await readInstanceRules({ ports, settings }, uuids);
  const ranked = next.map((server) => {
    const { flavor, metadata, name, projectId, tags, uuid } = server;
    const facts = {
      ...{ instanceUuid: uuid, name, projectId, metadata, tags },
      flavorExtraSpecs: flavor.extraSpecs,
      imageProperties: undefined,
    };
    return { server, priority: decidePriority(facts, priorities) };
  });
  return ranked
    .toSorted(
      (a, b) =>
        a.priority - b.priority ||
        a.server.flavor.memoryMib - b.server.flavor.memoryMib ||
        (a.server.uuid < b.server.uuid ? -1 : 1),
    )
    .map(({ server }) => server);
}

async function plan({ drain, ports, scope }: DrainRun, next: readonly Server[]): Promise<void> {
  const { clock, stores } = ports;
  const known = await stores.drains.instancesOf(drain.id);
  const offset = known.reduce((most, { place }) => Math.max(most, place), 0);
  const instances = next.map(({ uuid, name }, index) => ({
    instanceUuid: uuid,
    instanceName: name,
    place: offset + index + 1,
  }));
  await scope.write((tenure) => stores.drains.plan(tenure, drain.id, instances, clock.wallMs()));
}
