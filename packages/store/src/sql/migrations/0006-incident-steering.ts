/**
 * What people ask of a recovery that is under way: a pause, another method, another try of one
 * instance.
 */
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

export const incidentSteering: Migration = {
  version: 6,
  name: 'incident-steering',
  up: async (db, { integer, key, text }) => {
    const added = [
      ['paused_by', key(255)],
      ['paused_at_ms', integer],
      ['pause_note', text],
      ['method', key(64)],
      ['method_by', key(255)],
      ['method_at_ms', integer],
      ['method_note', text],
    ] as const;
    for (const [name, type] of added) {
      await db.schema.alterTable('incident').addColumn(name, type).execute();
    }
    await db.schema
      .alterTable('vmove')
      .addColumn('tries', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
      .execute();
  },
};
