/**
 * Keeps an owner off one instance of a dead host: Nova's lock, with our incident as its reason.
 * Observes: the instance, directly before. Changes: nothing when it is locked already, by whomever,
 * nor when somebody has taken our lock away. Safe to repeat; what a crash leaves behind is in the
 * store from before the call.
 */
import { decideLock } from '@medevac/core';
import {
  type IncidentId,
  type InstanceLockUuid,
  type InstanceUuid,
  newUuid,
} from '@medevac/kernel';
import type { Call } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import type { Recovery } from '../recovery/context.ts';

/** By which our locks are known in Nova. */
export const lockReasonOf = (incident: IncidentId): string => `medevac ${incident}`;

const CALL_MS = 10_000;

/** `left`: it is as somebody else wants it, or not on the failed host any more. */
export type LockResult = 'locked' | 'left';

export async function placeLock(
  { incident, ports, scope }: Recovery,
  instanceUuid: InstanceUuid,
  attempt: Attempt,
): Promise<LockResult> {
  const { actions, clock, nova, random, stores } = ports;
  const locks = stores.instanceLocks;
  const reason = lockReasonOf(incident.id);
  const known = await locks.find(incident.id, instanceUuid);
  const uuid = known?.uuid ?? newUuid<InstanceLockUuid>(random);
  if (known === undefined) {
    const lock = { uuid, incidentId: incident.id, instanceUuid, createdAtMs: clock.wallMs() };
    await scope.write((tenure) => locks.place(tenure, lock));
  }
  const server = await nova.readServer(instanceUuid, callOf(attempt));
  const decision = decideLock({ server, failedHost: incident.hostName, reason });
  if (decision === 'ours') return 'locked';
  // One that Nova had accepted, and that is gone, was taken away by somebody who may do so.
  if (decision === 'leave' || known?.isSettled === true) {
    if (known === undefined) await scope.write((tenure) => locks.remove(tenure, uuid));
    return 'left';
  }
  const outcome = await attempt.effect(() => actions.lock(instanceUuid, reason, callOf(attempt)));
  if (outcome.kind === 'accepted') {
    // With an earlier call in between that nobody saw answered, it stays as one that may yet land.
    if (known === undefined) await scope.write((tenure) => locks.settle(tenure, uuid));
    return 'locked';
  }
  if (known === undefined) await scope.write((tenure) => locks.remove(tenure, uuid));
  return 'left';
}

const callOf = (attempt: Attempt): Call => ({
  deadlineMs: Math.min(attempt.remainingMs(), CALL_MS),
  signal: attempt.signal,
});
