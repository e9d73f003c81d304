/** Locks on instances in SQL. */
import { LIFTING_STATES } from '@medevac/core';
import type { InstanceLockRecord, InstanceLockStore, NewInstanceLock } from '@medevac/engine';
import type { IncidentId, InstanceLockUuid, InstanceUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Selectable } from 'kysely';
import { UNSETTLED } from '../rules/unsettled.ts';
import type { InstanceLockRowSql } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

export class SqlInstanceLockStore implements InstanceLockStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  place(tenure: Tenure, lock: NewInstanceLock): Promise<WriteOutcome> {
    return this.#database.fenced<WriteOutcome>(tenure, async (db) => {
      await db
        .deleteFrom('instance_lock')
        .where('incident_id', '=', lock.incidentId)
        .where('instance_uuid', '=', lock.instanceUuid)
        .execute();
      await db
        .insertInto('instance_lock')
        .values({
          uuid: lock.uuid,
          incident_id: lock.incidentId,
          instance_uuid: lock.instanceUuid,
          created_at_ms: lock.createdAtMs,
        })
        .execute();
      return 'written';
    });
  }

  settle(tenure: Tenure, uuid: InstanceLockUuid): Promise<WriteOutcome | 'lost'> {
    return this.#set(tenure, uuid, { is_settled: 1 });
  }

  renumber(
    tenure: Tenure,
    uuid: InstanceLockUuid,
    to: InstanceLockUuid,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#set(tenure, uuid, { uuid: to });
  }

  remove(tenure: Tenure, uuid: InstanceLockUuid): Promise<WriteOutcome | 'lost'> {
    return this.#database.fenced<WriteOutcome | 'lost'>(tenure, async (db, rollBack) => {
      const removed = await db
        .deleteFrom('instance_lock')
        .where('uuid', '=', uuid)
        .executeTakeFirstOrThrow();
      return removed.numDeletedRows === 0n ? rollBack('lost') : 'written';
    });
  }

  async read(uuid: InstanceLockUuid): Promise<InstanceLockRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('instance_lock').selectAll().where('uuid', '=', uuid).executeTakeFirst(),
    );
    return row && toLock(row);
  }

  async find(
    incident: IncidentId,
    instance: InstanceUuid,
  ): Promise<InstanceLockRecord | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('instance_lock')
        .selectAll()
        .where('incident_id', '=', incident)
        .where('instance_uuid', '=', instance)
        .executeTakeFirst(),
    );
    return row && toLock(row);
  }

  async listDue(limit: number): Promise<readonly InstanceLockRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('instance_lock')
        .innerJoin('incident', 'incident.id', 'instance_lock.incident_id')
        .leftJoin('vmove', (join) =>
          join
            .onRef('vmove.incident_id', '=', 'instance_lock.incident_id')
            .onRef('vmove.instance_uuid', '=', 'instance_lock.instance_uuid'),
        )
        .selectAll('instance_lock')
        .where((row) =>
          row.or([
            row('incident.state', 'in', [...LIFTING_STATES]),
            row('vmove.status', 'not in', [...UNSETTLED]),
          ]),
        )
        .orderBy('instance_lock.number')
        .limit(limit)
        .execute(),
    );
    return rows.map(toLock);
  }

  #set(
    tenure: Tenure,
    uuid: InstanceLockUuid,
    change: { readonly is_settled: number } | { readonly uuid: string },
  ): Promise<WriteOutcome | 'lost'> {
    return this.#database.fenced<WriteOutcome | 'lost'>(tenure, async (db, rollBack) => {
      const changed = await db
        .updateTable('instance_lock')
        .set(change)
        .where('uuid', '=', uuid)
        .executeTakeFirstOrThrow();
      return changed.numUpdatedRows === 0n ? rollBack('lost') : 'written';
    });
  }
}

const toLock = (row: Selectable<InstanceLockRowSql>): InstanceLockRecord => ({
  uuid: row.uuid as InstanceLockUuid,
  incidentId: row.incident_id as IncidentId,
  instanceUuid: row.instance_uuid as InstanceUuid,
  isSettled: row.is_settled !== 0,
  createdAtMs: row.created_at_ms,
});
