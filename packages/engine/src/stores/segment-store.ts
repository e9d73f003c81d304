/** Port: failover segments and the hosts in them. Names of live rows are unique. */
import type { HostName, HostUuid, SegmentUuid } from '@medevac/kernel';
import type { ListQuery, Page } from './list-query.ts';

export const RecoveryMethod = {
  auto: 'auto',
  reservedHost: 'reserved_host',
  autoPriority: 'auto_priority',
  rhPriority: 'rh_priority',
} as const;
export type RecoveryMethod = (typeof RecoveryMethod)[keyof typeof RecoveryMethod];

export interface SegmentFields {
  readonly name: string;
  readonly description: string | null;
  readonly serviceType: string;
  readonly recoveryMethod: RecoveryMethod;
  readonly enabled: boolean;
}

export interface SegmentRecord extends SegmentFields {
  readonly id: number;
  readonly uuid: SegmentUuid;
  readonly createdAtMs: number;
  /** `null` until the first change. */
  readonly updatedAtMs: number | null;
}

export interface HostFields {
  readonly name: HostName;
  readonly type: string;
  readonly controlAttributes: string;
  readonly reserved: boolean;
  readonly onMaintenance: boolean;
}

export interface HostRecord extends HostFields {
  readonly id: number;
  readonly uuid: HostUuid;
  readonly segmentUuid: SegmentUuid;
  /** It is on maintenance because a recovery has put it there; no operator has set it since. */
  readonly isMaintenanceOurs: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number | null;
}

export type SegmentSortKey =
  | 'id'
  | 'uuid'
  | 'name'
  | 'description'
  | 'serviceType'
  | 'recoveryMethod'
  | 'enabled'
  | 'createdAtMs'
  | 'updatedAtMs';
export type SegmentQuery = ListQuery<
  Pick<SegmentFields, 'recoveryMethod' | 'serviceType' | 'enabled' | 'name'>,
  SegmentSortKey
>;
export type HostSortKey =
  | 'id'
  | 'uuid'
  | 'name'
  | 'type'
  | 'controlAttributes'
  | 'reserved'
  | 'onMaintenance'
  | 'createdAtMs'
  | 'updatedAtMs';
export type HostQuery = ListQuery<HostFields & Pick<HostRecord, 'segmentUuid'>, HostSortKey>;

/** `in-use`: an incident of a host of the segment is being worked on (fencing to evacuating). */
export type Change<Row> =
  | { readonly kind: 'changed'; readonly row: Row }
  | { readonly kind: 'missing' }
  | { readonly kind: 'name-taken' }
  | { readonly kind: 'in-use' };
export type Creation<Row> =
  | { readonly kind: 'created'; readonly row: Row }
  | { readonly kind: 'missing' }
  | { readonly kind: 'name-taken' };
export type Deletion = 'deleted' | 'missing' | 'in-use';

export interface SegmentStore {
  createSegment(
    uuid: SegmentUuid,
    fields: SegmentFields,
    atMs: number,
  ): Promise<Creation<SegmentRecord>>;
  readSegment(uuid: SegmentUuid): Promise<SegmentRecord | undefined>;
  listSegments(query: SegmentQuery): Promise<Page<SegmentRecord>>;
  updateSegment(
    uuid: SegmentUuid,
    fields: Partial<SegmentFields>,
    atMs: number,
  ): Promise<Change<SegmentRecord>>;
  /** Deletes the segment and its hosts; their names can be used again. Notifications stay. */
  deleteSegment(uuid: SegmentUuid, atMs: number): Promise<Deletion>;

  /** `missing`: there is no such segment. */
  createHost(
    uuid: HostUuid,
    segmentUuid: SegmentUuid,
    fields: HostFields,
    atMs: number,
  ): Promise<Creation<HostRecord>>;
  readHost(uuid: HostUuid): Promise<HostRecord | undefined>;
  findHost(name: HostName): Promise<HostRecord | undefined>;
  listHosts(query: HostQuery): Promise<Page<HostRecord>>;
  /** An operator's change; refused as `in-use` while an incident of the segment is worked on. */
  updateHost(
    uuid: HostUuid,
    fields: Partial<HostFields>,
    atMs: number,
  ): Promise<Change<HostRecord>>;
  deleteHost(uuid: HostUuid, atMs: number): Promise<Deletion>;
}
