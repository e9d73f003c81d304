/**
 * Repairs in SQL. `open_key` keeps a second repair of one subject away; whoever joins moves the
 * count of reports, so that joining and closing meet on that row and are ordered.
 */
import type { NotificationStatus } from '@medevac/core';
import type {
  NewIncidentEvent,
  NewRepair,
  RepairChange,
  RepairKind,
  RepairRecord,
  RepairStore,
} from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  invariant,
  LIMITS,
  type NotificationUuid,
  type RepairId,
  type SegmentUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Kysely, Selectable } from 'kysely';
import { repairKey } from '../rules/repair-key.ts';
import type { RepairRowSql, Schema } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

type Joined = Awaited<ReturnType<RepairStore['openOrJoin']>>;

export class SqlRepairStore implements RepairStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  openOrJoin(repair: NewRepair, notification: NotificationUuid): Promise<Joined> {
    const key = repairKey(repair);
    return this.#database.writeDecidingAgain<Joined>(async (db, rollBack) => {
      const joined = await db
        .updateTable('repair')
        .set((row) => ({ reports: row('reports', '+', 1), started_at_ms: null }))
        .where('open_key', '=', key)
        .executeTakeFirstOrThrow();
      const kind = joined.numUpdatedRows === 1n ? 'joined' : 'opened';
      if (kind === 'opened') await db.insertInto('repair').values(toColumns(repair)).execute();
      const open = await db
        .selectFrom('repair')
        .selectAll()
        .where('open_key', '=', key)
        .executeTakeFirst();
      invariant(open !== undefined, `the open repair of ${repair.subject} vanished`);
      const tied = await db
        .updateTable('notification')
        .set({ status: open.status, message: open.message, updated_at_ms: repair.openedAtMs })
        .where('uuid', '=', notification)
        .where('status', '=', 'new')
        .where('incident_id', 'is', null)
        .executeTakeFirstOrThrow();
      if (tied.numUpdatedRows === 0n) rollBack({ kind: 'already-dispatched' });
      await db
        .insertInto('repair_notification')
        .values({ notification_uuid: notification, repair_id: open.id })
        .execute();
      return { kind, repair: toRepair(open) };
    }, `repair ${key}`);
  }

  async read(id: RepairId): Promise<RepairRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('repair').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && toRepair(row);
  }

  async ofNotification(notification: NotificationUuid): Promise<RepairRecord | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('repair')
        .selectAll()
        .where('id', 'in', (inner) =>
          inner
            .selectFrom('repair_notification')
            .select('repair_id')
            .where('notification_uuid', '=', notification),
        )
        .executeTakeFirst(),
    );
    return row && toRepair(row);
  }

  async listOpen(limit: number): Promise<readonly RepairRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('repair')
        .selectAll()
        .where('closed_at_ms', 'is', null)
        .orderBy('number')
        .limit(limit)
        .execute(),
    );
    return rows.map(toRepair);
  }

  async countTries(kind: RepairKind, subject: string, sinceMs: number): Promise<number> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('repair')
        .select((one) => one.fn.sum<number | string | null>('tries').as('tries'))
        .where('subject_key', '=', repairKey({ kind, subject, hostUuid: '' }))
        .where('tried_at_ms', '>=', sinceMs)
        .executeTakeFirst(),
    );
    return Number(row?.tries ?? 0);
  }

  async noteStarted(host: HostUuid, process: string, atMs: number): Promise<void> {
    const key = repairKey({ kind: 'process', subject: process, hostUuid: host });
    await this.#database.write((db) =>
      db
        .updateTable('repair')
        .set({ started_at_ms: atMs })
        .where('open_key', '=', key)
        .executeTakeFirstOrThrow(),
    );
  }

  noteTry(tenure: Tenure, id: RepairId, tries: number, atMs: number): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await db
        .updateTable('repair')
        .set({ tries, tried_at_ms: atMs, updated_at_ms: atMs })
        .where('id', '=', id)
        .where('tries', '<', tries)
        .execute();
      return 'written';
    });
  }

  change(
    tenure: Tenure,
    id: RepairId,
    { status, message, atMs, closesAfterReports }: RepairChange,
  ): Promise<WriteOutcome | 'lost'> {
    const closing = closesAfterReports === undefined ? {} : { closed_at_ms: atMs, open_key: null };
    return this.#database.fenced<'written' | 'lost'>(tenure, async (db, rollBack) => {
      let asked = db
        .updateTable('repair')
        .set({ status, message, updated_at_ms: atMs, ...closing })
        .where('id', '=', id)
        .where('closed_at_ms', 'is', null);
      if (closesAfterReports !== undefined) asked = asked.where('reports', '=', closesAfterReports);
      const changed = await asked.executeTakeFirstOrThrow();
      if (changed.numUpdatedRows === 0n) rollBack('lost');
      await db
        .updateTable('notification')
        .set({ status, message, updated_at_ms: atMs })
        .where('uuid', 'in', (inner) =>
          inner
            .selectFrom('repair_notification')
            .select('notification_uuid')
            .where('repair_id', '=', id),
        )
        .execute();
      return 'written';
    });
  }

  addEvent(tenure: Tenure, id: RepairId, event: NewIncidentEvent): Promise<WriteOutcome> {
    const { step, message, progress, failed, atMs } = event;
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await db
        .insertInto('repair_event')
        .values({ repair_id: id, step, message, progress, failed: Number(failed), at_ms: atMs })
        .execute();
      await dropOldEvents(db, id);
      return 'written';
    });
  }

  async readEvents(id: RepairId): Promise<readonly NewIncidentEvent[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom('repair_event').selectAll().where('repair_id', '=', id).orderBy('id').execute(),
    );
    return rows.map(({ step, message, progress, failed, at_ms: atMs }) => ({
      ...{ step, message, progress, atMs },
      failed: failed !== 0,
    }));
  }
}

async function dropOldEvents(db: Kysely<Schema>, repair: RepairId): Promise<void> {
  const beyond = await db
    .selectFrom('repair_event')
    .select('id')
    .where('repair_id', '=', repair)
    .orderBy('id', 'desc')
    .limit(1)
    .offset(LIMITS.eventsPerIncident)
    .executeTakeFirst();
  if (beyond === undefined) return;
  await db
    .deleteFrom('repair_event')
    .where('repair_id', '=', repair)
    .where('id', '<=', beyond.id)
    .execute();
}

const toColumns = (repair: NewRepair) => ({
  id: repair.id,
  kind: repair.kind,
  subject: repair.subject,
  subject_key: repairKey(repair),
  open_key: repairKey(repair),
  host_uuid: repair.hostUuid,
  host_name: repair.hostName,
  segment_uuid: repair.segmentUuid,
  payload: JSON.stringify(repair.payload),
  status: 'running',
  message: null,
  reports: 1,
  opened_at_ms: repair.openedAtMs,
  updated_at_ms: repair.openedAtMs,
});

const toRepair = (row: Selectable<RepairRowSql>): RepairRecord => ({
  id: row.id as RepairId,
  kind: row.kind as RepairKind,
  subject: row.subject,
  hostUuid: row.host_uuid as HostUuid,
  hostName: row.host_name as HostName,
  segmentUuid: row.segment_uuid as SegmentUuid,
  payload: JSON.parse(row.payload) as Readonly<Record<string, string>>,
  status: row.status as NotificationStatus,
  message: row.message,
  reports: row.reports,
  startedAtMs: row.started_at_ms,
  tries: row.tries,
  triedAtMs: row.tried_at_ms,
  openedAtMs: row.opened_at_ms,
  updatedAtMs: row.updated_at_ms,
  closedAtMs: row.closed_at_ms,
});
