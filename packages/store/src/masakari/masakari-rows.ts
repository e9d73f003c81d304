/**
 * Masakari's rows as an import reads them, of any release: columns that a release does not have are
 * `null`. Times are milliseconds; Masakari keeps them in UTC without saying so.
 */

export interface MasakariRow {
  readonly id: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number | null;
  readonly isDeleted: boolean;
}

export interface MasakariSegment extends MasakariRow {
  readonly uuid: string;
  readonly name: string;
  readonly description: string | null;
  readonly serviceType: string;
  readonly recoveryMethod: string;
  readonly enabled: boolean;
}

export interface MasakariHost extends MasakariRow {
  readonly uuid: string;
  readonly name: string;
  readonly type: string;
  readonly controlAttributes: string;
  readonly reserved: boolean;
  readonly onMaintenance: boolean;
  readonly segmentUuid: string;
}

export interface MasakariNotification extends MasakariRow {
  readonly uuid: string;
  readonly type: string;
  readonly generatedAtMs: number;
  readonly payload: string;
  readonly status: string;
  readonly hostUuid: string;
  /** Since 2025.2. */
  readonly segmentUuid: string | null;
  readonly message: string | null;
}

export interface MasakariVmove extends MasakariRow {
  readonly uuid: string;
  readonly notificationUuid: string;
  readonly instanceUuid: string;
  readonly instanceName: string;
  readonly sourceHost: string | null;
  readonly destHost: string | null;
  readonly startAtMs: number | null;
  readonly endAtMs: number | null;
  readonly type: string | null;
  readonly status: string | null;
  readonly message: string | null;
}

export interface MasakariContents {
  readonly segments: readonly MasakariSegment[];
  readonly hosts: readonly MasakariHost[];
  readonly notifications: readonly MasakariNotification[];
  readonly vmoves: readonly MasakariVmove[];
}

/** A row by column names, as either driver gives it. */
export type RawRow = Readonly<Record<string, string | number | boolean | null | undefined>>;

const textOrNull = (row: RawRow, column: string): string | null => {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
};
const text = (row: RawRow, column: string): string => textOrNull(row, column) ?? '';
/** Masakari's own defaults of absent flags: a segment is enabled, everything else is not. */
const flag = (row: RawRow, column: string, absent: boolean): boolean => {
  const value = row[column];
  return value === null || value === undefined ? absent : Boolean(value);
};

/** `2026-11-21 01:02:03` with or without a fraction. */
export function parseUtc(value: string | null): number | null {
  if (value === null) return null;
  const parsed = Date.parse(`${value.replace(' ', 'T')}Z`);
  return Number.isNaN(parsed) ? null : Math.floor(parsed);
}

const common = (row: RawRow): MasakariRow => ({
  id: Number(row['id']),
  createdAtMs: parseUtc(textOrNull(row, 'created_at')) ?? 0,
  updatedAtMs: parseUtc(textOrNull(row, 'updated_at')),
  isDeleted: Number(row['deleted'] ?? 0) !== 0,
});

export const toSegment = (row: RawRow): MasakariSegment => ({
  ...common(row),
  uuid: text(row, 'uuid'),
  name: text(row, 'name'),
  description: textOrNull(row, 'description'),
  serviceType: text(row, 'service_type'),
  recoveryMethod: text(row, 'recovery_method'),
  enabled: flag(row, 'enabled', true),
});

export const toHost = (row: RawRow): MasakariHost => ({
  ...common(row),
  uuid: text(row, 'uuid'),
  name: text(row, 'name'),
  type: text(row, 'type'),
  controlAttributes: text(row, 'control_attributes'),
  reserved: flag(row, 'reserved', false),
  onMaintenance: flag(row, 'on_maintenance', false),
  segmentUuid: text(row, 'failover_segment_id'),
});

export const toNotification = (row: RawRow): MasakariNotification => ({
  ...common(row),
  uuid: text(row, 'notification_uuid'),
  type: text(row, 'type'),
  generatedAtMs: parseUtc(textOrNull(row, 'generated_time')) ?? common(row).createdAtMs,
  payload: textOrNull(row, 'payload') ?? '{}',
  status: text(row, 'status'),
  hostUuid: text(row, 'source_host_uuid'),
  segmentUuid: textOrNull(row, 'failover_segment_uuid'),
  message: textOrNull(row, 'message'),
});

export const toVmove = (row: RawRow): MasakariVmove => ({
  ...common(row),
  uuid: text(row, 'uuid'),
  notificationUuid: text(row, 'notification_uuid'),
  instanceUuid: text(row, 'instance_uuid'),
  instanceName: text(row, 'instance_name'),
  sourceHost: textOrNull(row, 'source_host'),
  destHost: textOrNull(row, 'dest_host'),
  startAtMs: parseUtc(textOrNull(row, 'start_time')),
  endAtMs: parseUtc(textOrNull(row, 'end_time')),
  type: textOrNull(row, 'type'),
  status: textOrNull(row, 'status'),
  message: textOrNull(row, 'message'),
});
