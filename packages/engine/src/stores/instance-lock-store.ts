/**
 * Port: locks that recoveries put on instances, from before the call until it is certain that Nova
 * has none of them any more. What stands here after a crash is how its lock is found again.
 */
import type { IncidentId, InstanceLockUuid, InstanceUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';

export interface NewInstanceLock {
  /** Of this placing; another one of the same instance has another. */
  readonly uuid: InstanceLockUuid;
  readonly incidentId: IncidentId;
  readonly instanceUuid: InstanceUuid;
  readonly createdAtMs: number;
}

export interface InstanceLockRecord extends NewInstanceLock {
  /** Its one call was accepted by Nova. Otherwise one may still be on its way. */
  readonly isSettled: boolean;
}

export interface InstanceLockStore {
  /**
   * Kept before the call. An incident has one lock of an instance: an earlier one gives way to it,
   * and whoever holds the number of that one can no longer change anything.
   */
  place(tenure: Tenure, lock: NewInstanceLock): Promise<WriteOutcome>;
  /** Nova has accepted it. `lost`: it is gone, or has given way to another. */
  settle(tenure: Tenure, uuid: InstanceLockUuid): Promise<WriteOutcome | 'lost'>;
  /** Nova has it no more. */
  remove(tenure: Tenure, uuid: InstanceLockUuid): Promise<WriteOutcome | 'lost'>;
  /** It goes on under another number: who failed to lift it lets another one try. */
  renumber(
    tenure: Tenure,
    uuid: InstanceLockUuid,
    to: InstanceLockUuid,
  ): Promise<WriteOutcome | 'lost'>;
  read(uuid: InstanceLockUuid): Promise<InstanceLockRecord | undefined>;
  /** That of one instance in one incident. */
  find(incident: IncidentId, instance: InstanceUuid): Promise<InstanceLockRecord | undefined>;
  /**
   * Oldest first: those whose instance has its final answer, or whose incident does not go on by
   * itself (`LIFTING_STATES`).
   */
  listDue(limit: number): Promise<readonly InstanceLockRecord[]>;
}
