/** Hosts on the wire: bodies that are accepted, the body that is answered, and its mapping. */
import type { HostFields, HostRecord, SegmentRecord } from '@medevac/engine';
import type { HostName } from '@medevac/kernel';
import Type, { type Static } from 'typebox';
import { REQUIRED_LAST_KEYWORD } from '../validation/check-body.ts';
import { wireTime, wireTimeOrNull } from '../wire-time.ts';
import {
  booleanField,
  booleanOf,
  hostTypeField,
  NEVER_DELETED,
  nameField,
  neverDeleted,
  nullableText,
  requiredDescriptionField,
} from './fields.ts';
import { type SegmentWire, segmentToWire, segmentWire } from './segment.ts';

const closed = { additionalProperties: false } as const;
const fields = {
  name: nameField,
  type: hostTypeField,
  control_attributes: requiredDescriptionField,
  reserved: Type.Optional(booleanField),
  on_maintenance: Type.Optional(booleanField),
};

export const hostCreate = Type.Object(
  { host: Type.Object(fields, { ...closed, [REQUIRED_LAST_KEYWORD]: true }) },
  closed,
);
export const hostUpdate = Type.Object(
  {
    host: Type.Object(Type.Partial(Type.Object(fields)).properties, {
      ...closed,
      anyOf: Object.keys(fields).map((name) => ({ required: [name] })),
    }),
  },
  closed,
);
export type HostCreate = Static<typeof hostCreate>;
export type HostUpdate = Static<typeof hostUpdate>;

export const hostWire = Type.Object({
  id: Type.Integer(),
  uuid: Type.String(),
  name: Type.String(),
  type: Type.String(),
  control_attributes: Type.String(),
  reserved: Type.Boolean(),
  on_maintenance: Type.Boolean(),
  failover_segment_id: Type.String(),
  failover_segment: segmentWire,
  created_at: Type.String(),
  updated_at: nullableText,
  ...neverDeleted,
});
export type HostWire = Static<typeof hostWire>;
export const hostAnswer = Type.Object({ host: hostWire });
export const hostListAnswer = Type.Object({ hosts: Type.Array(hostWire) });

export const hostToWire = (record: HostRecord, segment: SegmentRecord): HostWire =>
  hostWithin(record, segmentToWire(segment));

/** Hosts of one segment, which is put into words once for all of them. */
export function hostsToWire(
  records: readonly HostRecord[],
  segment: SegmentRecord,
): readonly HostWire[] {
  const wire = segmentToWire(segment);
  return records.map((record) => hostWithin(record, wire));
}

const hostWithin = (record: HostRecord, segment: SegmentWire): HostWire => ({
  id: record.id,
  uuid: record.uuid,
  name: record.name,
  type: record.type,
  control_attributes: record.controlAttributes,
  reserved: record.reserved,
  on_maintenance: record.onMaintenance,
  failover_segment_id: record.segmentUuid,
  failover_segment: segment,
  created_at: wireTime(record.createdAtMs),
  updated_at: wireTimeOrNull(record.updatedAtMs),
  ...NEVER_DELETED,
});

/** The fields that a body gives, without those it leaves out. */
export function hostFieldsOf(body: HostUpdate['host']): Partial<HostFields> {
  return {
    ...(body.name === undefined ? {} : { name: body.name as HostName }),
    ...(body.type === undefined ? {} : { type: body.type }),
    ...(body.control_attributes === undefined
      ? {}
      : { controlAttributes: body.control_attributes }),
    ...(body.reserved === undefined ? {} : { reserved: booleanOf(body.reserved) }),
    ...(body.on_maintenance === undefined ? {} : { onMaintenance: booleanOf(body.on_maintenance) }),
  };
}
