/**
 * Repairs of instances and processes on living hosts. `open_key` is the subject while a repair is
 * open, null afterwards: unique, so that N reports of one crash are one repair.
 */
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

export const repairs: Migration = {
  version: 4,
  name: 'repairs',
  up: async (db, columns) => {
    await createRepairTable(db, columns);
    await createChildren(db, columns);
  },
};

async function createRepairTable(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('repair')
    .addColumn('number', identity)
    .addColumn('id', key(64), (column) => column.notNull().unique())
    .addColumn('kind', key(32), (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('subject_key', key(64), (column) => column.notNull())
    .addColumn('open_key', key(64), (column) => column.unique())
    .addColumn('host_uuid', key(36), (column) => column.notNull())
    .addColumn('host_name', key(255), (column) => column.notNull())
    .addColumn('segment_uuid', key(36), (column) => column.notNull())
    .addColumn('payload', text, (column) => column.notNull())
    .addColumn('status', key(32), (column) => column.notNull())
    .addColumn('message', text)
    .addColumn('reports', integer, (column) => column.notNull())
    .addColumn('started_at_ms', integer)
    .addColumn('tries', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .addColumn('tried_at_ms', integer)
    .addColumn('opened_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .addColumn('closed_at_ms', integer)
    .execute();
  await db.schema
    .createIndex('repair_by_subject')
    .on('repair')
    .columns(['subject_key', 'number'])
    .execute();
  await db.schema.createIndex('repair_by_closed').on('repair').column('closed_at_ms').execute();
}

async function createChildren(
  db: Kysely<Schema>,
  { fraction, identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('repair_notification')
    .addColumn('notification_uuid', key(36), (column) => column.primaryKey())
    .addColumn('repair_id', key(64), (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('repair_notification_by_repair')
    .on('repair_notification')
    .column('repair_id')
    .execute();
  await db.schema
    .createTable('repair_event')
    .addColumn('id', identity)
    .addColumn('repair_id', key(64), (column) => column.notNull())
    .addColumn('step', key(64), (column) => column.notNull())
    .addColumn('message', text, (column) => column.notNull())
    .addColumn('progress', fraction, (column) => column.notNull())
    .addColumn('failed', integer, (column) => column.notNull())
    .addColumn('at_ms', integer, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('repair_event_by_repair')
    .on('repair_event')
    .columns(['repair_id', 'id'])
    .execute();
}
