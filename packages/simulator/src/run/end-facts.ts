/** What is still missing in a healed world, with the reasons for which something may be missing. */
import { isFinal } from '@medevac/core';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import { hasFinalAnswer } from '../callers/report-book.ts';
import type { EndFacts } from '../invariants/liveness.ts';
import type { SimulatedHost, SimulatedInstance } from '../world/simulated-cloud.ts';
import type { RunWorld } from './run-world.ts';

export async function endFacts(world: RunWorld): Promise<EndFacts> {
  const { cloud, stores } = world;
  const openNotifications: string[] = [];
  for (const uuid of world.callers.book.kept) {
    const row = await stores.notifications.read(uuid);
    if (row === undefined || !hasFinalAnswer(row)) {
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
    lostCopies: await world.callers.book.copiesWithoutEvidence(),
    keptReserved: await keptReserved(world),
    left: cloud
      .instances()
      .filter((one) => one.server.host !== null && dead.has(one.server.host))
      .filter((one) => isProtected(one) && !isExcused(world, one))
      .map((one) => ({ instance: one.server.uuid, host: one.server.host as HostName })),
    notReturned: cloud
      .hosts()
      .filter((host) => isKeptOut(world, host))
      .map((host) => host.name),
  };
}

/** Reserved hosts that are still in use, or that the product enabled and did not give back. */
async function keptReserved({ cloud, enabled, stores }: RunWorld): Promise<readonly string[]> {
  const open = await stores.reservations.listOpen(1_000);
  const kept = open.map((one) => `${one.hostName} is ${one.state} for ${one.failedHost}`);
  for (const host of enabled) {
    const isReserved = (await stores.segments.findHost(host))?.reserved === true;
    if (isReserved && cloud.host(host).service.isEnabled) {
      kept.push(`${host} is reserved, and enabled in Nova by a recovery`);
    }
  }
  return kept;
}

/** One that Nova can evacuate and that nobody is deleting. */
export const isProtected = ({ hasLocalDisk, server }: SimulatedInstance): boolean =>
  !hasLocalDisk && EVACUABLE.includes(server.vmState) && server.taskState !== 'deleting';

const EVACUABLE: readonly string[] = ['active', 'stopped', 'error'];

const isDead = (host: SimulatedHost): boolean => host.power === 'off' || host.kernel === 'crashed';

/**
 * Not the product's to bring back today: its owner deletes it, its host has been back in between,
 * another host may run it, or its evacuation is stuck in Nova because the destination failed.
 */
function isExcused(world: RunWorld, { server }: SimulatedInstance): boolean {
  const { cloud } = world;
  // The product takes nobody out of the may-run set yet, not even a host that is confirmed dead.
  const mayRunElsewhere = cloud
    .openMigrations(server.uuid)
    .some((one) => one.otherHosts.length > 0);
  const latest = lastEvacuation(world, server.uuid);
  const isStuck = latest !== undefined && /accepted|migrating|completed/.test(latest.status);
  const isActedOn = world.actedOn.has(server.uuid);
  const hasReturned = server.host !== null && world.returned.has(server.host);
  return mayRunElsewhere || isStuck || isActedOn || hasReturned;
}

const lastEvacuation = (world: RunWorld, uuid: InstanceUuid) =>
  world.cloud
    .migrations()
    .findLast((one) => one.instanceUuid === uuid && one.type === 'evacuation');

/** Nova refuses while an evacuation is `done` that no start of nova-compute has cleaned up. */
function isKeptOut(world: RunWorld, host: SimulatedHost): boolean {
  const { isForcedDown, isDeleted } = host.service;
  if (!host.isReporting || !isForcedDown || isDeleted) return false;
  const isLeft = world.cloud
    .migrations()
    .some((one) => one.sourceHost === host.name && /done|accepted|migrating/.test(one.status));
  const incident = world.ledger.openIncident(host.name);
  return !isLeft && (incident === undefined || isFinal(incident.state));
}
