/** What proves to a replica in a simulated world that a host is off, and who hears of it. */
import type { FencingPlan } from '@medevac/core';
import type { EnginePorts } from '@medevac/engine';
import { type PowerSwitch, powerDevice, trustedReports } from '@medevac/fencing';
import type { Clock, HostName } from '@medevac/kernel';
import type { FencingGear } from '../world/fencing-gear.ts';
import type { ReplicaLife } from './replica-life.ts';

/**
 * `power`: the BMCs of the hosts must confirm. `dual`: both feeds of a host must. `levels`: its
 * BMC, and then its outlet. `required`: nothing can be switched off, for there is no device.
 */
export const FENCINGS = ['trusted', 'required', 'power', 'dual', 'levels'] as const;
export type Fencing = (typeof FENCINGS)[number];

/** What a replica is given of it. */
export type FencingPorts = Pick<EnginePorts, 'fenceDevices' | 'fencingPlanOf' | 'fencingHistories'>;

export interface FencingParts {
  readonly fencing: Fencing;
  /** The history of the other fencer is read. */
  readonly imports: boolean;
  readonly life: ReplicaLife;
  /** True time; the replica has a clock of its own. */
  readonly clock: Clock;
  readonly gear: FencingGear;
  /** A host's power is about to be switched off. */
  readonly onPowerOff: (host: HostName) => void;
  /** A host's power has been read as Off. */
  readonly onReadOff?: (host: HostName) => void;
}

const TRIES = { triesPerDevice: 2, levelMs: 120_000 } as const;
const DUAL: FencingPlan = { levels: [['feed-a', 'feed-b']], ...TRIES };
const LEVELS: FencingPlan = { levels: [['bmc'], ['pdu']], ...TRIES };

export function fencingPortsOf(parts: FencingParts): FencingPorts {
  const { clock, fencing, gear, imports, life } = parts;
  const histories = imports ? { fencingHistories: [life.through(gear.peer)] } : {};
  const devices = (switches: readonly PowerSwitch[]) =>
    switches.map((one) => powerDevice(reached(parts, one), life.clock(clock)));
  switch (fencing) {
    case 'trusted':
      return { fenceDevices: [trustedReports], ...histories };
    case 'required':
      return { fenceDevices: [], ...histories };
    case 'power':
      return { fenceDevices: devices([gear.bmc]), ...histories };
    case 'dual': {
      const fenceDevices = devices(gear.feeds.switches);
      return { fenceDevices, fencingPlanOf: () => DUAL, ...histories };
    }
    case 'levels': {
      const fenceDevices = devices([gear.bmc, ...gear.outlets.switches]);
      return { fenceDevices, fencingPlanOf: () => LEVELS, ...histories };
    }
  }
}

/** The switch as the replica reaches it, with those who listen. */
function reached(
  { gear, life, onPowerOff, onReadOff }: FencingParts,
  power: PowerSwitch,
): PowerSwitch {
  const witnessed: PowerSwitch = {
    name: power.name,
    read: async (host, signal) => {
      const reading = await power.read(host, signal);
      // One feed that is off says nothing of the host, and is no lie.
      if (reading.kind === 'off' && power === gear.bmc) onReadOff?.(host);
      return reading;
    },
    switchOff: (host, signal) => power.switchOff(host, signal),
  };
  return life.through(witnessed, (name, [host]) => {
    if (name === 'switchOff') onPowerOff(host as HostName);
  });
}
