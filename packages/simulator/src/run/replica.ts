/** One replica of the product in a seeded run: the real engine over faulty ports. */
import { Engine } from '@medevac/engine';
import { trustedReports } from '@medevac/fencing';
import type { Clock, HostName, Log, Random, ReplicaId, ServiceUuid } from '@medevac/kernel';
import type { ServiceChange } from '@medevac/openstack';
import type { Stores } from '@medevac/store';
import type { CallFacts } from '../invariants/calls.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import { type ActiveFault, faultyCloud, faultyStore } from './faulty-ports.ts';
import { type ReplicaClock, ReplicaLife } from './replica-life.ts';
import { LEASE_MS, runSettings } from './run-settings.ts';

export interface ReplicaParts {
  readonly id: ReplicaId;
  readonly clock: Clock;
  readonly ownClock: ReplicaClock;
  readonly random: Random;
  readonly log: Log;
  readonly cloud: SimulatedCloud;
  readonly stores: Stores;
  readonly cloudFaults: ReadonlySet<ActiveFault>;
  readonly storeFaults: ReadonlySet<ActiveFault>;
  readonly isIntervalKnown: boolean;
  /** Hears of every call that changes the cloud, as the replica makes it. */
  readonly onCall: (replica: ReplicaId, call: CallFacts['call'], host: HostName) => void;
}

export class Replica {
  readonly id: ReplicaId;
  readonly life: ReplicaLife;
  readonly #engine: Engine;

  constructor(parts: ReplicaParts) {
    this.id = parts.id;
    this.life = new ReplicaLife(parts.ownClock);
    const { clock, cloud } = parts;
    const entered = (name: string, parameters: readonly unknown[]): void => {
      const seen = callOf(cloud, name, parameters);
      if (seen !== undefined) parts.onCall(parts.id, seen.call, seen.host);
    };
    const store = <Port extends object>(port: Port): Port =>
      this.life.through(faultyStore(port, clock, parts.storeFaults));
    const { stores } = parts;
    this.#engine = new Engine({
      ports: {
        clock: this.life.clock(clock),
        random: parts.random,
        log: parts.log,
        replica: parts.id,
        nova: this.life.through(faultyCloud(cloud.nova, clock, parts.cloudFaults), entered),
        placement: this.life.through(faultyCloud(cloud.placement, clock, parts.cloudFaults)),
        stores: {
          segments: store(stores.segments),
          notifications: store(stores.notifications),
          incidents: store(stores.incidents),
          vmoves: store(stores.vmoves),
          returns: store(stores.returns),
          history: store(stores.history),
        },
        fenceDevices: [trustedReports],
      },
      settings: runSettings(parts.isIntervalKnown),
      journal: store(stores.journal),
      leases: store(stores.leases),
      leaseMs: LEASE_MS,
      isSoleProcess: false,
    });
    this.#engine.start();
  }

  nudge(): void {
    if (!this.life.isOver) this.#engine.nudge();
  }
}

/** What a call to Nova would change, and of which host. */
function callOf(
  cloud: SimulatedCloud,
  name: string,
  parameters: readonly unknown[],
): { readonly call: CallFacts['call']; readonly host: HostName } | undefined {
  if (name === 'changeService') {
    const [uuid, change] = parameters as readonly [ServiceUuid, ServiceChange];
    const host = cloud.hosts().find((one) => one.serviceUuid === uuid)?.name;
    if (host === undefined) return undefined;
    return { call: change.forcedDown === true ? 'force-down' : 'clear', host };
  }
  const call = CALLS[name];
  if (call === undefined) return undefined;
  const host = cloud.instance(String(parameters[0]))?.server.host;
  return host === undefined || host === null ? undefined : { call, host };
}

const CALLS: Readonly<Record<string, CallFacts['call']>> = {
  evacuate: 'evacuate',
  resetState: 'reset',
};
