/**
 * Notifications in SQL. Equal ones are numbered (`migrations/0001-initial.ts` says why), so that of
 * two sent at the same moment one is refused by a unique key on every database.
 */
import type { NotificationStatus } from '@medevac/core';
import type {
  NewNotification,
  NotificationQuery,
  NotificationRecord,
  NotificationSortKey,
  NotificationStore,
  NotificationType,
  Page,
} from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  type IncidentId,
  invariant,
  type NotificationUuid,
  type SegmentUuid,
} from '@medevac/kernel';
import { type Selectable, sql } from 'kysely';
import { fingerprintOf } from '../rules/notification-fingerprint.ts';
import { present } from './present.ts';
import type { NotificationRowSql } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';
import { readPage, type SortColumn } from './sql-list.ts';

const COLUMNS: Readonly<Record<NotificationSortKey, SortColumn>> = {
  id: { column: 'id' },
  uuid: { column: 'uuid' },
  type: { column: 'type' },
  status: { column: 'status' },
  generatedAtMs: { column: 'generated_at_ms' },
  hostUuid: { column: 'host_uuid' },
  segmentUuid: { column: 'segment_uuid' },
  message: { column: 'message', nullable: true },
  payload: { column: 'payload' },
  createdAtMs: { column: 'created_at_ms' },
  updatedAtMs: { column: 'updated_at_ms', nullable: true },
};

type Created = Awaited<ReturnType<NotificationStore['create']>>;

export class SqlNotificationStore implements NotificationStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  create(notification: NewNotification, duplicateWindowMs: number): Promise<Created> {
    const fingerprint = fingerprintOf(notification);
    return this.#database.writeDecidingAgain<Created>(async (db) => {
      const equals = db.selectFrom('notification').where('fingerprint', '=', fingerprint);
      // First: an equal one committed in between is then seen below, or refused by the key.
      const last = await equals
        .select((row) => row.fn.max('occurrence').as('occurrence'))
        .executeTakeFirst();
      const newest = await equals
        .selectAll()
        .orderBy('generated_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      const sinceMs = notification.generatedAtMs - duplicateWindowMs;
      if (newest !== undefined && newest.generated_at_ms >= sinceMs)
        return { kind: 'duplicate', of: toNotification(newest) };
      await db
        .insertInto('notification')
        .values({
          ...toColumns(notification),
          fingerprint,
          occurrence: (last?.occurrence ?? 0) + 1,
        })
        .execute();
      const row = await db
        .selectFrom('notification')
        .selectAll()
        .where('uuid', '=', notification.uuid)
        .executeTakeFirst();
      invariant(row !== undefined, `notification ${notification.uuid} vanished while it was made`);
      return { kind: 'created', row: toNotification(row) };
    });
  }

  async read(uuid: NotificationUuid): Promise<NotificationRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('notification').selectAll().where('uuid', '=', uuid).executeTakeFirst(),
    );
    return row && toNotification(row);
  }

  list({ filter, ...query }: NotificationQuery): Promise<Page<NotificationRecord>> {
    return this.#database.read((db) => {
      const all = db.selectFrom('notification').selectAll();
      let filtered = all;
      const equal = present({
        type: filter.type,
        status: filter.status,
        host_uuid: filter.hostUuid,
      });
      for (const [column, value] of Object.entries(equal))
        filtered = filtered.where(sql.ref(column), '=', value);
      if (filter.incidentId === null) filtered = filtered.where('incident_id', 'is', null);
      else if (filter.incidentId !== undefined)
        filtered = filtered.where('incident_id', '=', filter.incidentId);
      if (filter.generatedSinceMs !== undefined)
        filtered = filtered.where('generated_at_ms', '>=', filter.generatedSinceMs);
      const source = { columns: COLUMNS, all, filtered, fromRow: toNotification };
      return readPage(this.#database, query, source);
    });
  }

  async undispatched(limit: number): Promise<readonly NotificationRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('notification')
        .selectAll()
        .where('status', '=', 'new')
        .where('incident_id', 'is', null)
        .orderBy('created_at_ms')
        .orderBy('id')
        .limit(limit)
        .execute(),
    );
    return rows.map(toNotification);
  }

  async settle(
    uuid: NotificationUuid,
    status: NotificationStatus,
    message: string,
    atMs: number,
  ): Promise<boolean> {
    const settled = await this.#database.write(
      (db) =>
        db
          .updateTable('notification')
          .set({ status, message, updated_at_ms: atMs })
          .where('uuid', '=', uuid)
          .where('status', '=', 'new')
          .where('incident_id', 'is', null)
          .executeTakeFirstOrThrow(),
      `notification ${uuid}`,
    );
    return settled.numUpdatedRows === 1n;
  }
}

const toColumns = (notification: NewNotification) => ({
  uuid: notification.uuid,
  type: notification.type,
  host_uuid: notification.hostUuid,
  host_name: notification.hostName,
  segment_uuid: notification.segmentUuid,
  generated_at_ms: notification.generatedAtMs,
  payload: JSON.stringify(notification.payload),
  reported_by: notification.reportedBy,
  status: 'new',
  created_at_ms: notification.createdAtMs,
});

const toNotification = (row: Selectable<NotificationRowSql>): NotificationRecord => ({
  id: row.id,
  uuid: row.uuid as NotificationUuid,
  type: row.type as NotificationType,
  hostUuid: row.host_uuid as HostUuid,
  hostName: row.host_name as HostName,
  segmentUuid: row.segment_uuid as SegmentUuid,
  generatedAtMs: row.generated_at_ms,
  payload: JSON.parse(row.payload) as Readonly<Record<string, string>>,
  reportedBy: row.reported_by,
  status: row.status as NotificationStatus,
  message: row.message,
  incidentId: row.incident_id as IncidentId | null,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});
