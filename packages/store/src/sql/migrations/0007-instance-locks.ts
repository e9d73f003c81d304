/**
 * Locks that recoveries put on instances in Nova, from before the call until Nova has none of them
 * any more. An incident has one of each instance.
 */
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const instanceLocks: Migration = {
  version: 7,
  name: 'instance-locks',
  up: async (db, { identity, integer, key }) => {
    await db.schema
      .createTable('instance_lock')
      .addColumn('number', identity)
      .addColumn('uuid', key(36), (column) => column.notNull().unique())
      .addColumn('incident_id', key(64), (column) => column.notNull())
      .addColumn('instance_uuid', key(36), (column) => column.notNull())
      .addColumn('is_settled', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
      .addColumn('created_at_ms', integer, (column) => column.notNull())
      .addUniqueConstraint('instance_lock_of_incident', ['incident_id', 'instance_uuid'])
      .addForeignKeyConstraint('instance_lock_incident', ['incident_id'], 'incident', ['id'])
      .execute();
  },
};
