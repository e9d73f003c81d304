/**
 * What people do with incidents: how often one was opened again, that it be tried now, and who took
 * note of it; and copies of reports that were refused before their incident was there.
 */
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

export const incidentCommands: Migration = {
  version: 2,
  name: 'incident-commands',
  up: async (db, columns) => {
    await addIncidentColumns(db, columns);
    await createCopyTable(db, columns);
    await db.schema
      .createIndex('incident_by_opened')
      .on('incident')
      .columns(['opened_at_ms', 'number'])
      .execute();
  },
};

async function addIncidentColumns(
  db: Kysely<Schema>,
  { integer, key, text }: ColumnTypes,
): Promise<void> {
  const added = [
    ['retry_asked_at_ms', integer],
    ['acknowledged_by', key(255)],
    ['acknowledged_at_ms', integer],
    ['acknowledge_note', text],
  ] as const;
  await db.schema
    .alterTable('incident')
    .addColumn('retries', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .execute();
  for (const [name, type] of added) {
    await db.schema.alterTable('incident').addColumn(name, type).execute();
  }
}

async function createCopyTable(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .alterTable('notification')
    .addColumn('copies', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .execute();
  await db.schema
    .createTable('notification_copy')
    .addColumn('id', identity)
    .addColumn('notification_uuid', key(36), (column) => column.notNull())
    .addColumn('kind', key(32), (column) => column.notNull())
    .addColumn('source', key(255), (column) => column.notNull())
    .addColumn('observer', key(255), (column) => column.notNull())
    .addColumn('content', text, (column) => column.notNull())
    .addColumn('received_at_ms', integer, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('notification_copy_by_notification')
    .on('notification_copy')
    .columns(['notification_uuid', 'id'])
    .execute();
}
