/**
 * How important an instance is, from 0 to 10. The operator's word for it stands; what tenants
 * choose is kept within the bounds that the operator has set for them.
 */
import type { PolicyFacts } from './decide-policy.ts';

export interface PriorityRules {
  /** Of an instance of which nobody has said anything. */
  readonly defaultPriority: number;
  /** What tenants may choose by metadata or tag. */
  readonly tenantLeast: number;
  readonly tenantMost: number;
  /** The operator's, by instance and by project. */
  readonly instances: Readonly<Record<string, number>>;
  readonly projects: Readonly<Record<string, number>>;
}

export const PRIORITY_KEY = 'medevac:priority';
export const AFTER_KEY = 'medevac:after';
export const MOST_PRIORITY = 10;
/** An owner names this many instances at most; the rest is not read. */
const MOST_AFTER = 16;

export const DEFAULT_PRIORITY_RULES: PriorityRules = {
  defaultPriority: 5,
  tenantLeast: 0,
  tenantMost: MOST_PRIORITY,
  instances: {},
  projects: {},
};

/** First match: operator's for the instance, metadata, tag, flavor, project, default. */
export function decidePriority(facts: PolicyFacts, rules: PriorityRules): number {
  const { instances, projects, tenantLeast, tenantMost } = rules;
  const operators = instances[facts.instanceUuid];
  if (operators !== undefined) return operators;
  const tag = facts.tags.find((one) => one.startsWith(`${PRIORITY_KEY}=`));
  const tenants =
    readPriority(facts.metadata[PRIORITY_KEY]) ?? readPriority(tag?.slice(PRIORITY_KEY.length + 1));
  if (tenants !== undefined) return Math.min(Math.max(tenants, tenantLeast), tenantMost);
  return (
    readPriority(facts.flavorExtraSpecs[PRIORITY_KEY]) ??
    projects[facts.projectId] ??
    rules.defaultPriority
  );
}

/** A whole number from 0 to 10; `undefined` for any other text: then the next rule is asked. */
export function readPriority(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (!/^\d{1,2}$/.test(trimmed)) return undefined;
  const priority = Number(trimmed);
  return priority <= MOST_PRIORITY ? priority : undefined;
}

/** Instances that the owner wants brought back first, by UUID or name, with commas between them. */
export const readAfter = (metadata: Readonly<Record<string, string>>): readonly string[] =>
  (metadata[AFTER_KEY] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .slice(0, MOST_AFTER);
