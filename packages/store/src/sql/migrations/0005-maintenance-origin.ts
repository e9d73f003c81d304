/**
 * Who has put a host on maintenance: a recovery, or an operator. A recovery's own flag refuses no
 * report of a new failure, and is lifted when the host is back in service. Flags that stand are
 * an operator's, as before.
 */
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const maintenanceOrigin: Migration = {
  version: 5,
  name: 'maintenance-origin',
  up: async (db, { integer }) => {
    await db.schema
      .alterTable('host')
      .addColumn('maintenance_by_recovery', integer, (column) =>
        column.notNull().defaultTo(sql.lit(0)),
      )
      .execute();
  },
};
