/** Port: what became of each instance of a failed host; `vmove` on the wire. */
import type { HostName, IncidentId, InstanceUuid, VmoveUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { ListQuery, Page } from './list-query.ts';

export const VmoveStatus = {
  pending: 'pending',
  ongoing: 'ongoing',
  ignored: 'ignored',
  failed: 'failed',
  succeeded: 'succeeded',
} as const;
export type VmoveStatus = (typeof VmoveStatus)[keyof typeof VmoveStatus];

/** What Nova said of the instance before anything was done; recovery restores this. */
export interface InstanceBefore {
  readonly vmState: string;
  readonly taskState: string | null;
  readonly powerState: number;
  readonly locked: boolean;
}

export interface NewVmove {
  readonly uuid: VmoveUuid;
  readonly incidentId: IncidentId;
  readonly instanceUuid: InstanceUuid;
  readonly instanceName: string;
  readonly sourceHost: HostName;
  readonly type: 'evacuation' | 'migration' | 'live_migration';
  readonly status: VmoveStatus;
  readonly message: string | null;
  readonly before: InstanceBefore;
  readonly createdAtMs: number;
}

export interface VmoveRecord extends NewVmove {
  readonly id: number;
  readonly destHost: HostName | null;
  readonly startAtMs: number | null;
  readonly endAtMs: number | null;
  readonly updatedAtMs: number | null;
}

/** An incident has one vmove of an instance. */
export type VmoveKey = Pick<NewVmove, 'incidentId' | 'instanceUuid'>;

export type VmoveChange = Partial<
  Pick<VmoveRecord, 'status' | 'message' | 'destHost' | 'startAtMs' | 'endAtMs'>
>;

export type VmoveSortKey =
  | 'id'
  | 'uuid'
  | 'type'
  | 'status'
  | 'startAtMs'
  | 'endAtMs'
  | 'createdAtMs'
  | 'updatedAtMs';
export type VmoveQuery = ListQuery<
  Pick<VmoveRecord, 'incidentId' | 'status' | 'type' | 'instanceUuid'>,
  VmoveSortKey
>;

export interface VmoveStore {
  /**
   * Stores the plan at once. Idempotent: an instance that the incident has already is left as it
   * is.
   */
  plan(tenure: Tenure, vmoves: readonly NewVmove[]): Promise<WriteOutcome>;
  /** Changes the row of one instance of the incident. */
  change(tenure: Tenure, vmove: VmoveKey, change: VmoveChange, atMs: number): Promise<WriteOutcome>;
  read(uuid: VmoveUuid): Promise<VmoveRecord | undefined>;
  list(query: VmoveQuery): Promise<Page<VmoveRecord>>;
}
