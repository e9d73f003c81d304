/**
 * Notifications on the wire. A report is checked twice: as a notification with any payload, and,
 * once the caller may send it, its payload by the notification's type.
 */
import { type NewIncidentEvent, type NotificationRecord, NotificationType } from '@medevac/engine';
import Type, { type Static } from 'typebox';
import { detailTime, wireTime, wireTimeOrNull } from '../wire-time.ts';
import {
  dateTimeField,
  hostNameField,
  NEVER_DELETED,
  neverDeleted,
  nullableText,
  oneOfTuple,
} from './fields.ts';

const closed = { additionalProperties: false } as const;
const TYPES = Object.values(NotificationType);
const EVENTS = ['STARTED', 'STOPPED'] as const;
const HOST_STATUSES = ['NORMAL', 'UNKNOWN'] as const;
const CLUSTER_STATUSES = ['ONLINE', 'OFFLINE'] as const;

const payloadField = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  patternProperties: {
    '^[a-zA-Z0-9-_:. ]{1,255}$': { type: 'string', maxLength: 255 },
  },
  additionalProperties: false,
});
const boundedText = (maxLength: number) =>
  Type.Unsafe<string>({ type: 'string', minLength: 1, maxLength });

export const notificationCreate = Type.Object(
  {
    notification: Type.Object(
      {
        type: oneOfTuple<NotificationType>(['COMPUTE_HOST', 'VM', 'PROCESS']),
        hostname: hostNameField,
        generated_time: dateTimeField,
        payload: payloadField,
      },
      closed,
    ),
  },
  closed,
);
export type NotificationCreate = Static<typeof notificationCreate>;

const hostPayload = Type.Object(
  {
    event: oneOfTuple(EVENTS),
    host_status: Type.Optional(oneOfTuple(HOST_STATUSES)),
    cluster_status: Type.Optional(oneOfTuple(CLUSTER_STATUSES)),
  },
  closed,
);
const processPayload = Type.Object(
  { process_name: boundedText(4096), event: oneOfTuple(EVENTS) },
  closed,
);
const vmPayload = Type.Object(
  {
    instance_uuid: Type.Unsafe<string>({ type: 'string', format: 'uuid' }),
    vir_domain_event: boundedText(255),
    event: boundedText(255),
  },
  closed,
);
export const PAYLOAD_OF_TYPE = {
  COMPUTE_HOST: hostPayload,
  PROCESS: processPayload,
  VM: vmPayload,
} as const satisfies Readonly<Record<NotificationType, Type.TSchema>>;

const detail = Type.Object({
  name: Type.String(),
  state: Type.String(),
  progress: Type.Number(),
  progress_details: Type.Array(
    Type.Object({ timestamp: Type.String(), progress: Type.String(), message: Type.String() }),
  ),
});
export type RecoveryDetail = Static<typeof detail>;

const wireFields = {
  id: Type.Integer(),
  notification_uuid: Type.String(),
  type: Type.String(),
  generated_time: Type.String(),
  source_host_uuid: Type.String(),
  failover_segment_uuid: Type.String(),
  payload: Type.Record(Type.String(), Type.String()),
  status: Type.String(),
  message: nullableText,
  created_at: Type.String(),
  updated_at: nullableText,
  ...neverDeleted,
};
export const notificationWire = Type.Object(wireFields);
export type NotificationWire = Static<typeof notificationWire>;
export const notificationAnswer = Type.Object({ notification: notificationWire });
export const notificationListAnswer = Type.Object({
  notifications: Type.Array(notificationWire),
});
/** From microversion 1.1; without details below it. */
export const notificationShowAnswer = Type.Object({
  notification: Type.Object({
    ...wireFields,
    recovery_workflow_details: Type.Optional(Type.Array(detail)),
  }),
});

export const notificationToWire = (record: NotificationRecord): NotificationWire => ({
  id: record.id,
  notification_uuid: record.uuid,
  type: record.type,
  generated_time: wireTime(record.generatedAtMs),
  source_host_uuid: record.hostUuid,
  failover_segment_uuid: record.segmentUuid,
  payload: record.payload,
  status: record.status,
  message: record.message,
  created_at: wireTime(record.createdAtMs),
  updated_at: wireTimeOrNull(record.updatedAtMs),
  ...NEVER_DELETED,
});

/** The timeline of an incident or a repair as steps, in the order in which they first appear. */
export function recoveryDetailsOf(events: readonly NewIncidentEvent[]): readonly RecoveryDetail[] {
  const steps = Map.groupBy(events, (event) => event.step);
  return [...steps].map(([name, lines]) => {
    const last = lines.at(-1);
    return {
      name,
      state: stateOf(last),
      progress: last?.progress ?? 0,
      progress_details: lines.map((line) => ({
        timestamp: detailTime(line.atMs),
        progress: pythonFloat(line.progress),
        message: line.message,
      })),
    };
  });
}

/** The last line of a step decides: a failure that was tried again with success is none. */
function stateOf(last: NewIncidentEvent | undefined): string {
  if (last?.failed === true) return 'FAILURE';
  return (last?.progress ?? 0) >= 1 ? 'SUCCESS' : 'RUNNING';
}

const pythonFloat = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(1) : String(value);

export const isNotificationType = (text: string): text is NotificationType =>
  TYPES.some((type) => type === text);
