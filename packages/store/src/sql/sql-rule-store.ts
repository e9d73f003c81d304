/** Rules of operators in SQL: one row for each segment and each instance. */
import type {
  InstanceRuleQuery,
  InstanceRuleRecord,
  Page,
  RuleStore,
  SegmentRulesRecord,
} from '@medevac/engine';
import { type InstanceUuid, LIMITS, type SegmentUuid } from '@medevac/kernel';
import type { Selectable } from 'kysely';
import type { InstanceRuleRowSql, SegmentRulesRowSql } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

export class SqlRuleStore implements RuleStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async readSegment(segment: SegmentUuid): Promise<SegmentRulesRecord | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('segment_rules')
        .selectAll()
        .where('segment_uuid', '=', segment)
        .executeTakeFirst(),
    );
    return row && toSegmentRules(row);
  }

  writeSegment(rules: SegmentRulesRecord): Promise<'written' | 'missing'> {
    return this.#database.writeDecidingAgain<'written' | 'missing'>(async (db) => {
      const segment = await db
        .selectFrom('segment')
        .select('id')
        .where('uuid', '=', rules.segmentUuid)
        .where('deleted_id', '=', 0)
        .executeTakeFirst();
      if (segment === undefined) return 'missing';
      const { segment_uuid: uuid, ...columns } = segmentColumns(rules);
      const changed = await db
        .updateTable('segment_rules')
        .set(columns)
        .where('segment_uuid', '=', uuid)
        .executeTakeFirstOrThrow();
      if (changed.numUpdatedRows > 0n) return 'written';
      await db
        .insertInto('segment_rules')
        .values({ segment_uuid: uuid, ...columns })
        .execute();
      return 'written';
    });
  }

  async readInstances(instances: readonly InstanceUuid[]): Promise<readonly InstanceRuleRecord[]> {
    const rows: Selectable<InstanceRuleRowSql>[] = [];
    for (let from = 0; from < instances.length; from += LIMITS.apiPageSize) {
      const some = instances.slice(from, from + LIMITS.apiPageSize);
      const found = await this.#database.read((db) =>
        db.selectFrom('instance_rule').selectAll().where('instance_uuid', 'in', some).execute(),
      );
      rows.push(...found);
    }
    return rows.map(toInstanceRule);
  }

  listInstances({ limit, marker }: InstanceRuleQuery): Promise<Page<InstanceRuleRecord>> {
    return this.#database.read<Page<InstanceRuleRecord>>(async (db) => {
      const all = db.selectFrom('instance_rule').selectAll().orderBy('instance_uuid').limit(limit);
      const rest = marker === undefined ? all : all.where('instance_uuid', '>', marker);
      return { kind: 'page', rows: (await rest.execute()).map(toInstanceRule) };
    });
  }

  writeInstance(rule: InstanceRuleRecord): Promise<'written' | 'full'> {
    return this.#database.writeDecidingAgain<'written' | 'full'>(async (db) => {
      const { instance_uuid: uuid, ...columns } = instanceColumns(rule);
      const changed = await db
        .updateTable('instance_rule')
        .set(columns)
        .where('instance_uuid', '=', uuid)
        .executeTakeFirstOrThrow();
      if (changed.numUpdatedRows > 0n) return 'written';
      const { rules } = await db
        .selectFrom('instance_rule')
        .select((row) => row.fn.countAll<number>().as('rules'))
        .executeTakeFirstOrThrow();
      if (Number(rules) >= LIMITS.instanceRules) return 'full';
      await db
        .insertInto('instance_rule')
        .values({ instance_uuid: uuid, ...columns })
        .execute();
      return 'written';
    });
  }

  async clearInstance(instance: InstanceUuid): Promise<boolean> {
    const cleared = await this.#database.write((db) =>
      db
        .deleteFrom('instance_rule')
        .where('instance_uuid', '=', instance)
        .executeTakeFirstOrThrow(),
    );
    return cleared.numDeletedRows > 0n;
  }
}

const segmentColumns = (rules: SegmentRulesRecord): Selectable<SegmentRulesRowSql> => ({
  segment_uuid: rules.segmentUuid,
  fencing: rules.fencing,
  storage: rules.storage,
  return_policy: rules.returnPolicy,
  instance_policy: rules.instancePolicy,
  changed_by: rules.by,
  note: rules.note,
  changed_at_ms: rules.changedAtMs,
});

const toSegmentRules = (row: Selectable<SegmentRulesRowSql>): SegmentRulesRecord => ({
  segmentUuid: row.segment_uuid as SegmentUuid,
  fencing: row.fencing as SegmentRulesRecord['fencing'],
  storage: row.storage as SegmentRulesRecord['storage'],
  returnPolicy: row.return_policy as SegmentRulesRecord['returnPolicy'],
  instancePolicy: row.instance_policy as SegmentRulesRecord['instancePolicy'],
  by: row.changed_by,
  note: row.note,
  changedAtMs: row.changed_at_ms,
});

const instanceColumns = (rule: InstanceRuleRecord): Selectable<InstanceRuleRowSql> => ({
  instance_uuid: rule.instanceUuid,
  policy: rule.policy,
  priority: rule.priority,
  changed_by: rule.by,
  note: rule.note,
  changed_at_ms: rule.changedAtMs,
});

const toInstanceRule = (row: Selectable<InstanceRuleRowSql>): InstanceRuleRecord => ({
  instanceUuid: row.instance_uuid as InstanceUuid,
  policy: row.policy as InstanceRuleRecord['policy'],
  priority: row.priority,
  by: row.changed_by,
  note: row.note,
  changedAtMs: row.changed_at_ms,
});
