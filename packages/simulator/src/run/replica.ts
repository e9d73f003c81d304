/** One replica of the product in a seeded run: the real engine and API over faulty ports. */
import { DEFAULT_RETURN_RULES } from '@medevac/core';
import type { Clock, HostName, Log, Random, ReplicaId } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { FencingGear } from '../world/fencing-gear.ts';
import { WATCHDOG_SET } from '../world/proof-sets.ts';
import type { ScriptedHooks } from '../world/scripted-hooks.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import { type ChangingCall, changingCall } from './call-facts.ts';
import { eachStore } from './each-store.ts';
import { type ActiveFault, faultyCloud, faultyStore } from './faulty-ports.ts';
import { type Fencing, fencingPortsOf } from './fencing.ts';
import { ProductReplica } from './product-replica.ts';
import { type ReplicaClock, ReplicaLife } from './replica-life.ts';
import { runSettings } from './run-settings.ts';
import { wrappedPort } from './wrapped-port.ts';

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
  readonly fencing: Fencing;
  readonly importsFencing: boolean;
  readonly hasWatchdogs: boolean;
  readonly gear: FencingGear;
  readonly hooks: ScriptedHooks;
  readonly storage: 'shared' | 'local';
  readonly openEvacuations: number | undefined;
  readonly movesBack: boolean;
  /** A host's power was read as Off, truly or not. */
  readonly onReadOff: (host: HostName) => void;
  /** Hears of every call that changes the cloud, as the replica makes it. */
  readonly onCall: (replica: ReplicaId, call: ChangingCall) => void;
  /** Hears of every call to Nova, by name, before it is on its way. */
  readonly onNovaCall: (name: string, parameters: readonly unknown[]) => void;
  /** Hears of every action on an instance that the replica asks for, by name. */
  readonly onAction: (name: string, parameters: readonly unknown[]) => void;
  /** Hears of every report that the replica's API is about to keep, and has just kept. */
  readonly onKeeping: (when: KeepingMoment) => void;
}

export type KeepingMoment = 'before-keeping' | 'after-keeping';

/** The real product, over ports that the run's faults stand in front of. */
export function startReplica(parts: ReplicaParts): ProductReplica {
  const { clock, cloud, cloudFaults, storeFaults, stores } = parts;
  const life = new ReplicaLife(parts.ownClock);
  const entered = (name: string, parameters: readonly unknown[]): void => {
    parts.onNovaCall(name, parameters);
    const seen = changingCall(cloud, name, parameters);
    if (seen !== undefined) parts.onCall(parts.id, seen);
  };
  const notifications = telling(stores.notifications, parts.onKeeping);
  return new ProductReplica({
    ...{ life, clock },
    random: parts.random,
    log: parts.log,
    replica: parts.id,
    nova: life.through(faultyCloud(cloud.nova, clock, cloudFaults), entered),
    placement: life.through(faultyCloud(cloud.placement, clock, cloudFaults)),
    capacity: life.through(faultyCloud(cloud.placement, clock, cloudFaults)),
    aggregates: life.through(faultyCloud(cloud.aggregates, clock, cloudFaults)),
    actions: life.through(faultyCloud(cloud.actions, clock, cloudFaults), parts.onAction),
    serverGroups: life.through(faultyCloud(cloud.catalogue, clock, cloudFaults)),
    images: life.through(faultyCloud(cloud.catalogue, clock, cloudFaults)),
    stores: eachStore({ ...stores, notifications }, (port) =>
      life.through(faultyStore(port, clock, storeFaults)),
    ),
    hooks: parts.hooks.reachedBy(parts.id, (hook, entered) => life.through(hook, entered)),
    ...fencingPortsOf({
      ...{ life, clock },
      fencing: parts.fencing,
      imports: parts.importsFencing,
      gear: parts.gear,
      onPowerOff: (host) => parts.onCall(parts.id, { call: 'power-off', host }),
      onReadOff: parts.onReadOff,
    }),
    settings: {
      ...runSettings(parts.isIntervalKnown, parts.storage, parts.openEvacuations),
      returns: { ...DEFAULT_RETURN_RULES, movesBack: parts.movesBack },
      proofSets: parts.hasWatchdogs ? [WATCHDOG_SET] : [],
    },
  });
}

/** Tells when a notification is about to be kept and when it is, before anybody hears of it. */
const telling = (
  notifications: Stores['notifications'],
  tell: (when: KeepingMoment) => void,
): Stores['notifications'] =>
  wrappedPort(notifications, (name, method) =>
    name !== 'create'
      ? method
      : async (...parameters) => {
          tell('before-keeping');
          const outcome = await method(...parameters);
          tell('after-keeping');
          return outcome;
        },
  );
