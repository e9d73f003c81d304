/** Drains in SQL; the state column is what every change is swapped on. */
import type {
  DrainInstanceChange,
  DrainInstanceKey,
  DrainInstanceRecord,
  DrainMove,
  DrainOpening,
  DrainQuery,
  DrainRecord,
  DrainStore,
  NewDrain,
  NewDrainInstance,
  Page,
} from '@medevac/engine';
import {
  type DrainId,
  type HostName,
  type HostUuid,
  type IncidentId,
  invariant,
  type ServiceUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Transaction } from 'kysely';
import {
  assertLegalDrainMove,
  endedByFailure,
  isDrainOpen,
  leftToIncident,
  UNANSWERED,
} from '../rules/drain-moves.ts';
import {
  liftMaintenance,
  newDrainColumns,
  setMaintenance,
  toDrain,
  toDrainInstance,
  whatStandsAgainst,
} from './drain-rows.ts';
import type { Schema } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

export class SqlDrainStore implements DrainStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  open(drain: NewDrain): Promise<DrainOpening> {
    return this.#database.writeDecidingAgain<DrainOpening>(async (db) => {
      const against = await whatStandsAgainst(db, drain);
      if (against !== undefined) return against;
      await db.insertInto('drain').values(newDrainColumns(drain)).execute();
      await setMaintenance(db, drain.hostUuid, drain.openedAtMs);
      const row = await db
        .selectFrom('drain')
        .selectAll()
        .where('id', '=', drain.id)
        .executeTakeFirst();
      invariant(row !== undefined, `the drain ${drain.id} vanished`);
      return { kind: 'opened', drain: toDrain(row) };
    }, `drain ${drain.hostName}`);
  }

  async read(id: DrainId): Promise<DrainRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('drain').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && toDrain(row);
  }

  async findOpen(host: HostName): Promise<DrainRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('drain').selectAll().where('open_key', '=', host).executeTakeFirst(),
    );
    return row && toDrain(row);
  }

  async listOpen(limit: number): Promise<readonly DrainRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('drain')
        .selectAll()
        .where('open_key', 'is not', null)
        .orderBy('number')
        .limit(limit)
        .execute(),
    );
    return rows.map(toDrain);
  }

  async list({ filter, limit, marker }: DrainQuery): Promise<Page<DrainRecord>> {
    return await this.#database.read(async (db) => {
      let query = db.selectFrom('drain').selectAll();
      if (marker !== undefined) {
        const last = await db
          .selectFrom('drain')
          .select('number')
          .where('id', '=', marker)
          .executeTakeFirst();
        if (last === undefined) return { kind: 'unknown-marker' } as const;
        query = query.where('number', '<', last.number);
      }
      const { hostName, isOpen } = filter;
      if (hostName !== undefined) query = query.where('host_name', '=', hostName);
      if (isOpen !== undefined) query = query.where('open_key', isOpen ? 'is not' : 'is', null);
      const rows = await query.orderBy('number', 'desc').limit(limit).execute();
      return { kind: 'page', rows: rows.map(toDrain) } as const;
    });
  }

  askCancel(id: DrainId, message: string, atMs: number): Promise<boolean> {
    return this.#database.write(async (db) => {
      const asked = await db
        .updateTable('drain')
        .set({ state: 'cancelling', message, updated_at_ms: atMs })
        .where('id', '=', id)
        .where('state', '=', 'draining')
        .executeTakeFirstOrThrow();
      return asked.numUpdatedRows === 1n;
    });
  }

  askUndrain(id: DrainId, message: string, atMs: number): Promise<boolean> {
    return this.#database.write(async (db) => {
      const asked = await db
        .updateTable('drain')
        .set((row) => ({
          state: 'undraining',
          message,
          tries: row('tries', '+', 1),
          updated_at_ms: atMs,
        }))
        .where('id', '=', id)
        .where('state', '=', 'drained')
        .executeTakeFirstOrThrow();
      return asked.numUpdatedRows === 1n;
    });
  }

  keepService(
    tenure: Tenure,
    id: DrainId,
    service: { readonly serviceUuid: ServiceUuid; readonly wasEnabled: boolean },
  ): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await db
        .updateTable('drain')
        .set({ service_uuid: service.serviceUuid, was_enabled: Number(service.wasEnabled) })
        .where('id', '=', id)
        .where('service_uuid', 'is', null)
        .execute();
      return 'written';
    });
  }

  move(tenure: Tenure, id: DrainId, move: DrainMove): Promise<WriteOutcome | 'lost'> {
    const { from, to, message, atMs } = move;
    assertLegalDrainMove(from, to);
    return this.#database.fenced<'written' | 'lost'>(tenure, async (db, rollBack) => {
      const ends = isDrainOpen(to) ? {} : { open_key: null, closed_at_ms: atMs };
      const moved = await db
        .updateTable('drain')
        .set({ state: to, message, updated_at_ms: atMs, ...ends })
        .where('id', '=', id)
        .where('state', '=', from)
        .executeTakeFirstOrThrow();
      if (moved.numUpdatedRows === 0n) return rollBack('lost');
      if (!isDrainOpen(to)) await liftMaintenance(db, await hostOf(db, id), atMs);
      return 'written';
    });
  }

  plan(
    tenure: Tenure,
    id: DrainId,
    instances: readonly NewDrainInstance[],
    atMs: number,
  ): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      for (const { instanceUuid, instanceName, place } of instances) {
        const waits = { status: 'pending', dest_host: null, message: null, updated_at_ms: atMs };
        const again = await db
          .updateTable('drain_instance')
          .set({ ...waits, place })
          .where('drain_id', '=', id)
          .where('instance_uuid', '=', instanceUuid)
          .executeTakeFirstOrThrow();
        if (again.numUpdatedRows > 0n) continue;
        const key = { drain_id: id, instance_uuid: instanceUuid, instance_name: instanceName };
        await db
          .insertInto('drain_instance')
          .values({ ...key, place, ...waits })
          .execute();
      }
      return 'written';
    });
  }

  changeInstance(
    tenure: Tenure,
    { drainId: id, instanceUuid: instance }: DrainInstanceKey,
    change: DrainInstanceChange,
    atMs: number,
  ): Promise<WriteOutcome | 'lost'> {
    const { status, destHost, message } = change;
    return this.#database.fenced<'written' | 'lost'>(tenure, async (db, rollBack) => {
      const changed = await db
        .updateTable('drain_instance')
        .set({
          updated_at_ms: atMs,
          ...(status === undefined ? {} : { status }),
          ...(destHost === undefined ? {} : { dest_host: destHost }),
          ...(message === undefined ? {} : { message }),
        })
        .where('drain_id', '=', id)
        .where('instance_uuid', '=', instance)
        .where('drain_id', 'in', (inner) =>
          inner.selectFrom('drain').select('id').where('open_key', 'is not', null),
        )
        .executeTakeFirstOrThrow();
      return changed.numUpdatedRows === 0n ? rollBack('lost') : 'written';
    });
  }

  async instancesOf(id: DrainId): Promise<readonly DrainInstanceRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('drain_instance')
        .selectAll()
        .where('drain_id', '=', id)
        .orderBy('place')
        .orderBy('number')
        .execute(),
    );
    return rows.map(toDrainInstance);
  }

  endOfFailedHost(
    tenure: Tenure,
    host: HostName,
    incident: IncidentId,
    atMs: number,
  ): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      const open = await db
        .selectFrom('drain')
        .select(['id', 'host_uuid'])
        .where('open_key', '=', host)
        .executeTakeFirst();
      if (open === undefined) return 'written';
      const message = endedByFailure(incident);
      const ends = { state: 'host_failed', message, open_key: null, updated_at_ms: atMs };
      await db
        .updateTable('drain')
        .set({ ...ends, closed_at_ms: atMs })
        .where('id', '=', open.id)
        .execute();
      await db
        .updateTable('drain_instance')
        .set({ status: 'left', message: leftToIncident(incident), updated_at_ms: atMs })
        .where('drain_id', '=', open.id)
        .where('status', 'in', [...UNANSWERED])
        .execute();
      await liftMaintenance(db, open.host_uuid as HostUuid, atMs);
      return 'written';
    });
  }
}

async function hostOf(db: Transaction<Schema>, id: DrainId): Promise<HostUuid> {
  const row = await db
    .selectFrom('drain')
    .select('host_uuid')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.host_uuid as HostUuid;
}
