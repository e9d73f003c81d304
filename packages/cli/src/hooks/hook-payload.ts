/**
 * What a hook is told, in the words of the wire: the same fields for programs and web services.
 * Fields may be added; none changes its meaning.
 */
import type { HookCall } from '@medevac/engine';

export interface HookPayload {
  readonly key: string;
  readonly hook: string;
  readonly point: string;
  readonly attempt: number;
  readonly incident_id: string;
  readonly host_name: string;
  readonly host_uuid: string;
  readonly segment_uuid: string | null;
  readonly round: number | null;
  readonly instance: { readonly uuid: string; readonly name: string } | null;
  readonly result: Readonly<Record<string, string | number | null>> | null;
}

export const hookPayload = (hook: string, call: HookCall): HookPayload => ({
  key: call.key,
  hook,
  point: call.point,
  attempt: call.attempt,
  incident_id: call.incident,
  host_name: call.host,
  host_uuid: call.hostUuid,
  segment_uuid: call.segmentUuid ?? null,
  round: call.round ?? null,
  instance: call.instance ?? null,
  result: call.result ?? null,
});

/** The same as variables, `MEDEVAC_HOOK_` in front; what is not known is left out. */
export function hookVariables(payload: HookPayload): Readonly<Record<string, string>> {
  const { instance, result, hook: name, ...plain } = payload;
  const fields = Object.entries({
    ...{ name, ...plain },
    instance_uuid: instance?.uuid ?? null,
    instance_name: instance?.name ?? null,
    ...Object.fromEntries(Object.entries(result ?? {}).map(([key, one]) => [`result_${key}`, one])),
  });
  return Object.fromEntries(
    fields.flatMap(([key, value]) => {
      // An instance's name is its owner's: no environment holds a zero character.
      const text = value === null ? undefined : String(value).replaceAll('\0', '');
      return text === undefined ? [] : [[`MEDEVAC_HOOK_${key.toUpperCase()}`, text]];
    }),
  );
}
