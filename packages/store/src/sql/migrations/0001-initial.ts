/**
 * The first schema. Uniqueness that the domain demands stands in unique keys, which every database
 * enforces between its connections, not in reads that come before a write:
 *
 * - live names: (`name`, `deleted_id`), where `deleted_id` is 0 while live and the own id
 *   afterwards;
 * - one open incident per host: `open_key`, null when closed (nulls never collide);
 * - one plan per instance: (`incident_id`, `instance_uuid`);
 * - duplicate notifications: a window of time cannot be a key, so equal ones are counted in
 *   (`fingerprint`, `occurrence`). Two equal ones that arrive at once both read the same last
 *   occurrence and ask for the next: the loser is refused, reads again, and finds the winner.
 */
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

export const initial: Migration = {
  version: 1,
  name: 'initial',
  up: async (db, columns) => {
    await createWorkflowTables(db, columns);
    await createSegmentTables(db, columns);
    await createNotificationTable(db, columns);
    await createIncidentTables(db, columns);
    await createVmoveTable(db, columns);
    await createReturnTable(db, columns);
    for (const [table, ...keys] of INDEXES) {
      const name = `${table}_by_${keys.map((key) => key.replace(/_(at_)?ms$|_id$/, '')).join('_')}`;
      await db.schema.createIndex(name).on(table).columns(keys).execute();
    }
  },
};

/** For lists in their default order, and for what the engine and the API look up all the time. */
const INDEXES: readonly (readonly [keyof Schema, ...string[]])[] = [
  ['run', 'state', 'created_at_ms', 'number'],
  ['run', 'finished_at_ms'],
  ['segment', 'deleted_id', 'created_at_ms', 'id'],
  ['host', 'deleted_id', 'created_at_ms', 'id'],
  ['host', 'segment_uuid', 'deleted_id', 'created_at_ms', 'id'],
  ['notification', 'created_at_ms', 'id'],
  ['notification', 'status', 'created_at_ms', 'id'],
  ['notification', 'host_uuid', 'created_at_ms', 'id'],
  ['notification', 'incident_id', 'created_at_ms', 'id'],
  ['notification', 'fingerprint', 'generated_at_ms'],
  ['notification', 'generated_at_ms', 'id'],
  ['incident', 'segment_uuid', 'state'],
  ['incident', 'closed_at_ms', 'opened_at_ms', 'number'],
  ['incident_evidence', 'incident_id', 'id'],
  ['incident_event', 'incident_id', 'id'],
  ['vmove', 'incident_id', 'created_at_ms', 'id'],
  ['vmove', 'status', 'created_at_ms', 'id'],
  ['vmove', 'created_at_ms', 'id'],
  ['host_return', 'state', 'created_at_ms', 'number'],
  ['host_return', 'host_name', 'state'],
];

async function createWorkflowTables(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('lease')
    .addColumn('name', key(255), (column) => column.primaryKey().notNull())
    .addColumn('holder', key(255))
    .addColumn('epoch', integer, (column) => column.notNull())
    .addColumn('beat', integer, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('run')
    .addColumn('number', identity)
    .addColumn('id', key(255), (column) => column.notNull().unique())
    .addColumn('workflow', key(255), (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('input', text, (column) => column.notNull())
    .addColumn('state', key(32), (column) => column.notNull())
    .addColumn('cancel_reason', text)
    .addColumn('result', text)
    .addColumn('error', text)
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('finished_at_ms', integer)
    .execute();
  await db.schema
    .createTable('step')
    .addColumn('number', identity)
    .addColumn('run_id', key(255), (column) => column.notNull())
    .addColumn('path', key(500), (column) => column.notNull())
    .addColumn('state', key(32), (column) => column.notNull())
    .addColumn('attempt', integer, (column) => column.notNull())
    .addColumn('started_at_ms', integer, (column) => column.notNull())
    .addColumn('spent_ms', integer, (column) => column.notNull())
    .addColumn('next_attempt_at_ms', integer)
    .addColumn('result', text)
    .addColumn('error', text)
    .addUniqueConstraint('step_of_run', ['run_id', 'path'])
    .addForeignKeyConstraint('step_run', ['run_id'], 'run', ['id'])
    .execute();
}

async function createSegmentTables(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('segment')
    .addColumn('id', identity)
    .addColumn('uuid', key(36), (column) => column.notNull().unique())
    .addColumn('name', key(255), (column) => column.notNull())
    .addColumn('description', text)
    .addColumn('service_type', key(255), (column) => column.notNull())
    .addColumn('recovery_method', key(32), (column) => column.notNull())
    .addColumn('enabled', integer, (column) => column.notNull())
    .addColumn('hosts_added', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer)
    .addColumn('deleted_at_ms', integer)
    .addColumn('deleted_id', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .addUniqueConstraint('segment_live_name', ['name', 'deleted_id'])
    .execute();
  await db.schema
    .createTable('host')
    .addColumn('id', identity)
    .addColumn('uuid', key(36), (column) => column.notNull().unique())
    .addColumn('segment_uuid', key(36), (column) => column.notNull())
    .addColumn('name', key(255), (column) => column.notNull())
    .addColumn('type', key(255), (column) => column.notNull())
    .addColumn('control_attributes', text, (column) => column.notNull())
    .addColumn('reserved', integer, (column) => column.notNull())
    .addColumn('on_maintenance', integer, (column) => column.notNull())
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer)
    .addColumn('deleted_at_ms', integer)
    .addColumn('deleted_id', integer, (column) => column.notNull().defaultTo(sql.lit(0)))
    .addUniqueConstraint('host_live_name', ['name', 'deleted_id'])
    .addForeignKeyConstraint('host_segment', ['segment_uuid'], 'segment', ['uuid'])
    .execute();
}

async function createNotificationTable(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  // Its incident is not a foreign key: the incident comes later, and purging must be free to
  // choose.
  await db.schema
    .createTable('notification')
    .addColumn('id', identity)
    .addColumn('uuid', key(36), (column) => column.notNull().unique())
    .addColumn('type', key(32), (column) => column.notNull())
    .addColumn('host_uuid', key(36), (column) => column.notNull())
    .addColumn('host_name', key(255), (column) => column.notNull())
    .addColumn('segment_uuid', key(36), (column) => column.notNull())
    .addColumn('generated_at_ms', integer, (column) => column.notNull())
    .addColumn('payload', text, (column) => column.notNull())
    .addColumn('reported_by', text, (column) => column.notNull())
    .addColumn('status', key(32), (column) => column.notNull())
    .addColumn('message', text)
    .addColumn('incident_id', key(64))
    .addColumn('fingerprint', key(64), (column) => column.notNull())
    .addColumn('occurrence', integer, (column) => column.notNull())
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer)
    .addUniqueConstraint('notification_occurrence', ['fingerprint', 'occurrence'])
    .execute();
}

async function createIncidentTables(
  db: Kysely<Schema>,
  { identity, integer, fraction, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('incident')
    .addColumn('number', identity)
    .addColumn('id', key(64), (column) => column.notNull().unique())
    .addColumn('host_uuid', key(36), (column) => column.notNull())
    .addColumn('host_name', key(255), (column) => column.notNull())
    .addColumn('segment_uuid', key(36), (column) => column.notNull())
    .addColumn('state', key(32), (column) => column.notNull())
    .addColumn('guard', key(64))
    .addColumn('reason', text)
    .addColumn('open_key', key(255), (column) => column.unique())
    .addColumn('evidence_total', integer, (column) => column.notNull())
    .addColumn('opened_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .addColumn('closed_at_ms', integer)
    .execute();
  await db.schema
    .createTable('incident_evidence')
    .addColumn('id', identity)
    .addColumn('incident_id', key(64), (column) => column.notNull())
    .addColumn('kind', key(32), (column) => column.notNull())
    .addColumn('source', key(255), (column) => column.notNull())
    .addColumn('observer', key(255), (column) => column.notNull())
    .addColumn('content', text, (column) => column.notNull())
    .addColumn('received_at_ms', integer, (column) => column.notNull())
    .addForeignKeyConstraint('evidence_incident', ['incident_id'], 'incident', ['id'])
    .execute();
  await db.schema
    .createTable('incident_event')
    .addColumn('id', identity)
    .addColumn('incident_id', key(64), (column) => column.notNull())
    .addColumn('step', key(255), (column) => column.notNull())
    .addColumn('message', text, (column) => column.notNull())
    .addColumn('progress', fraction, (column) => column.notNull())
    .addColumn('failed', integer, (column) => column.notNull())
    .addColumn('at_ms', integer, (column) => column.notNull())
    .addForeignKeyConstraint('event_incident', ['incident_id'], 'incident', ['id'])
    .execute();
}

async function createVmoveTable(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('vmove')
    .addColumn('id', identity)
    .addColumn('uuid', key(36), (column) => column.notNull().unique())
    .addColumn('incident_id', key(64), (column) => column.notNull())
    .addColumn('instance_uuid', key(36), (column) => column.notNull())
    .addColumn('instance_name', key(255), (column) => column.notNull())
    .addColumn('source_host', key(255), (column) => column.notNull())
    .addColumn('dest_host', key(255))
    .addColumn('type', key(32), (column) => column.notNull())
    .addColumn('status', key(32), (column) => column.notNull())
    .addColumn('message', text)
    .addColumn('instance_before', text, (column) => column.notNull())
    .addColumn('start_at_ms', integer)
    .addColumn('end_at_ms', integer)
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer)
    .addUniqueConstraint('vmove_of_instance', ['incident_id', 'instance_uuid'])
    .addForeignKeyConstraint('vmove_incident', ['incident_id'], 'incident', ['id'])
    .execute();
}

async function createReturnTable(
  db: Kysely<Schema>,
  { identity, integer, key, text }: ColumnTypes,
): Promise<void> {
  await db.schema
    .createTable('host_return')
    .addColumn('number', identity)
    .addColumn('incident_id', key(64), (column) => column.notNull().unique())
    .addColumn('host_uuid', key(36), (column) => column.notNull())
    .addColumn('host_name', key(255), (column) => column.notNull())
    .addColumn('service_uuid', key(36), (column) => column.notNull())
    .addColumn('silent_stamp', key(64), (column) => column.notNull())
    .addColumn('was_enabled', integer, (column) => column.notNull())
    .addColumn('state', key(32), (column) => column.notNull())
    .addColumn('message', text)
    .addColumn('tries', integer, (column) => column.notNull())
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .addForeignKeyConstraint('return_incident', ['incident_id'], 'incident', ['id'])
    .execute();
}
