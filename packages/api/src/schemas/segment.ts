/** Segments on the wire: bodies that are accepted, the body that is answered, and its mapping. */
import { RecoveryMethod, type SegmentFields, type SegmentRecord } from '@medevac/engine';
import Type, { type Static } from 'typebox';
import { REQUIRED_LAST_KEYWORD } from '../validation/check-body.ts';
import { wireTime, wireTimeOrNull } from '../wire-time.ts';
import {
  booleanField,
  booleanOf,
  descriptionField,
  NEVER_DELETED,
  nameField,
  neverDeleted,
  nullableText,
  oneOf,
} from './fields.ts';

const RECOVERY_METHODS = Object.values(RecoveryMethod);

const recoveryMethod = oneOf<RecoveryMethod>(RECOVERY_METHODS);
const baseFields = {
  name: nameField,
  description: Type.Optional(descriptionField),
  recovery_method: recoveryMethod,
  service_type: nameField,
};
const enabled = Type.Optional(booleanField);
const closed = { additionalProperties: false } as const;
const innerClosed = { ...closed, [REQUIRED_LAST_KEYWORD]: true } as const;

const wrapped = <Inner extends Type.TSchema>(inner: Inner) =>
  Type.Object({ segment: inner }, closed);

/** At least one of the fields must be there. */
const anyOfFields = (names: readonly string[]) => ({
  ...closed,
  anyOf: names.map((name) => ({ required: [name] })),
});

export const segmentCreate = wrapped(Type.Object(baseFields, innerClosed));
/** From microversion 1.2. */
export const segmentCreateWithEnabled = wrapped(
  Type.Object({ ...baseFields, enabled }, innerClosed),
);
export const segmentUpdate = wrapped(
  Type.Object(
    Type.Partial(Type.Object(baseFields)).properties,
    anyOfFields(Object.keys(baseFields)),
  ),
);
/** From microversion 1.2. */
export const segmentUpdateWithEnabled = wrapped(
  Type.Object(
    { ...Type.Partial(Type.Object(baseFields)).properties, enabled },
    anyOfFields([...Object.keys(baseFields), 'enabled']),
  ),
);
export type SegmentCreate = Static<typeof segmentCreateWithEnabled>;
export type SegmentUpdate = Static<typeof segmentUpdateWithEnabled>;

export const segmentWire = Type.Object({
  id: Type.Integer(),
  uuid: Type.String(),
  name: Type.String(),
  description: nullableText,
  service_type: Type.String(),
  recovery_method: recoveryMethod,
  enabled: Type.Boolean(),
  created_at: Type.String(),
  updated_at: nullableText,
  ...neverDeleted,
});
export type SegmentWire = Static<typeof segmentWire>;
export const segmentAnswer = Type.Object({ segment: segmentWire });
export const segmentListAnswer = Type.Object({ segments: Type.Array(segmentWire) });

export const segmentToWire = (record: SegmentRecord): SegmentWire => ({
  id: record.id,
  uuid: record.uuid,
  name: record.name,
  description: record.description,
  service_type: record.serviceType,
  recovery_method: record.recoveryMethod,
  enabled: record.enabled,
  created_at: wireTime(record.createdAtMs),
  updated_at: wireTimeOrNull(record.updatedAtMs),
  ...NEVER_DELETED,
});

/** The fields that a body gives, without those it leaves out. */
export function segmentFieldsOf(body: SegmentUpdate['segment']): Partial<SegmentFields> {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.service_type === undefined ? {} : { serviceType: body.service_type }),
    ...(body.recovery_method === undefined ? {} : { recoveryMethod: body.recovery_method }),
    ...(body.enabled === undefined ? {} : { enabled: booleanOf(body.enabled) }),
  };
}

export const isRecoveryMethod = (text: string): text is RecoveryMethod =>
  RECOVERY_METHODS.some((method) => method === text);
