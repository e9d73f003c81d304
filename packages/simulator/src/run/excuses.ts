/**
 * Why an instance on a dead host may be without an answer in a healed world: its owner deletes it,
 * or its may-run set cannot be cleared by Nova's rules. Nothing else excuses a recovery.
 */
import type { HostName } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import type { RunWorld } from './run-world.ts';

export const isExcused = (world: RunWorld, server: Server): boolean =>
  world.actedOn.has(server.uuid) || mayRunElsewhere(world, server);

/** Of the instance's own records: what was in the way of the product, and is not to be cleared. */
function mayRunElsewhere(world: RunWorld, { uuid }: Server): boolean {
  const { cloud, fencing, returned } = world;
  const own = cloud.migrations().filter((one) => one.instanceUuid === uuid);
  const open = cloud.openMigrations(uuid);
  const isBack = (host: HostName | null): boolean => host !== null && returned.has(host);
  // A host of the set lives, or was switched on in between and may have carried its message out.
  const isHeldByHost = open.some((one) => one.isAlive || one.otherHosts.some(isBack));
  const hasReturned = own.some((one) => one.type === 'evacuation' && isBack(one.destHost));
  const messages = own.filter((one) => one.status === 'accepted' && one.destHost === null);
  // Where nobody reads the power, one call alone is made beside a message that is left.
  const isSpent = fencing !== 'power' && open.length > 0 && own.length > open.length;
  // Of a call that was delivered twice Nova ends one record two times, and the other one never.
  const isTwin = world.isDoubled(uuid) && messages.length > 0;
  const isBelied = open.some((one) => one.otherHosts.some((host) => wasBelied(world, host)));
  const isLeftOpen = isSpent || isTwin || isBelied;
  return isHeldByHost || hasReturned || messages.length > 1 || isLeftOpen;
}

/**
 * A BMC lied, and this host reads On now that its incident is over: nothing confirms any more that
 * it is dead, although it is. A lying BMC is outside the guarantee.
 */
function wasBelied({ cloud, ledger, plan }: RunWorld, host: HostName): boolean {
  const hasLied = plan.faults.some(({ kind, how }) => kind === 'bmc' && how === 'lying');
  const isOver = ledger.openIncident(host) === undefined;
  return hasLied && isOver && cloud.host(host).power === 'on';
}
