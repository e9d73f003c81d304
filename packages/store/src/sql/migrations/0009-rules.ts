/** What operators decide for one segment or one instance, above the settings. */
import type { Migration } from './migration.ts';

export const rules: Migration = {
  version: 9,
  name: 'rules',
  up: async (db, { integer, key, text }) => {
    await db.schema
      .createTable('segment_rules')
      .addColumn('segment_uuid', key(36), (column) => column.primaryKey())
      .addColumn('fencing', key(16))
      .addColumn('storage', key(16))
      .addColumn('return_policy', key(16))
      .addColumn('instance_policy', key(16))
      .addColumn('changed_by', text, (column) => column.notNull())
      .addColumn('note', text)
      .addColumn('changed_at_ms', integer, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('instance_rule')
      .addColumn('instance_uuid', key(36), (column) => column.primaryKey())
      .addColumn('policy', key(16))
      .addColumn('priority', integer)
      .addColumn('changed_by', text, (column) => column.notNull())
      .addColumn('note', text)
      .addColumn('changed_at_ms', integer, (column) => column.notNull())
      .execute();
  },
};
