/**
 * Planned maintenance, and what is told of a host that is back in service. `open_key` is the host
 * while a drain of it is open, null afterwards: unique, so that a host has one.
 */
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

export const drains: Migration = {
  version: 8,
  name: 'drains',
  up: async (db, columns) => {
    await createDrain(db, columns);
    await createDrainInstance(db, columns);
    await createReturnEvent(db, columns);
  },
};

async function createDrain(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('drain')
    .addColumn('number', identity)
    .addColumn('id', key(64), (column) => column.notNull().unique())
    .addColumn('open_key', key(255), (column) => column.unique())
    .addColumn('host_uuid', key(36), (column) => column.notNull())
    .addColumn('host_name', key(255), (column) => column.notNull())
    .addColumn('segment_uuid', key(36), (column) => column.notNull())
    .addColumn('parallel', integer, (column) => column.notNull())
    .addColumn('deadline_ms', integer, (column) => column.notNull())
    .addColumn('asked_by', text, (column) => column.notNull())
    .addColumn('note', text)
    .addColumn('state', key(32), (column) => column.notNull())
    .addColumn('message', text)
    .addColumn('service_uuid', key(36))
    .addColumn('was_enabled', integer)
    .addColumn('tries', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .addColumn('opened_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .addColumn('closed_at_ms', integer)
    .execute();
  await db.schema.createIndex('drain_by_closed').on('drain').column('closed_at_ms').execute();
}

async function createDrainInstance(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('drain_instance')
    .addColumn('number', identity)
    .addColumn('drain_id', key(64), (column) => column.notNull())
    .addColumn('instance_uuid', key(36), (column) => column.notNull())
    .addColumn('instance_name', text, (column) => column.notNull())
    .addColumn('place', integer, (column) => column.notNull())
    .addColumn('status', key(32), (column) => column.notNull())
    .addColumn('dest_host', key(255))
    .addColumn('message', text)
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .addUniqueConstraint('drain_instance_once', ['drain_id', 'instance_uuid'])
    .execute();
}

async function createReturnEvent(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('return_event')
    .addColumn('number', identity)
    .addColumn('incident_id', key(64), (column) => column.notNull())
    .addColumn('message', text, (column) => column.notNull())
    .addColumn('failed', integer, (column) => column.notNull())
    .addColumn('at_ms', integer, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('return_event_by_incident')
    .on('return_event')
    .columns(['incident_id', 'number'])
    .execute();
}
