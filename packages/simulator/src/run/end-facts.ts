/** What is still missing in a healed world, with the reasons for which something may be missing. */
import { isFinal } from '@medevac/core';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { EndFacts } from '../invariants/liveness.ts';
import type { SimulatedHost, SimulatedInstance } from '../world/simulated-cloud.ts';
import type { RunWorld } from './run-world.ts';

const FINAL: readonly string[] = ['finished', 'failed', 'ignored'];

export async function endFacts(world: RunWorld): Promise<EndFacts> {
  const { cloud, stores } = world;
  const openNotifications: string[] = [];
  for (const uuid of world.reporters.kept) {
    const row = await stores.notifications.read(uuid);
    if (row === undefined || !FINAL.includes(row.status)) {
      openNotifications.push(`${uuid} (${row?.status}: ${row?.message})`);
    }
  }
  const dead = new Set(
    cloud
      .hosts()
      .filter(isDead)
      .map((host) => host.name),
  );
  return {
    openNotifications,
    left: cloud
      .instances()
      .filter((one) => one.server.host !== null && dead.has(one.server.host))
      .filter((one) => !isExcused(world, one))
      .map((one) => ({ instance: one.server.uuid, host: one.server.host as HostName })),
    notReturned: cloud
      .hosts()
      .filter((host) => isKeptOut(world, host))
      .map((host) => host.name),
  };
}

const isDead = (host: SimulatedHost): boolean => host.power === 'off' || host.kernel === 'crashed';

/**
 * Not the product's to bring back today: its owner acted, its host has been back in between, or its
 * evacuation is stuck in Nova because the destination failed.
 */
function isExcused(world: RunWorld, { server }: SimulatedInstance): boolean {
  const latest = lastEvacuation(world, server.uuid);
  const isStuck = latest !== undefined && /accepted|migrating|completed/.test(latest.status);
  const isActedOn = world.actedOn.has(server.uuid);
  const hasReturned = server.host !== null && world.returned.has(server.host);
  return isStuck || isActedOn || hasReturned;
}

const lastEvacuation = (world: RunWorld, uuid: InstanceUuid) =>
  world.cloud.migrations().findLast((one) => one.instanceUuid === uuid);

/** Nova refuses while an evacuation is `done` that no start of nova-compute has cleaned up. */
function isKeptOut(world: RunWorld, host: SimulatedHost): boolean {
  if (!host.isReporting || !host.service.isForcedDown) return false;
  const isLeft = world.cloud
    .migrations()
    .some((one) => one.sourceHost === host.name && /done|accepted|migrating/.test(one.status));
  const incident = world.ledger.openIncident(host.name);
  return !isLeft && (incident === undefined || isFinal(incident.state));
}
