/** Vmoves in SQL; a unique key keeps one row per incident and instance. */
import type {
  InstanceBefore,
  NewVmove,
  Page,
  VmoveChange,
  VmoveKey,
  VmoveQuery,
  VmoveRecord,
  VmoveSortKey,
  VmoveStatus,
  VmoveStore,
} from '@medevac/engine';
import {
  type HostName,
  type IncidentId,
  type InstanceUuid,
  invariant,
  type VmoveUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import { type Selectable, sql } from 'kysely';
import { present } from './present.ts';
import type { VmoveRowSql } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';
import { readPage, type SortColumn } from './sql-list.ts';

const COLUMNS: Readonly<Record<VmoveSortKey, SortColumn>> = {
  id: { column: 'id' },
  uuid: { column: 'uuid' },
  type: { column: 'type' },
  status: { column: 'status' },
  instanceUuid: { column: 'instance_uuid' },
  instanceName: { column: 'instance_name' },
  sourceHost: { column: 'source_host' },
  destHost: { column: 'dest_host', nullable: true },
  message: { column: 'message', nullable: true },
  startAtMs: { column: 'start_at_ms', nullable: true },
  endAtMs: { column: 'end_at_ms', nullable: true },
  createdAtMs: { column: 'created_at_ms' },
  updatedAtMs: { column: 'updated_at_ms', nullable: true },
};

/** Rows of one insert: every database takes this many bound values. */
const ROWS_PER_INSERT = 200;

export class SqlVmoveStore implements VmoveStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  plan(tenure: Tenure, vmoves: readonly NewVmove[]): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      const incidents = [...new Set(vmoves.map(({ incidentId }) => incidentId))];
      const planned = new Set<string>();
      for (const incident of incidents) {
        const rows = await db
          .selectFrom('vmove')
          .select('instance_uuid')
          .where('incident_id', '=', incident)
          .execute();
        for (const row of rows) planned.add(`${incident} ${row.instance_uuid}`);
      }
      const missing = vmoves.filter(({ incidentId, instanceUuid }) => {
        const key = `${incidentId} ${instanceUuid}`;
        return !planned.has(key) && planned.add(key);
      });
      for (let start = 0; start < missing.length; start += ROWS_PER_INSERT) {
        const rows = missing.slice(start, start + ROWS_PER_INSERT).map(toColumns);
        await db.insertInto('vmove').values(rows).execute();
      }
      return 'written';
    });
  }

  change(
    tenure: Tenure,
    { incidentId, instanceUuid }: VmoveKey,
    change: VmoveChange,
    atMs: number,
  ): Promise<WriteOutcome> {
    const columns = present({
      status: change.status,
      message: change.message,
      dest_host: change.destHost,
      start_at_ms: change.startAtMs,
      end_at_ms: change.endAtMs,
    });
    return this.#database.fenced<'written'>(tenure, async (db) => {
      const changed = await db
        .updateTable('vmove')
        .set({ ...columns, updated_at_ms: atMs })
        .where('incident_id', '=', incidentId)
        .where('instance_uuid', '=', instanceUuid)
        .executeTakeFirstOrThrow();
      invariant(
        changed.numUpdatedRows === 1n,
        `incident ${incidentId} has no vmove of instance ${instanceUuid}`,
      );
      return 'written';
    });
  }

  async read(uuid: VmoveUuid): Promise<VmoveRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('vmove').selectAll().where('uuid', '=', uuid).executeTakeFirst(),
    );
    return row && toVmove(row);
  }

  list({ filter, ...query }: VmoveQuery): Promise<Page<VmoveRecord>> {
    return this.#database.read((db) => {
      const all = db.selectFrom('vmove').selectAll();
      let filtered = all;
      const equal = present({
        incident_id: filter.incidentId,
        status: filter.status,
        type: filter.type,
        instance_uuid: filter.instanceUuid,
      });
      for (const [column, value] of Object.entries(equal))
        filtered = filtered.where(sql.ref(column), '=', value);
      const source = { columns: COLUMNS, all, filtered, fromRow: toVmove };
      return readPage(this.#database, query, source);
    });
  }
}

const toColumns = (vmove: NewVmove) => ({
  uuid: vmove.uuid,
  incident_id: vmove.incidentId,
  instance_uuid: vmove.instanceUuid,
  instance_name: vmove.instanceName,
  source_host: vmove.sourceHost,
  type: vmove.type,
  status: vmove.status,
  message: vmove.message,
  instance_before: JSON.stringify(vmove.before),
  created_at_ms: vmove.createdAtMs,
});

const toVmove = (row: Selectable<VmoveRowSql>): VmoveRecord => ({
  id: row.id,
  uuid: row.uuid as VmoveUuid,
  incidentId: row.incident_id as IncidentId,
  instanceUuid: row.instance_uuid as InstanceUuid,
  instanceName: row.instance_name,
  sourceHost: row.source_host as HostName,
  destHost: row.dest_host as HostName | null,
  type: row.type as VmoveRecord['type'],
  status: row.status as VmoveStatus,
  message: row.message,
  before: JSON.parse(row.instance_before) as InstanceBefore,
  startAtMs: row.start_at_ms,
  endAtMs: row.end_at_ms,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
  tries: row.tries,
});
