/** Rules of operators in memory. */
import type {
  InstanceRuleQuery,
  InstanceRuleRecord,
  Page,
  RuleStore,
  SegmentRulesRecord,
} from '@medevac/engine';
import { type InstanceUuid, LIMITS, type SegmentUuid } from '@medevac/kernel';
import { copyOf, type MemoryTables } from './memory-tables.ts';

export class MemoryRuleStore implements RuleStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async readSegment(segment: SegmentUuid): Promise<SegmentRulesRecord | undefined> {
    const row = this.#tables.segmentRules.get(segment);
    return row && copyOf(row);
  }

  async writeSegment(rules: SegmentRulesRecord): Promise<'written' | 'missing'> {
    if (!this.#tables.segments.has(rules.segmentUuid)) return 'missing';
    this.#tables.segmentRules.set(rules.segmentUuid, copyOf(rules));
    return 'written';
  }

  async readInstances(instances: readonly InstanceUuid[]): Promise<readonly InstanceRuleRecord[]> {
    return instances.flatMap((uuid) => {
      const row = this.#tables.instanceRules.get(uuid);
      return row === undefined ? [] : [copyOf(row)];
    });
  }

  async listInstances({ limit, marker }: InstanceRuleQuery): Promise<Page<InstanceRuleRecord>> {
    const rows = [...this.#tables.instanceRules.values()]
      .filter(({ instanceUuid }) => marker === undefined || instanceUuid > marker)
      .toSorted((a, b) => (a.instanceUuid < b.instanceUuid ? -1 : 1));
    return { kind: 'page', rows: copyOf(rows.slice(0, limit)) };
  }

  async writeInstance(rule: InstanceRuleRecord): Promise<'written' | 'full'> {
    const { instanceRules } = this.#tables;
    const isNew = !instanceRules.has(rule.instanceUuid);
    if (isNew && instanceRules.size >= LIMITS.instanceRules) return 'full';
    instanceRules.set(rule.instanceUuid, copyOf(rule));
    return 'written';
  }

  async clearInstance(instance: InstanceUuid): Promise<boolean> {
    return this.#tables.instanceRules.delete(instance);
  }
}
