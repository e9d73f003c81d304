/** Purging in SQL: rows are chosen by a read and deleted by their keys, children before parents. */
import { NotificationStatus } from '@medevac/core';
import type { HistoryStore } from '@medevac/engine';
import type { Kysely } from 'kysely';
import { OPEN_RETURN_STATES } from '../rules/return-moves.ts';
import type { Schema } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Statuses after which nothing more happens to a notification. */
const ENDED = [
  NotificationStatus.finished,
  NotificationStatus.failed,
  NotificationStatus.ignored,
] as const;

/** What belongs to an incident and goes with it. */
const CHILDREN = [
  'incident_evidence',
  'incident_event',
  'vmove',
  'host_return',
  'return_event',
  'reservation',
] as const;

export class SqlHistoryStore implements HistoryStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  purge(beforeMs: number, limit: number): Promise<number> {
    return this.#database.write(
      async (db) =>
        (await purgeIncidents(db, beforeMs, limit)) +
        (await purgeRepairs(db, beforeMs, limit)) +
        (await purgeDrains(db, beforeMs, limit)) +
        (await purgeNotifications(db, beforeMs, limit)) +
        (await purgeRuns(db, beforeMs, limit)),
    );
  }
}

async function purgeIncidents(
  db: Kysely<Schema>,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const rows = await db
    .selectFrom('incident')
    .select('id')
    .where('closed_at_ms', '<', beforeMs)
    .where('id', 'not in', (inner) =>
      inner
        .selectFrom('host_return')
        .select('incident_id')
        .where('state', 'in', [...OPEN_RETURN_STATES]),
    )
    .where('id', 'not in', (inner) =>
      inner.selectFrom('reservation').select('incident_id').where('open_key', 'is not', null),
    )
    .where('id', 'not in', (inner) => inner.selectFrom('instance_lock').select('incident_id'))
    .orderBy('closed_at_ms')
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  for (const table of CHILDREN) {
    await db.deleteFrom(table).where('incident_id', 'in', ids).execute();
  }
  await db.deleteFrom('notification').where('incident_id', 'in', ids).execute();
  await db.deleteFrom('incident').where('id', 'in', ids).execute();
  return ids.length;
}

async function purgeRepairs(db: Kysely<Schema>, beforeMs: number, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('repair')
    .select('id')
    .where('closed_at_ms', '<', beforeMs)
    .orderBy('closed_at_ms')
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  await db
    .deleteFrom('notification')
    .where('uuid', 'in', (inner) =>
      inner
        .selectFrom('repair_notification')
        .select('notification_uuid')
        .where('repair_id', 'in', ids),
    )
    .execute();
  for (const table of ['repair_notification', 'repair_event'] as const) {
    await db.deleteFrom(table).where('repair_id', 'in', ids).execute();
  }
  await db.deleteFrom('repair').where('id', 'in', ids).execute();
  return ids.length;
}

async function purgeDrains(db: Kysely<Schema>, beforeMs: number, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('drain')
    .select('id')
    .where('closed_at_ms', '<', beforeMs)
    .orderBy('closed_at_ms')
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  await db.deleteFrom('drain_instance').where('drain_id', 'in', ids).execute();
  await db.deleteFrom('drain').where('id', 'in', ids).execute();
  return ids.length;
}

async function purgeNotifications(
  db: Kysely<Schema>,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const rows = await db
    .selectFrom('notification')
    .select('uuid')
    .where('incident_id', 'is', null)
    .where('status', 'in', [...ENDED])
    .where('created_at_ms', '<', beforeMs)
    .orderBy('created_at_ms')
    .limit(limit)
    .execute();
  const uuids = rows.map((row) => row.uuid);
  if (uuids.length === 0) return 0;
  await db.deleteFrom('notification').where('uuid', 'in', uuids).execute();
  return uuids.length;
}

async function purgeRuns(db: Kysely<Schema>, beforeMs: number, limit: number): Promise<number> {
  const rows = await db
    .selectFrom('run')
    .select('id')
    .where('finished_at_ms', '<', beforeMs)
    .orderBy('finished_at_ms')
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  await db.deleteFrom('step').where('run_id', 'in', ids).execute();
  await db.deleteFrom('run').where('id', 'in', ids).execute();
  const leases = ids.map((id) => `run/${id}`);
  await db.deleteFrom('lease').where('name', 'in', leases).execute();
  return ids.length;
}
