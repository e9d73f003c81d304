/**
 * Settings that say which instances are brought back and in which order, and the rules of the
 * engine that they make.
 */
import {
  DEFAULT_EXCLUSIONS,
  DEFAULT_POLICY_RULES,
  DEFAULT_PRIORITY_RULES,
  type PriorityRules,
  type ProtectionRules,
} from '@medevac/core';
import { exclusions, policies, priorities, priority, priorityRange } from './read-structure.ts';
import { text, yesOrNo } from './read-text.ts';
import type { ServeSettings, Setting } from './settings-table.ts';

const POLICY_WORDS = 'evacuate, restart, stop or never';

export const PROTECTION_SETTINGS = {
  exclusions: {
    name: 'exclusions',
    value: 'YAML',
    help:
      'list of instances that are never touched; each with any of instance-name (* and ? stand ' +
      'for any text and any character), project, tag and metadata (KEY or KEY=VALUE), all of ' +
      'which must hold, and a name for the reason; the default is meant for Octavia',
    read: exclusions,
    fallback: DEFAULT_EXCLUSIONS,
    shownDefault: JSON.stringify(
      DEFAULT_EXCLUSIONS.map(({ name, instanceName }) => ({ name, 'instance-name': instanceName })),
    ),
    isStructured: true,
  },
  instancePolicies: {
    name: 'instance-policies',
    value: 'YAML',
    help: `mapping from the UUID of an instance to ${POLICY_WORDS}, above what its owner says`,
    read: policies,
    fallback: {},
    shownDefault: '{}',
    isStructured: true,
  },
  projectPolicies: {
    name: 'project-policies',
    value: 'YAML',
    help:
      `mapping from the ID of a project to ${POLICY_WORDS}, for its instances of which nobody ` +
      'says more',
    read: policies,
    fallback: {},
    shownDefault: '{}',
    isStructured: true,
  },
  haTag: {
    name: 'ha-tag',
    value: 'TAG',
    help: 'server tag by which owners ask that an instance be evacuated',
    read: text,
    fallback: DEFAULT_POLICY_RULES.tag,
  },
  evacuableKey: {
    name: 'evacuable-key',
    value: 'KEY',
    help: 'true or false under this name on a flavor or an image counts for all its instances',
    read: text,
    fallback: DEFAULT_POLICY_RULES.evacuableKey,
  },
  ignoreErrorInstances: {
    name: 'ignore-error-instances',
    value: 'true|false',
    help: 'leave instances alone that were in error before (ignore_instances_in_error_state)',
    read: yesOrNo,
    fallback: false,
  },
  rebuildLocalDisks: {
    name: 'rebuild-local-disks',
    value: 'true|false',
    help: 'with --storage local: build lost disks anew from their image; all data on them is lost',
    read: yesOrNo,
    fallback: false,
  },
  defaultPriority: {
    name: 'default-priority',
    value: '0-10',
    help: 'of instances of which nobody says anything; 10 is brought back first',
    read: priority,
    fallback: DEFAULT_PRIORITY_RULES.defaultPriority,
    shownDefault: String(DEFAULT_PRIORITY_RULES.defaultPriority),
  },
  tenantPriorities: {
    name: 'tenant-priorities',
    value: 'LEAST-MOST',
    help: 'what owners may choose by metadata or tag; a choice beyond is taken for the nearest',
    read: priorityRange,
    fallback: {
      least: DEFAULT_PRIORITY_RULES.tenantLeast,
      most: DEFAULT_PRIORITY_RULES.tenantMost,
    },
    shownDefault: `${DEFAULT_PRIORITY_RULES.tenantLeast}-${DEFAULT_PRIORITY_RULES.tenantMost}`,
  },
  instancePriorities: {
    name: 'instance-priorities',
    value: 'YAML',
    help: 'mapping from the UUID of an instance to its priority, above what its owner says',
    read: priorities,
    fallback: {},
    shownDefault: '{}',
    isStructured: true,
  },
  projectPriorities: {
    name: 'project-priorities',
    value: 'YAML',
    help: 'mapping from the ID of a project to the priority of its instances',
    read: priorities,
    fallback: {},
    shownDefault: '{}',
    isStructured: true,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Given = Pick<
  ServeSettings,
  keyof typeof PROTECTION_SETTINGS | 'storage' | 'evacuateAllInstances' | 'haEnabledKey'
>;

/** The rules of the engine that these settings make. */
export const protectionRules = (
  given: Given,
): ProtectionRules & { readonly priorities: PriorityRules } => ({
  storage: given.storage,
  rebuildsLocalDisks: given.rebuildLocalDisks,
  leavesErrorInstances: given.ignoreErrorInstances,
  exclusions: given.exclusions,
  overrides: given.instancePolicies,
  metadataKey: given.haEnabledKey,
  tag: given.haTag,
  evacuableKey: given.evacuableKey,
  projects: given.projectPolicies,
  evacuateAllInstances: given.evacuateAllInstances,
  priorities: {
    defaultPriority: given.defaultPriority,
    tenantLeast: given.tenantPriorities.least,
    tenantMost: given.tenantPriorities.most,
    instances: given.instancePriorities,
    projects: given.projectPriorities,
  },
});
