/** Vmoves on the wire: the body that is answered, and its mapping. */
import { type VmoveRecord, VmoveStatus } from '@medevac/engine';
import type { NotificationUuid } from '@medevac/kernel';
import Type, { type Static } from 'typebox';
import { wireTime, wireTimeOrNull } from '../wire-time.ts';
import { NEVER_DELETED, neverDeleted, nullableText } from './fields.ts';

const STATUSES = Object.values(VmoveStatus);
const TYPES = [
  'evacuation',
  'migration',
  'live_migration',
] as const satisfies readonly VmoveRecord['type'][];

export const vmoveWire = Type.Object({
  id: Type.Integer(),
  uuid: Type.String(),
  notification_uuid: Type.String(),
  instance_uuid: Type.String(),
  instance_name: Type.String(),
  source_host: Type.String(),
  dest_host: nullableText,
  start_time: nullableText,
  end_time: nullableText,
  type: Type.String(),
  status: Type.String(),
  message: nullableText,
  created_at: Type.String(),
  updated_at: nullableText,
  ...neverDeleted,
});
export type VmoveWire = Static<typeof vmoveWire>;
export const vmoveAnswer = Type.Object({ vmove: vmoveWire });
export const vmoveListAnswer = Type.Object({ vmoves: Type.Array(vmoveWire) });

/** A vmove belongs to an incident; on the wire to the notification that was asked for. */
export const vmoveToWire = (record: VmoveRecord, notification: NotificationUuid): VmoveWire => ({
  id: record.id,
  uuid: record.uuid,
  notification_uuid: notification,
  instance_uuid: record.instanceUuid,
  instance_name: record.instanceName,
  source_host: record.sourceHost,
  dest_host: record.destHost,
  start_time: wireTimeOrNull(record.startAtMs),
  end_time: wireTimeOrNull(record.endAtMs),
  type: record.type,
  status: record.status,
  message: record.message,
  created_at: wireTime(record.createdAtMs),
  updated_at: wireTimeOrNull(record.updatedAtMs),
  ...NEVER_DELETED,
});

export const isVmoveStatus = (text: string): text is VmoveStatus =>
  STATUSES.some((status) => status === text);
export const isVmoveType = (text: string): text is VmoveRecord['type'] =>
  TYPES.some((type) => type === text);
