/** Locks on instances in memory. */
import { LIFTING_STATES } from '@medevac/core';
import type {
  InstanceLockRecord,
  InstanceLockStore,
  NewInstanceLock,
  VmoveStatus,
} from '@medevac/engine';
import {
  type IncidentId,
  type InstanceLockUuid,
  type InstanceUuid,
  invariant,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import { UNSETTLED } from '../rules/unsettled.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

export class MemoryInstanceLockStore implements InstanceLockStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async place(tenure: Tenure, lock: NewInstanceLock): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const { createdAtMs, incidentId, instanceUuid, uuid } = lock;
      const { incidents, instanceLocks } = this.#tables;
      invariant(incidents.has(incidentId), `there is no incident ${incidentId}`);
      const earlier = this.#find(incidentId, instanceUuid);
      if (earlier !== undefined) instanceLocks.delete(earlier.uuid);
      const row = { uuid, incidentId, instanceUuid, createdAtMs, isSettled: false };
      instanceLocks.set(uuid, row);
      return 'written';
    });
  }

  settle(tenure: Tenure, uuid: InstanceLockUuid): Promise<WriteOutcome | 'lost'> {
    return this.#change(tenure, uuid, (row) => {
      this.#tables.instanceLocks.set(uuid, { ...row, isSettled: true });
    });
  }

  remove(tenure: Tenure, uuid: InstanceLockUuid): Promise<WriteOutcome | 'lost'> {
    return this.#change(tenure, uuid, () => {
      this.#tables.instanceLocks.delete(uuid);
    });
  }

  renumber(
    tenure: Tenure,
    uuid: InstanceLockUuid,
    to: InstanceLockUuid,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#change(tenure, uuid, (row) => {
      const { instanceLocks } = this.#tables;
      instanceLocks.delete(uuid);
      instanceLocks.set(to, { ...row, uuid: to });
    });
  }

  async read(uuid: InstanceLockUuid): Promise<InstanceLockRecord | undefined> {
    return copyOf(this.#tables.instanceLocks.get(uuid));
  }

  async find(
    incident: IncidentId,
    instance: InstanceUuid,
  ): Promise<InstanceLockRecord | undefined> {
    return copyOf(this.#find(incident, instance));
  }

  async listDue(limit: number): Promise<readonly InstanceLockRecord[]> {
    const { incidents, instanceLocks, vmoves } = this.#tables;
    const due: InstanceLockRecord[] = [];
    for (const row of instanceLocks.values()) {
      if (due.length === limit) break;
      const state = incidents.get(row.incidentId)?.state;
      const vmove = vmoves.get(row.incidentId)?.get(row.instanceUuid);
      const isLifting = state !== undefined && LIFTING_STATES.includes(state);
      const isAnswered = vmove !== undefined && !isUnsettled(vmove.status);
      if (isLifting || isAnswered) due.push(row);
    }
    return copyOf(due);
  }

  async #change(
    tenure: Tenure,
    uuid: InstanceLockUuid,
    change: (row: InstanceLockRecord) => void,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#tables.fenced<WriteOutcome | 'lost'>(tenure, () => {
      const row = this.#tables.instanceLocks.get(uuid);
      if (row === undefined) return 'lost';
      change(row);
      return 'written';
    });
  }

  #find(incident: IncidentId, instance: InstanceUuid): InstanceLockRecord | undefined {
    return [...this.#tables.instanceLocks.values()].find(
      (row) => row.incidentId === incident && row.instanceUuid === instance,
    );
  }
}

const isUnsettled = (status: VmoveStatus): boolean => UNSETTLED.some((one) => one === status);
