/** Returns of hosts to service, as Medevac's own API shows them. */
import type { ReturnEvent, ReturnRecord } from '@medevac/engine';
import { type Static, Type } from 'typebox';
import { zonedTime } from '../wire-time.ts';

export const returnWire = Type.Object({
  incident_id: Type.String(),
  host_uuid: Type.String(),
  host_name: Type.String(),
  state: Type.String(),
  reason: Type.Union([Type.String(), Type.Null()]),
  was_enabled: Type.Boolean(),
  opened_at: Type.String(),
  updated_at: Type.String(),
});
export type ReturnWire = Static<typeof returnWire>;
export const returnAnswer = Type.Object({ return: returnWire });
/** With what was told of it since its host is back in service. */
export const returnDetailAnswer = Type.Object({
  return: Type.Object({
    ...returnWire.properties,
    events: Type.Array(
      Type.Object({ at: Type.String(), message: Type.String(), failed: Type.Boolean() }),
    ),
  }),
});
export const returnListAnswer = Type.Object({ returns: Type.Array(returnWire) });

export const returnEventToWire = ({ atMs, failed, message }: ReturnEvent) => ({
  at: zonedTime(atMs),
  message,
  failed,
});

export const returnToWire = (record: ReturnRecord): ReturnWire => ({
  incident_id: record.incidentId,
  host_uuid: record.hostUuid,
  host_name: record.hostName,
  state: record.state,
  reason: record.message,
  was_enabled: record.wasEnabled,
  opened_at: zonedTime(record.createdAtMs),
  updated_at: zonedTime(record.updatedAtMs),
});
