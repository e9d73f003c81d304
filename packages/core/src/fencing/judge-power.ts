/**
 * What readings of a host's power do to its confirmation. One device that reads On means On,
 * whatever the others say: a host with two feeds of which one is off runs on.
 */
import type { Confirmation } from './confirmation.ts';
import { powerRereadOf } from './confirmation-bases.ts';

export type DeviceReading = { readonly device: string } & (
  | { readonly kind: 'off' | 'on' }
  | { readonly kind: 'unknown'; readonly reason: string }
);

export type PowerJudgement =
  | { readonly kind: 'holds' }
  /** Names of the devices that read On. */
  | { readonly kind: 'on'; readonly devices: readonly string[] }
  /** Nothing may happen until it can be read again. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Devices whose reading of Off the confirmation rests on. */
export const requiredDevices = (confirmation: Confirmation): readonly string[] =>
  powerRereadOf(confirmation) === 'must-read-off'
    ? (confirmation.devices ?? [confirmation.by])
    : [];

/** `readings`: of every device of the host that can read its power. */
export function judgePower(
  confirmation: Confirmation,
  readings: readonly DeviceReading[],
): PowerJudgement {
  if (powerRereadOf(confirmation) === 'not-read') return { kind: 'holds' };
  const on = readings.filter((one) => one.kind === 'on').map((one) => one.device);
  if (on.length > 0) return { kind: 'on', devices: on };
  const reasons = requiredDevices(confirmation).flatMap((device) => {
    const reading = readings.find((one) => one.device === device);
    if (reading === undefined) return `${device}: no fence device of this name reads it any more`;
    return reading.kind === 'unknown' ? `${device}: ${reading.reason}` : [];
  });
  return reasons.length === 0 ? { kind: 'holds' } : { kind: 'unknown', reason: reasons.join('; ') };
}
