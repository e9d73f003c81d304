/**
 * When a list of a host's instances is believed. Nova leaves out instances of a cell that it cannot
 * reach whenever a filter is given, and says nothing. All instances of a host are in one cell, so
 * that an empty list is the dangerous one.
 */
import { type HostName, OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../errors.ts';
import type { ServiceView } from './nova.ts';

/**
 * An empty list is believed only when Nova could see the service of the host before it and after
 * it: Nova waits long for a cell, which may be back as soon as the list was answered without it.
 */
export async function readSeenList<T>(
  host: HostName,
  readList: () => Promise<readonly T[]>,
  readServices: () => Promise<readonly ServiceView[]>,
): Promise<readonly T[]> {
  const first = await readList();
  if (first.length > 0) return first;
  refuseUnseenHost(host, await readServices());
  const second = await readList();
  if (second.length === 0) refuseUnseenHost(host, await readServices());
  return second;
}

/** Throws `cloud.cell_down` when one of the host's services is unseen. */
export function refuseUnseenHost(host: HostName, services: readonly ServiceView[]): void {
  if (services.every((service) => service.kind === 'seen')) return;
  throw new OperationalError(
    cloudErrors.cellDown,
    `Nova cannot reach the cell of host ${host} now; its instances are not known`,
    { fields: { host } },
  );
}
