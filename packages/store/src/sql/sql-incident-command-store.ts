/** What people do with incidents, in SQL. */
import { IncidentState, notificationStatusOf } from '@medevac/core';
import type {
  Acknowledgement,
  Asked,
  ChosenMethod,
  IncidentCommandStore,
  IncidentQuery,
  IncidentRecord,
  NewEvidence,
  NewIncidentEvent,
  Page,
  Reopening,
} from '@medevac/engine';
import {
  type HostName,
  type IncidentId,
  type InstanceUuid,
  LIMITS,
  type NotificationUuid,
} from '@medevac/kernel';
import { type Kysely, type SqlBool, sql, type Updateable } from 'kysely';
import { REOPENABLE_STATES, RETURNED_STATES } from '../rules/retry-states.ts';
import { keepIncidentEvent } from './incident-events.ts';
import { hostLane, keepEvidence } from './incident-evidence.ts';
import { toIncident } from './incident-rows.ts';
import type { IncidentRowSql, Schema } from './schema.ts';
import { DuplicateKeyError, type SqlDatabase } from './sql-database.ts';

type Reopened = Awaited<ReturnType<IncidentCommandStore['reopen']>>;
type Kept = Awaited<ReturnType<IncidentCommandStore['keepCopy']>>;

export class SqlIncidentCommandStore implements IncidentCommandStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  list({ filter, limit, marker }: IncidentQuery): Promise<Page<IncidentRecord>> {
    return this.#database.read<Page<IncidentRecord>>(async (db) => {
      let select = db
        .selectFrom('incident')
        .selectAll()
        .orderBy('opened_at_ms', 'desc')
        .orderBy('number', 'desc')
        .limit(limit);
      if (filter.state !== undefined) select = select.where('state', '=', filter.state);
      if (filter.hostName !== undefined) select = select.where('host_name', '=', filter.hostName);
      if (filter.segmentUuid !== undefined)
        select = select.where('segment_uuid', '=', filter.segmentUuid);
      if (filter.isOpen !== undefined)
        select = select.where('closed_at_ms', filter.isOpen ? 'is' : 'is not', null);
      if (filter.isAcknowledged !== undefined)
        select = select.where('acknowledged_at_ms', filter.isAcknowledged ? 'is not' : 'is', null);
      if (marker !== undefined) {
        const last = await readRow(db, marker);
        if (last === undefined) return { kind: 'unknown-marker' };
        const { opened_at_ms: openedAtMs, number } = last;
        select = select.where(sql<SqlBool>`(opened_at_ms < ${openedAtMs}
          or (opened_at_ms = ${openedAtMs} and number < ${number}))`);
      }
      return { kind: 'page', rows: (await select.execute()).map(toIncident) };
    });
  }

  acknowledge(
    id: IncidentId,
    { by, note, atMs }: Acknowledgement,
  ): Promise<IncidentRecord | undefined> {
    return this.#database.write(async (db) => {
      await db
        .updateTable('incident')
        .set({ acknowledged_by: by, acknowledge_note: note, acknowledged_at_ms: atMs })
        .where('id', '=', id)
        .where('acknowledged_at_ms', 'is', null)
        .execute();
      const row = await readRow(db, id);
      return row && toIncident(row);
    });
  }

  async askRetry(id: IncidentId, atMs: number): Promise<boolean> {
    const asked = await this.#database.write((db) =>
      db
        .updateTable('incident')
        .set({ retry_asked_at_ms: atMs })
        .where('id', '=', id)
        .where('closed_at_ms', 'is', null)
        .executeTakeFirstOrThrow(),
    );
    return asked.numUpdatedRows === 1n;
  }

  retryInstance(id: IncidentId, instance: InstanceUuid, told: NewIncidentEvent): Promise<boolean> {
    const asked = { retry_asked_at_ms: told.atMs };
    return this.#database.write<boolean>(async (db, rollBack) => {
      if (!(await changeOpen(db, id, asked))) return false;
      if ((await tryAgain(db, id, told.atMs, instance)) === 0n) return rollBack(false);
      await keepIncidentEvent(db, id, told);
      return true;
    });
  }

  pause(id: IncidentId, { by, note, atMs }: Asked, told: NewIncidentEvent): Promise<boolean> {
    return this.#database.write<boolean>(async (db) => {
      const paused = await db
        .updateTable('incident')
        .set({ paused_by: by, paused_at_ms: atMs, pause_note: note, retry_asked_at_ms: atMs })
        .where('id', '=', id)
        .where('closed_at_ms', 'is', null)
        .where('paused_at_ms', 'is', null)
        .executeTakeFirstOrThrow();
      if (paused.numUpdatedRows === 0n) return false;
      await keepIncidentEvent(db, id, told);
      return true;
    });
  }

  resume(id: IncidentId, told: NewIncidentEvent): Promise<boolean> {
    const nobody = { paused_by: null, paused_at_ms: null, pause_note: null };
    return this.#database.write<boolean>(async (db) => {
      const resumed = await db
        .updateTable('incident')
        .set({ ...nobody, retry_asked_at_ms: told.atMs })
        .where('id', '=', id)
        .where('paused_at_ms', 'is not', null)
        .executeTakeFirstOrThrow();
      if (resumed.numUpdatedRows === 0n) return false;
      await keepIncidentEvent(db, id, told);
      return true;
    });
  }

  chooseMethod(
    id: IncidentId,
    { method, by, note, atMs }: ChosenMethod,
    told: NewIncidentEvent,
  ): Promise<boolean> {
    const chosen = { method, method_by: by, method_at_ms: atMs, method_note: note };
    return this.#database.write<boolean>(async (db) => {
      if (!(await changeOpen(db, id, { ...chosen, retry_asked_at_ms: atMs }))) return false;
      await keepIncidentEvent(db, id, told);
      return true;
    });
  }

  async reopen(id: IncidentId, reopening: Reopening): Promise<Reopened> {
    try {
      return await this.#database.write<Reopened>((db, rollBack) =>
        reopenIn(db, id, reopening, rollBack),
      );
    } catch (error) {
      if (error instanceof DuplicateKeyError) return 'host-busy';
      throw error;
    }
  }

  keepCopy(host: HostName, of: NotificationUuid, evidence: NewEvidence): Promise<Kept> {
    return this.#database.write<Kept>(async (db) => {
      const counted = await db
        .updateTable('incident')
        .set((row) => ({ evidence_total: row('evidence_total', '+', 1) }))
        .where('open_key', '=', host)
        .executeTakeFirstOrThrow();
      if (counted.numUpdatedRows === 1n) {
        const open = await db
          .selectFrom('incident')
          .select('id')
          .where('open_key', '=', host)
          .executeTakeFirstOrThrow();
        await keepEvidence(db, open.id as IncidentId, evidence);
        return 'added';
      }
      // Moves the row that opening an incident moves too: whoever comes second sees the other.
      const waiting = await db
        .updateTable('notification')
        .set((row) => ({ copies: row('copies', '+', 1) }))
        .where('uuid', '=', of)
        .where('status', '=', 'new')
        .where('incident_id', 'is', null)
        .where('copies', '<', LIMITS.evidencePerIncident)
        .executeTakeFirstOrThrow();
      if (waiting.numUpdatedRows === 0n) return 'dropped';
      const { kind, source, observer, receivedAtMs } = evidence;
      const content = JSON.stringify(evidence.content);
      const copy = { kind, source, observer, content, received_at_ms: receivedAtMs };
      await db
        .insertInto('notification_copy')
        .values({ notification_uuid: of, ...copy })
        .execute();
      return 'kept';
    }, hostLane(host));
  }
}

const readRow = (db: Kysely<Schema>, id: IncidentId) =>
  db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst();

/** `false`: it is not open. */
async function changeOpen(
  db: Kysely<Schema>,
  id: IncidentId,
  change: Updateable<IncidentRowSql>,
): Promise<boolean> {
  const changed = await db
    .updateTable('incident')
    .set(change)
    .where('id', '=', id)
    .where('closed_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return changed.numUpdatedRows === 1n;
}

/** What was tried and failed is pending again, or one of them; answers how many. */
async function tryAgain(
  db: Kysely<Schema>,
  id: IncidentId,
  atMs: number,
  instance: InstanceUuid | undefined,
): Promise<bigint> {
  let update = db
    .updateTable('vmove')
    .set((row) => ({
      ...{ status: 'pending', message: null, end_at_ms: null, updated_at_ms: atMs },
      tries: row('tries', '+', 1),
    }))
    .where('incident_id', '=', id)
    .where('status', '=', 'failed')
    .where('end_at_ms', 'is not', null);
  if (instance !== undefined) update = update.where('instance_uuid', '=', instance);
  return (await update.executeTakeFirstOrThrow()).numUpdatedRows;
}

async function reopenIn(
  db: Kysely<Schema>,
  id: IncidentId,
  { retries, reason, evidence, atMs, instance }: Reopening,
  rollBack: (answer: Reopened) => never,
): Promise<Reopened> {
  const state = IncidentState.suspected;
  const opened = await db
    .updateTable('incident')
    .set((row) => ({
      ...{ state, guard: null, reason, updated_at_ms: atMs, closed_at_ms: null },
      open_key: row.ref('host_name'),
      retries: retries + 1,
      evidence_total: row('evidence_total', '+', 1),
      ...{ acknowledged_by: null, acknowledged_at_ms: null, acknowledge_note: null },
    }))
    .where('id', '=', id)
    .where('state', 'in', [...REOPENABLE_STATES])
    .where('retries', '=', retries)
    .executeTakeFirstOrThrow();
  if (opened.numUpdatedRows === 0n) return rollBack('lost');
  const returned = await db
    .selectFrom('host_return')
    .select('incident_id')
    .where('incident_id', '=', id)
    .where('state', 'in', [...RETURNED_STATES])
    .executeTakeFirst();
  if (returned !== undefined) return rollBack('returned');
  await tryAgain(db, id, atMs, instance);
  await db
    .updateTable('notification')
    .set({ status: notificationStatusOf(state), message: reason, updated_at_ms: atMs })
    .where('incident_id', '=', id)
    .execute();
  await keepEvidence(db, id, evidence);
  return 'reopened';
}
