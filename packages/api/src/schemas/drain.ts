/** Drains of hosts on the wire of Medevac's own API. */
import type { DrainInstanceRecord, DrainRecord } from '@medevac/engine';
import { LIMITS } from '@medevac/kernel';
import Type, { type Static } from 'typebox';
import { DESCRIPTION_PATTERN } from '../validation/formats.ts';
import { zonedTime, zonedTimeOrNull } from '../wire-time.ts';
import { hostNameField, nullableText } from './fields.ts';

const LONGEST_NOTE = 1_000;
const SHORTEST_SECONDS = 60;
const LONGEST_SECONDS = 7 * 86_400;
const MS = 1000;

export const drainRequest = Type.Object(
  {
    drain: Type.Object(
      {
        host_name: hostNameField,
        parallel: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.drainParallel })),
        deadline_seconds: Type.Optional(
          Type.Integer({ minimum: SHORTEST_SECONDS, maximum: LONGEST_SECONDS }),
        ),
        note: Type.Optional(
          Type.Unsafe<string | null>({
            type: ['string', 'null'],
            maxLength: LONGEST_NOTE,
            pattern: DESCRIPTION_PATTERN,
          }),
        ),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type DrainRequestWire = Static<typeof drainRequest>;

const wireFields = {
  id: Type.String(),
  host_uuid: Type.String(),
  host_name: Type.String(),
  segment_uuid: Type.String(),
  state: Type.String(),
  reason: nullableText,
  parallel: Type.Integer(),
  deadline_seconds: Type.Integer(),
  asked_by: Type.String(),
  note: nullableText,
  was_enabled: Type.Union([Type.Boolean(), Type.Null()]),
  opened_at: Type.String(),
  updated_at: Type.String(),
  closed_at: nullableText,
};
export const drainWire = Type.Object(wireFields);
export type DrainWire = Static<typeof drainWire>;
export const drainAnswer = Type.Object({ drain: drainWire });
export const drainListAnswer = Type.Object({ drains: Type.Array(drainWire) });

const drainInstanceWire = Type.Object({
  instance_uuid: Type.String(),
  instance_name: Type.String(),
  status: Type.String(),
  dest_host: nullableText,
  message: nullableText,
  updated_at: Type.String(),
});
export const drainDetailAnswer = Type.Object({
  drain: Type.Object({ ...wireFields, instances: Type.Array(drainInstanceWire) }),
});

export const drainToWire = (drain: DrainRecord): DrainWire => ({
  id: drain.id,
  host_uuid: drain.hostUuid,
  host_name: drain.hostName,
  segment_uuid: drain.segmentUuid,
  state: drain.state,
  reason: drain.message,
  parallel: drain.parallel,
  deadline_seconds: Math.round(drain.deadlineMs / MS),
  asked_by: drain.askedBy,
  note: drain.note,
  was_enabled: drain.wasEnabled,
  opened_at: zonedTime(drain.openedAtMs),
  updated_at: zonedTime(drain.updatedAtMs),
  closed_at: zonedTimeOrNull(drain.closedAtMs),
});

export const drainInstanceToWire = (
  row: DrainInstanceRecord,
): Static<typeof drainInstanceWire> => ({
  instance_uuid: row.instanceUuid,
  instance_name: row.instanceName,
  status: row.status,
  dest_host: row.destHost,
  message: row.message,
  updated_at: zonedTime(row.updatedAtMs),
});
