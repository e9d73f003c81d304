/**
 * Brings segments, hosts and history of a Masakari database into ours. Masakari's is only read.
 * Everything is decided before the first write, and one conflict keeps all of it out; a run that is
 * cut off is simply run again. A report with vmoves gets an incident of its own, closed from the
 * start, so that the API shows them where they belong and history is purged as usual.
 */
import { createHash } from 'node:crypto';
import type { NewNotification, SegmentRules } from '@medevac/engine';
import { OperationalError } from '@medevac/kernel';
import type { Kysely } from 'kysely';
import { STORE_ERRORS } from '../errors.ts';
import { fingerprintOf } from '../rules/notification-fingerprint.ts';
import type { Schema } from '../sql/schema.ts';
import type { SqlDatabase } from '../sql/sql-database.ts';
import type { MasakariHost, MasakariSegment, MasakariVmove } from './masakari-rows.ts';
import {
  type ImportedKind,
  type ImportPlan,
  type PlannedNotification,
  planImport,
  type Tally,
} from './plan-import.ts';
import { readMasakari } from './read-masakari.ts';
import { readPresent } from './read-present.ts';

export interface ImportReport {
  readonly tallies: Readonly<Record<ImportedKind, Readonly<Tally>>>;
  /** Sentences: what stays behind, and why. */
  readonly leftOut: readonly string[];
}

export interface ImportOptions {
  /** Address of Masakari's database. */
  readonly source: string;
  readonly target: SqlDatabase;
  /** What every imported segment is declared to be: Masakari's own say neither. */
  readonly declared: Pick<SegmentRules, 'fencing' | 'storage'>;
  readonly atMs: number;
  /** Decides and reports, and writes nothing. */
  readonly dryRun: boolean;
}

/** Reports in one transaction; each holds a few rows more with its vmoves. */
const REPORTS_AT_ONCE = 100;
const SHOWN_CONFLICTS = 20;
const IMPORTED = 'imported from Masakari';
const NOTHING_RULED = { return_policy: null, instance_policy: null } as const;

/** Throws an OperationalError with every conflict; then nothing has been written. */
export async function importMasakari({
  source,
  target,
  dryRun,
  declared,
  atMs,
}: ImportOptions): Promise<ImportReport> {
  const contents = await readMasakari(source);
  const plan = planImport(contents, await readPresent(target));
  refuseConflicts(plan);
  if (!dryRun) await write(target, plan, { ...declared, atMs });
  return { tallies: plan.tallies, leftOut: plan.leftOut };
}

function refuseConflicts({ conflicts }: ImportPlan): void {
  if (conflicts.length === 0) return;
  const shown = conflicts.slice(0, SHOWN_CONFLICTS);
  const more = conflicts.length - shown.length;
  const rest = more === 0 ? '' : `; and ${more} more`;
  throw new OperationalError(
    STORE_ERRORS.importConflict,
    `${conflicts.length} objects differ, nothing was imported: ${shown.join('; ')}${rest}`,
    { fields: { conflicts: conflicts.length } },
  );
}

async function write(
  target: SqlDatabase,
  plan: ImportPlan,
  { fencing, storage, atMs }: ImportOptions['declared'] & { readonly atMs: number },
): Promise<void> {
  await target.write(async (db) => {
    for (const segment of plan.segments) {
      await db.insertInto('segment').values(segmentRow(segment)).execute();
      const origin = { changed_by: IMPORTED, note: null, changed_at_ms: atMs };
      await db
        .insertInto('segment_rules')
        .values({ ...NOTHING_RULED, ...origin, segment_uuid: segment.uuid, fencing, storage })
        .execute();
    }
    for (const host of plan.hosts) await db.insertInto('host').values(hostRow(host)).execute();
  });
  for (let start = 0; start < plan.notifications.length; start += REPORTS_AT_ONCE) {
    const some = plan.notifications.slice(start, start + REPORTS_AT_ONCE);
    await target.write(async (db) => {
      for (const one of some) await writeReport(db, one);
    });
  }
}

async function writeReport(db: Kysely<Schema>, planned: PlannedNotification): Promise<void> {
  const { row, hostName, segmentUuid, payload, vmoves } = planned;
  const incidentId = vmoves.length === 0 ? null : incidentOf(row.uuid);
  const endedAtMs = row.updatedAtMs ?? row.createdAtMs;
  if (incidentId !== null)
    await db
      .insertInto('incident')
      .values({
        id: incidentId,
        host_uuid: row.hostUuid,
        host_name: hostName,
        segment_uuid: segmentUuid,
        state: INCIDENT_STATES[row.status] ?? 'cancelled',
        reason: IMPORTED,
        evidence_total: 0,
        opened_at_ms: row.createdAtMs,
        updated_at_ms: endedAtMs,
        closed_at_ms: endedAtMs,
      })
      .execute();
  const fingerprint = fingerprintOf({
    type: row.type,
    hostUuid: row.hostUuid,
    payload,
  } as Pick<NewNotification, 'type' | 'hostUuid' | 'payload'>);
  const last = await db
    .selectFrom('notification')
    .select((each) => each.fn.max('occurrence').as('occurrence'))
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
  await db
    .insertInto('notification')
    .values({
      uuid: row.uuid,
      type: row.type,
      host_uuid: row.hostUuid,
      host_name: hostName,
      segment_uuid: segmentUuid,
      generated_at_ms: row.generatedAtMs,
      payload: JSON.stringify(payload),
      reported_by: IMPORTED,
      status: row.status,
      message: row.message,
      incident_id: incidentId,
      fingerprint,
      occurrence: (last?.occurrence ?? 0) + 1,
      created_at_ms: row.createdAtMs,
      updated_at_ms: row.updatedAtMs,
    })
    .execute();
  for (const vmove of vmoves)
    await db
      .insertInto('vmove')
      .values(vmoveRow(vmove, incidentId ?? '', hostName))
      .execute();
}

const INCIDENT_STATES: Readonly<Record<string, string>> = {
  finished: 'recovered',
  failed: 'partly_recovered',
  ignored: 'cancelled',
};

const segmentRow = (segment: MasakariSegment) => ({
  uuid: segment.uuid,
  name: segment.name,
  description: segment.description,
  service_type: segment.serviceType,
  recovery_method: segment.recoveryMethod,
  enabled: Number(segment.enabled),
  created_at_ms: segment.createdAtMs,
  updated_at_ms: segment.updatedAtMs,
});

const hostRow = (host: MasakariHost) => ({
  uuid: host.uuid,
  segment_uuid: host.segmentUuid,
  name: host.name,
  type: host.type,
  control_attributes: host.controlAttributes,
  reserved: Number(host.reserved),
  on_maintenance: Number(host.onMaintenance),
  created_at_ms: host.createdAtMs,
  updated_at_ms: host.updatedAtMs,
});

const STATUSES: readonly string[] = ['pending', 'ongoing', 'ignored', 'failed', 'succeeded'];
const TYPES: readonly string[] = ['evacuation', 'migration', 'live_migration'];

/** What the instance was before, Masakari has not kept. */
const UNKNOWN_BEFORE = { vmState: 'unknown', taskState: null, powerState: 0, locked: false };

const vmoveRow = (vmove: MasakariVmove, incidentId: string, hostName: string) => ({
  uuid: vmove.uuid,
  incident_id: incidentId,
  instance_uuid: vmove.instanceUuid,
  instance_name: vmove.instanceName,
  source_host: vmove.sourceHost ?? hostName,
  dest_host: vmove.destHost,
  type: vmove.type !== null && TYPES.includes(vmove.type) ? vmove.type : 'evacuation',
  status: vmove.status !== null && STATUSES.includes(vmove.status) ? vmove.status : 'failed',
  message: vmove.message,
  instance_before: JSON.stringify(UNKNOWN_BEFORE),
  start_at_ms: vmove.startAtMs,
  end_at_ms: vmove.endAtMs,
  created_at_ms: vmove.createdAtMs,
  updated_at_ms: vmove.updatedAtMs,
});

/** The same for the same report in every run; looks like a UUID (version 8). */
function incidentOf(notification: string): string {
  const digits = createHash('sha256').update(`masakari ${notification}`).digest('hex');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`];
  return [...parts, `a${digits.slice(17, 20)}`, digits.slice(20, 32)].join('-');
}
