/**
 * Segments and hosts in SQL. Deleted rows stay, marked, so that history keeps its names. Whether an
 * incident is being worked on stands in the condition of the change itself; only after a refusal is
 * it read why.
 */
import { WORKING_STATES } from '@medevac/core';
import type {
  Change,
  Creation,
  Deletion,
  HostFields,
  HostQuery,
  HostRecord,
  Page,
  SegmentFields,
  SegmentQuery,
  SegmentRecord,
  SegmentStore,
} from '@medevac/engine';
import { type HostName, type HostUuid, invariant, type SegmentUuid } from '@medevac/kernel';
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Schema } from './schema.ts';
import {
  HOST_COLUMNS,
  HOST_READ,
  hostColumns,
  SEGMENT_COLUMNS,
  segmentColumns,
  toHost,
  toSegment,
} from './segment-rows.ts';
import { DuplicateKeyError, type SqlDatabase, type Work } from './sql-database.ts';
import { readPage } from './sql-list.ts';

export class SqlSegmentStore implements SegmentStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  createSegment(
    uuid: SegmentUuid,
    fields: SegmentFields,
    atMs: number,
  ): Promise<Creation<SegmentRecord>> {
    return this.#unlessNameTaken<Creation<SegmentRecord>>(async (db) => {
      await db
        .insertInto('segment')
        .values({ ...segmentColumns(fields), uuid, created_at_ms: atMs })
        .execute();
      const row = await liveSegment(db, uuid);
      invariant(row !== undefined, `segment ${uuid} vanished while it was made`);
      return { kind: 'created', row };
    });
  }

  readSegment(uuid: SegmentUuid): Promise<SegmentRecord | undefined> {
    return this.#database.read((db) => liveSegment(db, uuid));
  }

  listSegments({ filter, ...query }: SegmentQuery): Promise<Page<SegmentRecord>> {
    return this.#database.read((db) => {
      const all = db.selectFrom('segment').selectAll().where('deleted_id', '=', 0);
      let filtered = all;
      for (const [column, value] of Object.entries(segmentColumns(filter)))
        filtered = filtered.where(sql.ref(column), '=', value);
      const source = { columns: SEGMENT_COLUMNS, all, filtered, fromRow: toSegment };
      return readPage(this.#database, query, source);
    });
  }

  updateSegment(
    uuid: SegmentUuid,
    fields: Partial<SegmentFields>,
    atMs: number,
  ): Promise<Change<SegmentRecord>> {
    return this.#unlessNameTaken<Change<SegmentRecord>>(async (db) => {
      const changed = await db
        .updateTable('segment')
        .set({ ...segmentColumns(fields), updated_at_ms: atMs })
        .where('uuid', '=', uuid)
        .where('deleted_id', '=', 0)
        .where(isIdle(sql`${uuid}`))
        .executeTakeFirstOrThrow();
      const row = await liveSegment(db, uuid);
      if (row === undefined) return { kind: 'missing' };
      return changed.numUpdatedRows === 0n ? { kind: 'in-use' } : { kind: 'changed', row };
    });
  }

  deleteSegment(uuid: SegmentUuid, atMs: number): Promise<Deletion> {
    return this.#database.write<Deletion>(async (db) => {
      const deleted = await db
        .updateTable('segment')
        .set((row) => ({ deleted_id: row.ref('id'), deleted_at_ms: atMs }))
        .where('uuid', '=', uuid)
        .where('deleted_id', '=', 0)
        .where(isIdle(sql`${uuid}`))
        .executeTakeFirstOrThrow();
      if (deleted.numUpdatedRows === 0n)
        return (await liveSegment(db, uuid)) === undefined ? 'missing' : 'in-use';
      await db
        .updateTable('host')
        .set((row) => ({ deleted_id: row.ref('id'), deleted_at_ms: atMs }))
        .where('segment_uuid', '=', uuid)
        .where('deleted_id', '=', 0)
        .execute();
      return 'deleted';
    });
  }

  createHost(
    uuid: HostUuid,
    segmentUuid: SegmentUuid,
    fields: HostFields,
    atMs: number,
  ): Promise<Creation<HostRecord>> {
    return this.#unlessNameTaken<Creation<HostRecord>>(async (db) => {
      const segment = await db
        .updateTable('segment')
        .set((row) => ({ hosts_added: row('hosts_added', '+', 1) }))
        .where('uuid', '=', segmentUuid)
        .where('deleted_id', '=', 0)
        .executeTakeFirstOrThrow();
      if (segment.numUpdatedRows === 0n) return { kind: 'missing' };
      await db
        .insertInto('host')
        .values({
          ...hostColumns(fields),
          uuid,
          segment_uuid: segmentUuid,
          created_at_ms: atMs,
        })
        .execute();
      const row = await liveHost(db, uuid);
      invariant(row !== undefined, `host ${uuid} vanished while it was made`);
      return { kind: 'created', row };
    });
  }

  readHost(uuid: HostUuid): Promise<HostRecord | undefined> {
    return this.#database.read((db) => liveHost(db, uuid));
  }

  async findHost(name: HostName): Promise<HostRecord | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('host')
        .selectAll()
        .where('name', '=', name)
        .where('deleted_id', '=', 0)
        .executeTakeFirst(),
    );
    return row && toHost(row);
  }

  listHosts({ filter, ...query }: HostQuery): Promise<Page<HostRecord>> {
    return this.#database.read((db) => {
      const all = db.selectFrom('host').select(HOST_READ).where('deleted_id', '=', 0);
      let filtered = all;
      if (filter.segmentUuid !== undefined)
        filtered = filtered.where('segment_uuid', '=', filter.segmentUuid);
      for (const [column, value] of Object.entries(hostColumns(filter)))
        filtered = filtered.where(sql.ref(column), '=', value);
      const source = { columns: HOST_COLUMNS, all, filtered, fromRow: toHost };
      return readPage(this.#database, query, source);
    });
  }

  updateHost(
    uuid: HostUuid,
    fields: Partial<HostFields>,
    atMs: number,
  ): Promise<Change<HostRecord>> {
    return this.#unlessNameTaken<Change<HostRecord>>(async (db) => {
      const changed = await db
        .updateTable('host')
        .set({
          ...hostColumns(fields),
          ...(fields.onMaintenance === undefined ? {} : { maintenance_by_recovery: 0 }),
          updated_at_ms: atMs,
        })
        .where('uuid', '=', uuid)
        .where('deleted_id', '=', 0)
        .where(isIdle(sql.ref('host.segment_uuid')))
        .executeTakeFirstOrThrow();
      const row = await liveHost(db, uuid);
      if (row === undefined) return { kind: 'missing' };
      return changed.numUpdatedRows === 0n ? { kind: 'in-use' } : { kind: 'changed', row };
    });
  }

  deleteHost(uuid: HostUuid, atMs: number): Promise<Deletion> {
    return this.#database.write<Deletion>(async (db) => {
      const deleted = await db
        .updateTable('host')
        .set((row) => ({ deleted_id: row.ref('id'), deleted_at_ms: atMs }))
        .where('uuid', '=', uuid)
        .where('deleted_id', '=', 0)
        .where(isIdle(sql.ref('host.segment_uuid')))
        .executeTakeFirstOrThrow();
      if (deleted.numUpdatedRows > 0n) return 'deleted';
      return (await liveHost(db, uuid)) === undefined ? 'missing' : 'in-use';
    });
  }

  async #unlessNameTaken<Answer>(
    work: Work<Answer>,
  ): Promise<Answer | { readonly kind: 'name-taken' }> {
    try {
      return await this.#database.write(work);
    } catch (error) {
      if (error instanceof DuplicateKeyError) return { kind: 'name-taken' };
      throw error;
    }
  }
}

/** True for a segment none of whose incidents is being worked on. */
const isIdle = (segmentUuid: RawBuilder<unknown>): RawBuilder<SqlBool> => sql<SqlBool>`not exists (
  select 1 from incident
  where incident.segment_uuid = ${segmentUuid} and incident.state in (${sql.join(WORKING_STATES)})
)`;

async function liveSegment(
  db: Kysely<Schema>,
  uuid: SegmentUuid,
): Promise<SegmentRecord | undefined> {
  const row = await db
    .selectFrom('segment')
    .selectAll()
    .where('uuid', '=', uuid)
    .where('deleted_id', '=', 0)
    .executeTakeFirst();
  return row && toSegment(row);
}

async function liveHost(db: Kysely<Schema>, uuid: HostUuid): Promise<HostRecord | undefined> {
  const row = await db
    .selectFrom('host')
    .selectAll()
    .where('uuid', '=', uuid)
    .where('deleted_id', '=', 0)
    .executeTakeFirst();
  return row && toHost(row);
}
