/**
 * Port: what operators have decided for one segment or one instance, above the settings of the
 * program. What nobody has decided is `null` and stays as the settings say. Rules are read anew by
 * every plan; one that has been made already is not changed by them.
 */
import type { HaPolicy, ReturnRules } from '@medevac/core';
import type { InstanceUuid, SegmentUuid } from '@medevac/kernel';
import type { Page } from './list-query.ts';

/** Whose word it is. */
export interface RuleOrigin {
  readonly by: string;
  readonly note: string | null;
  readonly changedAtMs: number;
}

export interface SegmentRules {
  readonly fencing: 'required' | 'trusted' | null;
  readonly storage: 'shared' | 'local' | null;
  readonly returnPolicy: ReturnRules['policy'] | null;
  /** Of instances of which nobody says more, when their host fails. */
  readonly instancePolicy: HaPolicy | null;
}

export interface SegmentRulesRecord extends SegmentRules, RuleOrigin {
  readonly segmentUuid: SegmentUuid;
}

export interface InstanceRule {
  /** Above what its owner says. */
  readonly policy: HaPolicy | null;
  /** 0 to 10, above what its owner says. */
  readonly priority: number | null;
}

export interface InstanceRuleRecord extends InstanceRule, RuleOrigin {
  readonly instanceUuid: InstanceUuid;
}

export interface InstanceRuleQuery {
  readonly limit: number;
  /** Only rules of instances after this one, by UUID. */
  readonly marker?: InstanceUuid;
}

export const NO_SEGMENT_RULES: SegmentRules = {
  fencing: null,
  storage: null,
  returnPolicy: null,
  instancePolicy: null,
};

export interface RuleStore {
  /** `undefined`: nobody has decided anything for this segment. */
  readSegment(segment: SegmentUuid): Promise<SegmentRulesRecord | undefined>;
  /** In place of what was decided before. `missing`: there is no such segment. */
  writeSegment(rules: SegmentRulesRecord): Promise<'written' | 'missing'>;
  readInstances(instances: readonly InstanceUuid[]): Promise<readonly InstanceRuleRecord[]>;
  /** By UUID. */
  listInstances(query: InstanceRuleQuery): Promise<Page<InstanceRuleRecord>>;
  /** In place of what was decided before. `full`: there are as many rules as there may be. */
  writeInstance(rule: InstanceRuleRecord): Promise<'written' | 'full'>;
  /** Answers whether there was one. */
  clearInstance(instance: InstanceUuid): Promise<boolean>;
}
