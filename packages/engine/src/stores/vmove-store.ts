/** Port: what became of each instance of a failed host; `vmove` on the wire. */
import type { Needs } from '@medevac/core';
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

/** What was decided about an instance's place among the others, kept with the plan. */
export interface PlannedOrder {
  /** 0 to 10; 10 comes first. */
  readonly priority: number;
  /** By which rule it is brought back, as a sentence about it. */
  readonly reason: string;
  /** Instances of the incident that must have their final answer before it begins. */
  readonly waitsFor: readonly InstanceUuid[];
  /** What it takes of a host; absent in plans of earlier releases: then only Nova knows. */
  readonly needs?: Needs;
  /** What its owner asked for and does not get; shown with its final answer. */
  readonly notes: readonly string[];
}

/** What Nova said of the instance before anything was done; recovery restores this. */
export interface InstanceBefore {
  readonly vmState: string;
  readonly taskState: string | null;
  readonly powerState: number;
  readonly locked: boolean;
  /** Absent in plans of earlier releases, and for what is not brought back. */
  readonly order?: PlannedOrder;
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
  /** How often a person has asked, after its final answer, that it be tried again. */
  readonly tries: number;
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
  | 'instanceUuid'
  | 'instanceName'
  | 'sourceHost'
  | 'destHost'
  | 'message'
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
