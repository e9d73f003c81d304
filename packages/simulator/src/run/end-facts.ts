/** What is still missing in a healed world, with the reasons for which something may be missing. */
import { isFinal } from '@medevac/core';
import { ReturnState } from '@medevac/engine';
import type { HostName } from '@medevac/kernel';
import { hasFinalAnswer } from '../callers/report-book.ts';
import type { EndFacts } from '../invariants/liveness.ts';
import type { SimulatedHost, SimulatedInstance } from '../world/simulated-cloud.ts';
import { isExcused } from './excuses.ts';
import { leftLocked } from './lock-facts.ts';
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
    keptDrains: await keptDrains(world),
    movingBack: await movingBack(world),
    leftLocked: await leftLocked(cloud, stores),
    left: cloud
      .instances()
      .filter((one) => one.server.host !== null && dead.has(one.server.host))
      .filter((one) => isProtected(one) && !isExcused(world, one.server))
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

/**
 * Drains of hosts that report and are at work still, and hosts on maintenance that is the
 * product's, for which nothing is open that would lift it.
 */
async function keptDrains({ cloud, stores }: RunWorld): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const { isReporting, name } of cloud.hosts()) {
    const drain = await stores.drains.findOpen(name);
    if (drain !== undefined) {
      const isWorking = drain.state !== 'drained' && isReporting;
      if (isWorking) kept.push(`the drain of ${name} is ${drain.state}: ${drain.message}`);
      continue;
    }
    const host = await stores.segments.findHost(name);
    if (host?.isMaintenanceOurs !== true) continue;
    // A recovery's own maintenance is the business of the host's return.
    const page = await stores.returns.list({ filter: { hostName: name }, limit: 1 });
    const isOpen = (await stores.incidents.findOpen(name)) !== undefined;
    const wasRecovered = page.kind === 'page' && page.rows.length > 0;
    if (!isOpen && !wasRecovered) kept.push(`${name} is on maintenance for nothing`);
  }
  return kept;
}

const isTorn = (
  one: { readonly destHost: HostName | null; readonly status: string },
  to: HostName,
) => one.destHost === to && one.status === 'running';

/** Of hosts that are well: a host that is silent again, or whose segment is not, waits. */
async function movingBack({ cloud, plan, stores }: RunWorld): Promise<readonly string[]> {
  if (plan.movesBack !== true) return [];
  const open = await stores.returns.listOpen(1_000);
  if ((await stores.incidents.listOpen(1)).length > 0) return [];
  const { cleared, enabling, movingBack: moving, watching } = ReturnState;
  const approved: readonly string[] = [enabling, moving, watching];
  const kept: string[] = [];
  for (const { hostName, message, state } of open) {
    const { isReporting, service } = cloud.host(hostName);
    const isReserved = (await stores.segments.findHost(hostName))?.reserved === true;
    // One that somebody has enabled by hand waits for an approval that nobody gives.
    const isNext = state === cleared && !service.isEnabled && !isReserved;
    const isOnTheWay = approved.includes(state) || isNext;
    // A migration whose source has died never ends by itself, and is watched for long.
    const isStuck = cloud.migrations().some((one) => isTorn(one, hostName));
    const isWell = isReporting && !service.isForcedDown && !isStuck;
    if (isWell && isOnTheWay) kept.push(`${hostName} is ${state}: ${message}`);
  }
  return kept;
}

/** One that Nova can evacuate and that nobody is deleting. */
export const isProtected = ({ hasLocalDisk, server }: SimulatedInstance): boolean =>
  !hasLocalDisk && EVACUABLE.includes(server.vmState) && server.taskState !== 'deleting';

const EVACUABLE: readonly string[] = ['active', 'stopped', 'error'];

const isDead = (host: SimulatedHost): boolean => host.power === 'off' || host.kernel === 'crashed';

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
