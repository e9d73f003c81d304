/** Returns of hosts in SQL; the state column is what every change is swapped on. */
import type {
  BeginningState,
  NewReturn,
  Page,
  ReturnEvent,
  ReturnMove,
  ReturnQuery,
  ReturnRecord,
  ReturnState,
  ReturnStore,
} from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  type IncidentId,
  LIMITS,
  type ServiceUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import { type Selectable, type SqlBool, sql } from 'kysely';
import {
  assertLegalReturnMove,
  BEGINS,
  OPEN_RETURN_STATES,
  SUPERSEDED,
} from '../rules/return-moves.ts';
import type { ReturnRowSql } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

export class SqlReturnStore implements ReturnStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  open(tenure: Tenure, record: NewReturn): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      const present = await db
        .selectFrom('host_return')
        .select('incident_id')
        .where('incident_id', '=', record.incidentId)
        .executeTakeFirst();
      if (present !== undefined) return 'written';
      await db
        .updateTable('host_return')
        .set({ state: 'cancelled', message: SUPERSEDED, updated_at_ms: record.createdAtMs })
        .where('host_name', '=', record.hostName)
        .where('state', 'in', [...OPEN_RETURN_STATES])
        .execute();
      await db.insertInto('host_return').values(toColumns(record)).execute();
      return 'written';
    });
  }

  async read(incident: IncidentId): Promise<ReturnRecord | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('host_return')
        .selectAll()
        .where('incident_id', '=', incident)
        .executeTakeFirst(),
    );
    return row && toReturn(row);
  }

  async listOpen(limit: number): Promise<readonly ReturnRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('host_return')
        .selectAll()
        .where('state', 'in', [...OPEN_RETURN_STATES])
        .orderBy('created_at_ms')
        .orderBy('number')
        .limit(limit)
        .execute(),
    );
    return rows.map(toReturn);
  }

  async list({ filter, limit, marker }: ReturnQuery): Promise<Page<ReturnRecord>> {
    return await this.#database.read(async (db) => {
      let query = db.selectFrom('host_return').selectAll();
      if (marker !== undefined) {
        const last = await db
          .selectFrom('host_return')
          .select('number')
          .where('incident_id', '=', marker)
          .executeTakeFirst();
        if (last === undefined) return { kind: 'unknown-marker' } as const;
        query = query.where('number', '<', last.number);
      }
      const { hostName, isOpen } = filter;
      if (hostName !== undefined) query = query.where('host_name', '=', hostName);
      if (isOpen !== undefined) {
        query = query.where('state', isOpen ? 'in' : 'not in', [...OPEN_RETURN_STATES]);
      }
      const rows = await query.orderBy('number', 'desc').limit(limit).execute();
      return { kind: 'page', rows: rows.map(toReturn) } as const;
    });
  }

  async countOfHost(host: HostName, sinceMs: number): Promise<number> {
    const { total } = await this.#database.read((db) =>
      db
        .selectFrom('host_return')
        .select((row) => row.fn.countAll().as('total'))
        .where('host_name', '=', host)
        .where('created_at_ms', '>=', sinceMs)
        .executeTakeFirstOrThrow(),
    );
    return Number(total);
  }

  async begin(incident: IncidentId, from: BeginningState, atMs: number): Promise<boolean> {
    const begun = await this.#database.write((db) =>
      db
        .updateTable('host_return')
        .set((row) => ({ state: BEGINS[from], tries: row('tries', '+', 1), updated_at_ms: atMs }))
        .where('incident_id', '=', incident)
        .where('state', '=', from)
        .where(
          sql<SqlBool>`not exists (
            select 1 from incident where incident.open_key = host_return.host_name
          )`,
        )
        .executeTakeFirstOrThrow(),
    );
    return begun.numUpdatedRows === 1n;
  }

  async move(
    tenure: Tenure,
    incident: IncidentId,
    { from, to, message, atMs, silentStamp }: ReturnMove,
  ): Promise<WriteOutcome | 'lost'> {
    assertLegalReturnMove(from, to);
    return this.#database.fenced<'written' | 'lost'>(tenure, async (db, rollBack) => {
      const moved = await db
        .updateTable('host_return')
        .set({
          state: to,
          message,
          updated_at_ms: atMs,
          ...(silentStamp === undefined ? {} : { silent_stamp: silentStamp }),
        })
        .where('incident_id', '=', incident)
        .where('state', '=', from)
        .executeTakeFirstOrThrow();
      return moved.numUpdatedRows === 0n ? rollBack('lost') : 'written';
    });
  }

  addEvent(tenure: Tenure, incident: IncidentId, event: ReturnEvent): Promise<WriteOutcome> {
    const { message, failed, atMs } = event;
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await db
        .insertInto('return_event')
        .values({ incident_id: incident, message, failed: Number(failed), at_ms: atMs })
        .execute();
      const rows = await db
        .selectFrom('return_event')
        .select('number')
        .where('incident_id', '=', incident)
        .orderBy('number', 'desc')
        .offset(LIMITS.eventsPerReturn)
        .limit(1)
        .execute();
      for (const { number } of rows) {
        await db
          .deleteFrom('return_event')
          .where('incident_id', '=', incident)
          .where('number', '<=', number)
          .execute();
      }
      return 'written';
    });
  }

  async readEvents(incident: IncidentId): Promise<readonly ReturnEvent[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('return_event')
        .selectAll()
        .where('incident_id', '=', incident)
        .orderBy('number')
        .execute(),
    );
    return rows.map(({ message, failed, at_ms }) => ({
      message,
      failed: failed !== 0,
      atMs: at_ms,
    }));
  }
}

const toColumns = (record: NewReturn) => ({
  incident_id: record.incidentId,
  host_uuid: record.hostUuid,
  host_name: record.hostName,
  service_uuid: record.serviceUuid,
  silent_stamp: record.silentStamp,
  was_enabled: Number(record.wasEnabled),
  state: 'waiting',
  tries: 0,
  created_at_ms: record.createdAtMs,
  updated_at_ms: record.createdAtMs,
});

const toReturn = (row: Selectable<ReturnRowSql>): ReturnRecord => ({
  incidentId: row.incident_id as IncidentId,
  hostUuid: row.host_uuid as HostUuid,
  hostName: row.host_name as HostName,
  serviceUuid: row.service_uuid as ServiceUuid,
  silentStamp: row.silent_stamp,
  wasEnabled: row.was_enabled !== 0,
  createdAtMs: row.created_at_ms,
  state: row.state as ReturnState,
  message: row.message,
  tries: row.tries,
  updatedAtMs: row.updated_at_ms,
});
