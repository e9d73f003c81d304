/** Rules of operators on the wire of Medevac's own API; `null` is what nobody has decided. */
import { HaPolicy, MOST_PRIORITY } from '@medevac/core';
import {
  type InstanceRuleRecord,
  NO_SEGMENT_RULES,
  type SegmentRules,
  type SegmentRulesRecord,
} from '@medevac/engine';
import Type, { type Static } from 'typebox';
import { DESCRIPTION_PATTERN } from '../validation/formats.ts';
import { zonedTime } from '../wire-time.ts';
import { nullableText } from './fields.ts';

const LONGEST_NOTE = 1_000;
const POLICIES = Object.values(HaPolicy);

/** One of the values, or nothing decided. */
const orNull = <Value extends string>(values: readonly Value[]) =>
  Type.Optional(Type.Unsafe<Value | null>({ type: ['string', 'null'], enum: [...values, null] }));

const note = Type.Optional(
  Type.Unsafe<string | null>({
    type: ['string', 'null'],
    maxLength: LONGEST_NOTE,
    pattern: DESCRIPTION_PATTERN,
  }),
);
const closed = { additionalProperties: false, minProperties: 1 } as const;

/** What is left out stays as it is. */
export const segmentRulesChange = Type.Object(
  {
    rules: Type.Object(
      {
        fencing: orNull(['required', 'trusted']),
        storage: orNull(['shared', 'local']),
        return_policy: orNull(['approval', 'automatic']),
        instance_policy: orNull(POLICIES),
        note,
      },
      closed,
    ),
  },
  { additionalProperties: false },
);
export type SegmentRulesChange = Static<typeof segmentRulesChange>;

/** What is left out stays as it is. */
export const instanceRuleChange = Type.Object(
  {
    rule: Type.Object(
      {
        policy: orNull(POLICIES),
        priority: Type.Optional(
          Type.Unsafe<number | null>({
            type: ['integer', 'null'],
            minimum: 0,
            maximum: MOST_PRIORITY,
          }),
        ),
        note,
      },
      closed,
    ),
  },
  { additionalProperties: false },
);
export type InstanceRuleChange = Static<typeof instanceRuleChange>;

const origin = { changed_by: nullableText, changed_at: nullableText, note: nullableText };

export const segmentRulesAnswer = Type.Object({
  rules: Type.Object({
    segment_uuid: Type.String(),
    fencing: nullableText,
    storage: nullableText,
    return_policy: nullableText,
    instance_policy: nullableText,
    ...origin,
  }),
});

const instanceRule = Type.Object({
  instance_uuid: Type.String(),
  policy: nullableText,
  priority: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  ...origin,
});
export const instanceRuleAnswer = Type.Object({ rule: instanceRule });
export const instanceRuleListAnswer = Type.Object({ rules: Type.Array(instanceRule) });

export function segmentRulesToWire(segment: string, record: SegmentRulesRecord | undefined) {
  const rules: SegmentRules = record ?? NO_SEGMENT_RULES;
  return {
    segment_uuid: segment,
    fencing: rules.fencing,
    storage: rules.storage,
    return_policy: rules.returnPolicy,
    instance_policy: rules.instancePolicy,
    changed_by: record?.by ?? null,
    changed_at: record === undefined ? null : zonedTime(record.changedAtMs),
    note: record?.note ?? null,
  };
}

export const instanceRuleToWire = (record: InstanceRuleRecord) => ({
  instance_uuid: record.instanceUuid,
  policy: record.policy,
  priority: record.priority,
  changed_by: record.by,
  changed_at: zonedTime(record.changedAtMs),
  note: record.note,
});
