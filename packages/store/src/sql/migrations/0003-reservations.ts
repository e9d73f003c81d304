/**
 * Reserved hosts in use. `open_key` is the host while it is held or given back, null afterwards:
 * unique, so that a reserved host serves one failed host at a time.
 */
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const reservations: Migration = {
  version: 3,
  name: 'reservations',
  up: async (db, { identity, integer, key, text }) => {
    await db.schema
      .createTable('reservation')
      .addColumn('id', identity)
      .addColumn('incident_id', key(64), (column) => column.notNull())
      .addColumn('failed_host', key(255), (column) => column.notNull())
      .addColumn('host_uuid', key(36), (column) => column.notNull())
      .addColumn('host_name', key(255), (column) => column.notNull())
      .addColumn('service_uuid', key(36), (column) => column.notNull())
      .addColumn('was_enabled', integer, (column) => column.notNull())
      .addColumn('disabled_reason', text)
      .addColumn('state', key(32), (column) => column.notNull())
      .addColumn('open_key', key(36), (column) => column.unique())
      .addColumn('is_ready', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
      .addColumn('aggregates', text, (column) => column.notNull())
      .addColumn('message', text)
      .addColumn('tries', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
      .addColumn('created_at_ms', integer, (column) => column.notNull())
      .addColumn('updated_at_ms', integer, (column) => column.notNull())
      .addForeignKeyConstraint('reservation_incident', ['incident_id'], 'incident', ['id'])
      .execute();
    await db.schema
      .createIndex('reservation_by_incident')
      .on('reservation')
      .columns(['incident_id', 'id'])
      .execute();
  },
};
