/**
 * Locks as the world sees them: what stands when the product locks an instance or takes a lock
 * away, and which of its own are left behind.
 */
import { isFinal } from '@medevac/core';
import type { IncidentId } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { LockCallFacts } from '../invariants/locks.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Ledger } from './ledger.ts';

/** Begins the reason of every lock that the product puts. */
const OURS = 'medevac ';

export interface LockWitnesses {
  readonly cloud: SimulatedCloud;
  readonly ledger: Ledger;
}

/** `undefined`: the call is about no lock, or about no instance. */
export function lockFacts(
  { cloud, ledger }: LockWitnesses,
  call: string,
  parameters: readonly unknown[],
): LockCallFacts | undefined {
  if (call !== 'lock' && call !== 'unlock') return undefined;
  const server = cloud.instance(String(parameters[0]))?.server;
  if (server === undefined) return undefined;
  const { host, locked, lockedReason, uuid } = server;
  const incident = host === null ? undefined : ledger.openIncident(host);
  return {
    ...{ call, instance: uuid, isLocked: locked, reason: lockedReason },
    isOurs: lockedReason?.startsWith(OURS) === true,
    unchangedForMs: cloud.locks.unchangedForMs(uuid) ?? Number.POSITIVE_INFINITY,
    isPlanned: incident !== undefined && ledger.isPlanned(incident.id),
  };
}

/** Instances with a lock of ours whose incident has ended. */
export async function leftLocked(
  cloud: SimulatedCloud,
  { incidents }: Pick<Stores, 'incidents'>,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { server } of cloud.instances()) {
    const { locked, lockedReason, uuid } = server;
    if (!locked || lockedReason?.startsWith(OURS) !== true) continue;
    const incident = await incidents.read(lockedReason.slice(OURS.length) as IncidentId);
    if (incident === undefined || isFinal(incident.state)) left.push(`${uuid} by ${lockedReason}`);
  }
  return left;
}
