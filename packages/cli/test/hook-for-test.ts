/** A call of a hook, and hooks made of settings as `serve` makes them. */
import { type Hook, type HookCall, HookPoint } from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  type IncidentId,
  type InstanceUuid,
  type SegmentUuid,
  systemClock,
} from '@medevac/kernel';
import { openHooks } from '../src/hooks/open-hooks.ts';
import { hookList } from '../src/settings/hook-settings.ts';

export const CALL: HookCall = {
  key: 'incident-1/before_instance/2/vm/hook',
  point: HookPoint.beforeInstance,
  attempt: 3,
  incident: 'incident-1' as IncidentId,
  host: 'compute-1' as HostName,
  hostUuid: 'host-uuid' as HostUuid,
  segmentUuid: 'segment-uuid' as SegmentUuid,
  round: 2,
  instance: { uuid: 'instance-uuid' as InstanceUuid, name: 'it\'s "mine" $(id)' },
};

export const PAYLOAD = {
  key: CALL.key,
  hook: 'hook',
  point: 'before_instance',
  attempt: 3,
  incident_id: 'incident-1',
  host_name: 'compute-1',
  host_uuid: 'host-uuid',
  segment_uuid: 'segment-uuid',
  round: 2,
  instance: { uuid: 'instance-uuid', name: 'it\'s "mine" $(id)' },
  result: null,
};

export function hookOf(
  fields: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Hook {
  const setting = { name: 'hook', points: 'before_instance', ...fields };
  const [hook] = openHooks(hookList(JSON.stringify([setting])), { clock: systemClock, env });
  if (hook === undefined) throw new Error('the settings make no hook');
  return hook;
}

/** Never aborted unless told so. */
export const going = (): AbortSignal => new AbortController().signal;
