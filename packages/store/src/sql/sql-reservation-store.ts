/** Reservations of reserved hosts in SQL; `open_key` keeps two failed hosts off one of them. */
import type {
  NewReservation,
  ReservationMove,
  ReservationNote,
  ReservationRecord,
  ReservationState,
  ReservationStore,
} from '@medevac/engine';
import type { HostName, HostUuid, IncidentId, ServiceUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Kysely, Selectable } from 'kysely';
import { assertLegalReservationMove, LEFT_BEHIND } from '../rules/reservation-moves.ts';
import { jsonFromText } from './json-column.ts';
import type { ReservationRowSql, Schema } from './schema.ts';
import { DuplicateKeyError, type SqlDatabase } from './sql-database.ts';

export class SqlReservationStore implements ReservationStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async reserve(tenure: Tenure, reservation: NewReservation): Promise<WriteOutcome | 'taken'> {
    try {
      return await this.#database.fenced<WriteOutcome | 'taken'>(tenure, async (db) => {
        const { hostUuid, incidentId } = reservation;
        const open = await db
          .selectFrom('reservation')
          .select(['incident_id', 'state'])
          .where('open_key', '=', hostUuid)
          .executeTakeFirst();
        const isOurs = open?.incident_id === incidentId && open.state === 'held';
        if (open !== undefined) return isOurs ? 'written' : 'taken';
        if (!(await isFree(db, hostUuid))) return 'taken';
        if ((await lastEnded(db, hostUuid)) !== reservation.lastEnded) return 'taken';
        await db.insertInto('reservation').values(toColumns(reservation)).execute();
        return 'written';
      });
    } catch (error) {
      // Another incident was quicker between the read and the insert.
      if (error instanceof DuplicateKeyError) return 'taken';
      throw error;
    }
  }

  async read(id: number): Promise<ReservationRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('reservation').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && toReservation(row);
  }

  lastEnded(host: HostUuid): Promise<number> {
    return this.#database.read((db) => lastEnded(db, host));
  }

  async listOpen(limit: number): Promise<readonly ReservationRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('reservation')
        .selectAll()
        .where('open_key', 'is not', null)
        .orderBy('id')
        .limit(limit)
        .execute(),
    );
    return rows.map(toReservation);
  }

  async listOfIncident(incident: IncidentId): Promise<readonly ReservationRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('reservation')
        .selectAll()
        .where('incident_id', '=', incident)
        .orderBy('id')
        .execute(),
    );
    return rows.map(toReservation);
  }

  note(
    tenure: Tenure,
    id: number,
    { isReady, aggregates }: ReservationNote,
    atMs: number,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#database.fenced<WriteOutcome | 'lost'>(tenure, async (db, rollBack) => {
      const noted = await db
        .updateTable('reservation')
        .set({
          ...(isReady === undefined ? {} : { is_ready: Number(isReady) }),
          ...(aggregates === undefined ? {} : { aggregates: JSON.stringify(aggregates) }),
          updated_at_ms: atMs,
        })
        .where('id', '=', id)
        .where('state', '=', 'held')
        .executeTakeFirstOrThrow();
      return noted.numUpdatedRows === 0n ? rollBack('lost') : 'written';
    });
  }

  async move(
    tenure: Tenure,
    id: number,
    { from, to, message, atMs }: ReservationMove,
  ): Promise<WriteOutcome | 'lost'> {
    assertLegalReservationMove(from, to);
    const isOpen = to === 'releasing';
    return this.#database.fenced<WriteOutcome | 'lost'>(tenure, async (db, rollBack) => {
      const moved = await db
        .updateTable('reservation')
        .set((row) => ({
          ...{ state: to, message, updated_at_ms: atMs },
          tries: row('tries', '+', from === to ? 1 : 0),
          ...(isOpen ? {} : { open_key: null }),
        }))
        .where('id', '=', id)
        .where('state', '=', from)
        .executeTakeFirstOrThrow();
      if (moved.numUpdatedRows === 0n) rollBack('lost');
      if (to === 'used') await makeOrdinary(db, id, atMs);
      return 'written';
    });
  }

  async releaseEnded(id: number, atMs: number): Promise<boolean> {
    const released = await this.#database.write((db) =>
      db
        .updateTable('reservation')
        .set({ state: 'releasing', message: LEFT_BEHIND, updated_at_ms: atMs })
        .where('id', '=', id)
        .where('state', '=', 'held')
        .where('incident_id', 'in', (inner) =>
          inner
            .selectFrom('incident')
            .select('incident.id')
            .where('incident.closed_at_ms', 'is not', null),
        )
        .executeTakeFirstOrThrow(),
    );
    return released.numUpdatedRows === 1n;
  }
}

/** Whether operators still have it as a reserved host and not on maintenance. */
async function isFree(db: Kysely<Schema>, host: HostUuid): Promise<boolean> {
  const row = await db
    .selectFrom('host')
    .select('id')
    .where('uuid', '=', host)
    .where('deleted_id', '=', 0)
    .where('reserved', '=', 1)
    .where('on_maintenance', '=', 0)
    .executeTakeFirst();
  return row !== undefined;
}

async function lastEnded(db: Kysely<Schema>, host: HostUuid): Promise<number> {
  const row = await db
    .selectFrom('reservation')
    .select('id')
    .where('host_uuid', '=', host)
    .where('open_key', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? 0;
}

async function makeOrdinary(db: Kysely<Schema>, id: number, atMs: number): Promise<void> {
  await db
    .updateTable('host')
    .set({ reserved: 0, updated_at_ms: atMs })
    .where('deleted_id', '=', 0)
    .where('uuid', 'in', (inner) =>
      inner.selectFrom('reservation').select('host_uuid').where('id', '=', id),
    )
    .execute();
}

const toColumns = (reservation: NewReservation) => ({
  incident_id: reservation.incidentId,
  failed_host: reservation.failedHost,
  host_uuid: reservation.hostUuid,
  host_name: reservation.hostName,
  service_uuid: reservation.serviceUuid,
  was_enabled: Number(reservation.wasEnabled),
  disabled_reason: reservation.disabledReason,
  state: 'held',
  open_key: reservation.hostUuid,
  aggregates: '[]',
  created_at_ms: reservation.createdAtMs,
  updated_at_ms: reservation.createdAtMs,
});

const toReservation = (row: Selectable<ReservationRowSql>): ReservationRecord => ({
  id: row.id,
  incidentId: row.incident_id as IncidentId,
  failedHost: row.failed_host as HostName,
  hostUuid: row.host_uuid as HostUuid,
  hostName: row.host_name as HostName,
  serviceUuid: row.service_uuid as ServiceUuid,
  wasEnabled: row.was_enabled !== 0,
  disabledReason: row.disabled_reason,
  state: row.state as ReservationState,
  isReady: row.is_ready !== 0,
  aggregates: jsonFromText(row.aggregates) as readonly number[],
  message: row.message,
  tries: row.tries,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});
