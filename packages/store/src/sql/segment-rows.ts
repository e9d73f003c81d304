/** Segments and hosts between their rows and their records. */
import type {
  HostFields,
  HostRecord,
  HostSortKey,
  RecoveryMethod,
  SegmentFields,
  SegmentRecord,
  SegmentSortKey,
} from '@medevac/engine';
import type { HostName, HostUuid, SegmentUuid } from '@medevac/kernel';
import type { Selectable } from 'kysely';
import { present } from './present.ts';
import type { HostRowSql, SegmentRowSql } from './schema.ts';
import type { SortColumn } from './sql-list.ts';

export const SEGMENT_COLUMNS: Readonly<Record<SegmentSortKey, SortColumn>> = {
  id: { column: 'id' },
  uuid: { column: 'uuid' },
  name: { column: 'name' },
  description: { column: 'description', nullable: true },
  serviceType: { column: 'service_type' },
  recoveryMethod: { column: 'recovery_method' },
  enabled: { column: 'enabled' },
  createdAtMs: { column: 'created_at_ms' },
  updatedAtMs: { column: 'updated_at_ms', nullable: true },
};

export const HOST_COLUMNS: Readonly<Record<HostSortKey, SortColumn>> = {
  id: { column: 'id' },
  uuid: { column: 'uuid' },
  name: { column: 'name' },
  type: { column: 'type' },
  controlAttributes: { column: 'control_attributes' },
  reserved: { column: 'reserved' },
  onMaintenance: { column: 'on_maintenance' },
  createdAtMs: { column: 'created_at_ms' },
  updatedAtMs: { column: 'updated_at_ms', nullable: true },
};

interface SegmentColumns {
  readonly name: string;
  readonly description: string | null;
  readonly service_type: string;
  readonly recovery_method: string;
  readonly enabled: number;
}

interface HostColumns {
  readonly name: string;
  readonly type: string;
  readonly control_attributes: string;
  readonly reserved: number;
  readonly on_maintenance: number;
}

/** The columns of the fields that are given, for inserts, changes and filters alike. */
export function segmentColumns(fields: SegmentFields): SegmentColumns;
export function segmentColumns(fields: Partial<SegmentFields>): Partial<SegmentColumns>;
export function segmentColumns(fields: Partial<SegmentFields>): Partial<SegmentColumns> {
  return present({
    name: fields.name,
    description: fields.description,
    service_type: fields.serviceType,
    recovery_method: fields.recoveryMethod,
    enabled: fields.enabled === undefined ? undefined : Number(fields.enabled),
  });
}

export function hostColumns(fields: HostFields): HostColumns;
export function hostColumns(fields: Partial<HostFields>): Partial<HostColumns>;
export function hostColumns(fields: Partial<HostFields>): Partial<HostColumns> {
  return present({
    name: fields.name,
    type: fields.type,
    control_attributes: fields.controlAttributes,
    reserved: fields.reserved === undefined ? undefined : Number(fields.reserved),
    on_maintenance: fields.onMaintenance === undefined ? undefined : Number(fields.onMaintenance),
  });
}

export const toSegment = (row: Selectable<SegmentRowSql>): SegmentRecord => ({
  id: row.id,
  uuid: row.uuid as SegmentUuid,
  name: row.name,
  description: row.description,
  serviceType: row.service_type,
  recoveryMethod: row.recovery_method as RecoveryMethod,
  enabled: row.enabled !== 0,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});

/** What a list reads: of a thousand hosts every column that nobody needs costs its share. */
export const HOST_READ = [
  'id',
  'uuid',
  'segment_uuid',
  'name',
  'type',
  'control_attributes',
  'reserved',
  'on_maintenance',
  'maintenance_by_recovery',
  'created_at_ms',
  'updated_at_ms',
] as const;

export const toHost = (
  row: Pick<Selectable<HostRowSql>, (typeof HOST_READ)[number]>,
): HostRecord => ({
  id: row.id,
  uuid: row.uuid as HostUuid,
  segmentUuid: row.segment_uuid as SegmentUuid,
  name: row.name as HostName,
  type: row.type,
  controlAttributes: row.control_attributes,
  reserved: row.reserved !== 0,
  onMaintenance: row.on_maintenance !== 0,
  isMaintenanceOurs: row.on_maintenance !== 0 && row.maintenance_by_recovery !== 0,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});
