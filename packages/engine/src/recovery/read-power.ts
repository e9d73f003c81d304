/** The fence devices of the failed host, its fencing plan, and what they read of its power now. */
import { type DeviceReading, type FencingPlan, oneByOne } from '@medevac/core';
import type { FenceDevice } from '@medevac/fencing';
import { throwIfAborted } from '@medevac/kernel';
import type { Recovery } from './context.ts';

type HostOfRecovery = Pick<Recovery, 'ports' | 'incident'>;

export function fencingPlanOf({ ports, incident }: HostOfRecovery): FencingPlan {
  const { fenceDevices, fencingPlanOf: planOf } = ports;
  return planOf?.(incident.hostName) ?? oneByOne(fenceDevices.map((one) => one.name));
}

export const deviceOf = ({ ports }: HostOfRecovery, name: string): FenceDevice | undefined =>
  ports.fenceDevices.find((one) => one.name === name);

/** Names of the devices of the host that can read its power. */
export function readableDevices(recovery: HostOfRecovery): readonly string[] {
  const names = new Set(fencingPlanOf(recovery).levels.flat());
  return [...names].filter((name) => deviceOf(recovery, name)?.readPower !== undefined);
}

/** All at once: a device that does not answer keeps no other one waiting. */
export async function readDevices(
  recovery: Recovery,
  names: readonly string[],
  signal: AbortSignal = recovery.scope.signal,
): Promise<readonly DeviceReading[]> {
  const { hostName } = recovery.incident;
  return await Promise.all(
    names.map(async (device): Promise<DeviceReading> => {
      const reading = await deviceOf(recovery, device)?.readPower?.(hostName, signal);
      throwIfAborted(signal);
      return reading === undefined
        ? { device, kind: 'unknown', reason: 'it reads no power' }
        : { device, ...reading };
    }),
  );
}
