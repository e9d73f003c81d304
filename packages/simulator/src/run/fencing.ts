/** The fence devices of a replica in a simulated world, and who hears of what they do. */
import { type FenceDevice, type PowerSwitch, powerDevice, trustedReports } from '@medevac/fencing';
import type { Clock, HostName } from '@medevac/kernel';
import type { ReplicaLife } from './replica-life.ts';

/** `power`: the BMCs of the hosts must confirm. `required`: nothing can, for there is no device. */
export type Fencing = 'trusted' | 'required' | 'power';

export interface FencingParts {
  readonly fencing: Fencing;
  readonly life: ReplicaLife;
  /** True time; the replica has a clock of its own. */
  readonly clock: Clock;
  readonly power: PowerSwitch;
  /** A host's power is about to be switched off. */
  readonly onPowerOff: (host: HostName) => void;
  /** A host's power has been read as Off. */
  readonly onReadOff?: (host: HostName) => void;
}

export function fenceDevicesOf(parts: FencingParts): readonly FenceDevice[] {
  const { clock, fencing, life, onPowerOff, onReadOff, power } = parts;
  if (fencing === 'trusted') return [trustedReports];
  if (fencing === 'required') return [];
  const witnessed: PowerSwitch = {
    name: power.name,
    read: async (host, signal) => {
      const reading = await power.read(host, signal);
      if (reading.kind === 'off') onReadOff?.(host);
      return reading;
    },
    switchOff: (host, signal) => power.switchOff(host, signal),
  };
  const reached = life.through(witnessed, (name, [host]) => {
    if (name === 'switchOff') onPowerOff(host as HostName);
  });
  return [powerDevice(reached, life.clock(clock))];
}
