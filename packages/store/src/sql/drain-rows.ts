/** Drains between rows and records, and what they do to the row of their host. */
import type {
  DrainInstanceRecord,
  DrainInstanceStatus,
  DrainOpening,
  DrainRecord,
  DrainState,
  NewDrain,
} from '@medevac/engine';
import type {
  DrainId,
  HostName,
  HostUuid,
  IncidentId,
  InstanceUuid,
  SegmentUuid,
  ServiceUuid,
} from '@medevac/kernel';
import type { Selectable, Transaction } from 'kysely';
import { EARLY_RETURN_STATES } from '../rules/drain-moves.ts';
import type { DrainInstanceRowSql, DrainRowSql, Schema } from './schema.ts';

/** `undefined`: the host may be drained now. */
export async function whatStandsAgainst(
  db: Transaction<Schema>,
  { hostName, hostUuid }: NewDrain,
): Promise<DrainOpening | undefined> {
  const drain = await db
    .selectFrom('drain')
    .selectAll()
    .where('open_key', '=', hostName)
    .executeTakeFirst();
  if (drain !== undefined) return { kind: 'drain', drain: toDrain(drain) };
  const incident = await db
    .selectFrom('incident')
    .select('id')
    .where('open_key', '=', hostName)
    .executeTakeFirst();
  if (incident !== undefined) return { kind: 'incident', incident: incident.id as IncidentId };
  const early = await db
    .selectFrom('host_return')
    .select(['incident_id', 'state'])
    .where('host_name', '=', hostName)
    .where('state', 'in', [...EARLY_RETURN_STATES])
    .executeTakeFirst();
  if (early !== undefined) {
    return { kind: 'return', incident: early.incident_id as IncidentId, state: early.state };
  }
  const reservation = await db
    .selectFrom('reservation')
    .select('failed_host')
    .where('open_key', '=', hostUuid)
    .executeTakeFirst();
  if (reservation === undefined) return undefined;
  return { kind: 'reservation', failedHost: reservation.failed_host as HostName };
}

/** One that an operator has set stays the operator's. */
export async function setMaintenance(
  db: Transaction<Schema>,
  host: HostUuid,
  atMs: number,
): Promise<void> {
  await db
    .updateTable('host')
    .set({ on_maintenance: 1, maintenance_by_recovery: 1, updated_at_ms: atMs })
    .where('uuid', '=', host)
    .where('deleted_id', '=', 0)
    .where('on_maintenance', '=', 0)
    .execute();
}

export async function liftMaintenance(
  db: Transaction<Schema>,
  host: HostUuid,
  atMs: number,
): Promise<void> {
  await db
    .updateTable('host')
    .set({ on_maintenance: 0, maintenance_by_recovery: 0, updated_at_ms: atMs })
    .where('uuid', '=', host)
    .where('deleted_id', '=', 0)
    .where('maintenance_by_recovery', '=', 1)
    .execute();
}

export const newDrainColumns = (drain: NewDrain) => ({
  id: drain.id,
  open_key: drain.hostName,
  host_uuid: drain.hostUuid,
  host_name: drain.hostName,
  segment_uuid: drain.segmentUuid,
  parallel: drain.parallel,
  deadline_ms: drain.deadlineMs,
  asked_by: drain.askedBy,
  note: drain.note,
  state: 'draining',
  opened_at_ms: drain.openedAtMs,
  updated_at_ms: drain.openedAtMs,
});

export const toDrain = (row: Selectable<DrainRowSql>): DrainRecord => ({
  id: row.id as DrainId,
  hostUuid: row.host_uuid as HostUuid,
  hostName: row.host_name as HostName,
  segmentUuid: row.segment_uuid as SegmentUuid,
  parallel: row.parallel,
  deadlineMs: row.deadline_ms,
  askedBy: row.asked_by,
  note: row.note,
  openedAtMs: row.opened_at_ms,
  state: row.state as DrainState,
  message: row.message,
  serviceUuid: row.service_uuid as ServiceUuid | null,
  wasEnabled: row.was_enabled === null ? null : row.was_enabled !== 0,
  tries: row.tries,
  updatedAtMs: row.updated_at_ms,
  closedAtMs: row.closed_at_ms,
});

export const toDrainInstance = (row: Selectable<DrainInstanceRowSql>): DrainInstanceRecord => ({
  drainId: row.drain_id as DrainId,
  instanceUuid: row.instance_uuid as InstanceUuid,
  instanceName: row.instance_name,
  place: row.place,
  status: row.status as DrainInstanceStatus,
  destHost: row.dest_host as HostName | null,
  message: row.message,
  updatedAtMs: row.updated_at_ms,
});
