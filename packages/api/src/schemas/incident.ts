/** Incidents on the wire of Medevac's own API: what is answered, and the words of a command. */
import { CARRIED_METHODS } from '@medevac/core';
import type {
  Asked,
  EvidenceRecord,
  IncidentEvent,
  IncidentRecord,
  VmoveRecord,
} from '@medevac/engine';
import Type, { type Static } from 'typebox';
import { DESCRIPTION_PATTERN } from '../validation/formats.ts';
import { zonedTime, zonedTimeOrNull } from '../wire-time.ts';
import { nullableText } from './fields.ts';

const LONGEST_NOTE = 1_000;
const note = {
  type: ['string', 'null'],
  maxLength: LONGEST_NOTE,
  pattern: DESCRIPTION_PATTERN,
} as const;

/** The body of a command may be left out. */
export const incidentOrder = Type.Unsafe<{ readonly note?: string | null } | null>({
  type: ['object', 'null'],
  properties: {
    note,
  },
  additionalProperties: false,
});

/** Somebody's word that a host is off; without a reason it is none. */
export const fencedConfirmation = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: LONGEST_NOTE, pattern: DESCRIPTION_PATTERN }) },
  { additionalProperties: false },
);

const LONGEST_ID = 64;

/** Without an instance everything is tried again that was not recovered. */
export const retryOrder = Type.Unsafe<{
  readonly note?: string | null;
  readonly instance_uuid?: string;
} | null>({
  type: ['object', 'null'],
  properties: {
    note,
    instance_uuid: { type: 'string', maxLength: LONGEST_ID, pattern: '^[\\w-]+$' },
  },
  additionalProperties: false,
});

export const methodOrder = Type.Unsafe<{
  readonly method: string;
  readonly note?: string | null;
}>({
  type: 'object',
  properties: { method: { type: 'string', enum: [...CARRIED_METHODS] }, note },
  required: ['method'],
  additionalProperties: false,
});

const asked = Type.Object({
  by: Type.String(),
  note: nullableText,
  at: Type.String(),
});
const chosenMethod = Type.Object({ method: Type.String(), ...asked.properties });

const wireFields = {
  id: Type.String(),
  host_uuid: Type.String(),
  host_name: Type.String(),
  segment_uuid: Type.String(),
  state: Type.String(),
  guard: nullableText,
  reason: nullableText,
  opened_at: Type.String(),
  updated_at: Type.String(),
  closed_at: nullableText,
  retries: Type.Integer(),
  acknowledged: Type.Union([asked, Type.Null()]),
  paused: Type.Union([asked, Type.Null()]),
  chosen_method: Type.Union([chosenMethod, Type.Null()]),
};
export const incidentWire = Type.Object(wireFields);
export type IncidentWire = Static<typeof incidentWire>;
export const incidentAnswer = Type.Object({ incident: incidentWire });
export const incidentListAnswer = Type.Object({ incidents: Type.Array(incidentWire) });

const timelineLine = Type.Object({
  at: Type.String(),
  step: Type.String(),
  message: Type.String(),
  progress: Type.Number(),
  failed: Type.Boolean(),
});
const evidenceLine = Type.Object({
  at: Type.String(),
  kind: Type.String(),
  source: Type.String(),
  observer: Type.String(),
  content: Type.Unknown(),
});
const instanceLine = Type.Object({
  instance_uuid: Type.String(),
  instance_name: Type.String(),
  status: Type.String(),
  source_host: Type.String(),
  dest_host: nullableText,
  message: nullableText,
  started_at: nullableText,
  ended_at: nullableText,
});
export const incidentDetailAnswer = Type.Object({
  incident: Type.Object({
    ...wireFields,
    cancel_asked: nullableText,
    notifications: Type.Array(Type.String()),
    timeline: Type.Array(timelineLine),
    evidence: Type.Array(evidenceLine),
    instances: Type.Array(instanceLine),
  }),
});
export type IncidentDetailWire = Static<typeof incidentDetailAnswer>['incident'];

export const incidentToWire = (record: IncidentRecord): IncidentWire => ({
  id: record.id,
  host_uuid: record.hostUuid,
  host_name: record.hostName,
  segment_uuid: record.segmentUuid,
  state: record.state,
  guard: record.guard,
  reason: record.reason,
  opened_at: zonedTime(record.openedAtMs),
  updated_at: zonedTime(record.updatedAtMs),
  closed_at: zonedTimeOrNull(record.closedAtMs),
  retries: record.retries,
  acknowledged: record.acknowledged && askedToWire(record.acknowledged),
  paused: record.paused && askedToWire(record.paused),
  chosen_method: record.method && { method: record.method.method, ...askedToWire(record.method) },
});

const askedToWire = ({ by, note, atMs }: Asked) => ({ by, note, at: zonedTime(atMs) });

export const eventToWire = (event: IncidentEvent) => ({
  at: zonedTime(event.atMs),
  step: event.step,
  message: event.message,
  progress: event.progress,
  failed: event.failed,
});

export const evidenceToWire = (evidence: EvidenceRecord) => ({
  at: zonedTime(evidence.receivedAtMs),
  kind: evidence.kind,
  source: evidence.source,
  observer: evidence.observer,
  content: evidence.content,
});

export const instanceToWire = (vmove: VmoveRecord) => ({
  instance_uuid: vmove.instanceUuid,
  instance_name: vmove.instanceName,
  status: vmove.status,
  source_host: vmove.sourceHost,
  dest_host: vmove.destHost,
  message: vmove.message,
  started_at: zonedTimeOrNull(vmove.startAtMs),
  ended_at: zonedTimeOrNull(vmove.endAtMs),
});
