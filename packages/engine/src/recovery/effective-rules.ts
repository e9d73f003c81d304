/**
 * The settings as they are for one segment and these instances: what operators have decided for
 * them stands above what the program was started with.
 */
import type { ReturnRules } from '@medevac/core';
import type { InstanceUuid, SegmentUuid } from '@medevac/kernel';
import type { EngineSettings } from '../settings.ts';
import type { InstanceRuleRecord, RuleStore, SegmentRules } from '../stores/rule-store.ts';

export interface RuleReader {
  readonly ports: { readonly stores: { readonly rules: RuleStore } };
  readonly settings: EngineSettings;
}

/** For the plan of a recovery. */
export async function readEffectiveRules(
  { ports, settings }: RuleReader,
  segment: SegmentUuid,
  instances: readonly InstanceUuid[],
): Promise<EngineSettings> {
  const rules = await ports.stores.rules.readSegment(segment);
  return await readInstanceRules({ ports, settings: withSegmentRules(settings, rules) }, instances);
}

/** Without what holds for the segment, which is about failures of hosts. */
export async function readInstanceRules(
  { ports, settings }: RuleReader,
  instances: readonly InstanceUuid[],
): Promise<EngineSettings> {
  return withInstanceRules(settings, await ports.stores.rules.readInstances(instances));
}

/** When hosts of this segment go back to service. */
export async function readReturnRules(
  rules: RuleStore,
  segment: SegmentUuid,
  settings: ReturnRules,
): Promise<ReturnRules> {
  const policy = (await rules.readSegment(segment))?.returnPolicy ?? settings.policy;
  return { ...settings, policy };
}

function withSegmentRules(
  settings: EngineSettings,
  rules: SegmentRules | undefined,
): EngineSettings {
  if (rules === undefined) return settings;
  const { storage, instancePolicy } = rules;
  return {
    ...settings,
    ...(storage === null ? {} : { storage }),
    ...(instancePolicy === null ? {} : { segmentPolicy: instancePolicy }),
  };
}

function withInstanceRules(
  settings: EngineSettings,
  rules: readonly InstanceRuleRecord[],
): EngineSettings {
  if (rules.length === 0) return settings;
  const of = <Name extends 'policy' | 'priority'>(name: Name) =>
    Object.fromEntries(
      rules.flatMap((rule) => (rule[name] === null ? [] : [[rule.instanceUuid, rule[name]]])),
    );
  return {
    ...settings,
    overrides: { ...settings.overrides, ...of('policy') },
    priorities: {
      ...settings.priorities,
      instances: { ...settings.priorities.instances, ...of('priority') },
    },
  };
}
