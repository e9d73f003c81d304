/** One replica of the product in a scenario: engine and API over ports with named faults. */
import type { EngineSettings } from '@medevac/engine';
import { type Clock, type HostName, type Random, type ReplicaId, silentLog } from '@medevac/kernel';
import type {
  Aggregates,
  Capacity,
  Images,
  InstanceActions,
  Nova,
  Placement,
  ServerGroups,
} from '@medevac/openstack';
import type { Stores } from '@medevac/store';
import { eachStore } from '../run/each-store.ts';
import { type ActiveFault, faultyStore } from '../run/faulty-ports.ts';
import { type Fencing, fencingPortsOf } from '../run/fencing.ts';
import { ProductReplica } from '../run/product-replica.ts';
import { type ReplicaClock, ReplicaLife } from '../run/replica-life.ts';
import type { FencingGear } from '../world/fencing-gear.ts';
import type { ScriptedHooks } from '../world/scripted-hooks.ts';
import type { CallFaults } from './call-faults.ts';
import type { PortName } from './events-file.ts';

export interface ScenarioReplicaParts {
  readonly id: ReplicaId;
  readonly clock: Clock;
  readonly ownClock: ReplicaClock;
  readonly random: Random;
  readonly nova: Nova;
  readonly placement: Placement & Capacity;
  readonly aggregates: Aggregates;
  readonly actions: InstanceActions;
  readonly catalogue: ServerGroups & Images;
  readonly stores: Stores;
  readonly settings: EngineSettings;
  readonly fencing: Fencing;
  readonly importsFencing: boolean;
  readonly gear: FencingGear;
  readonly hooks: ScriptedHooks;
  readonly callFaults: CallFaults;
  readonly databaseFaults: ReadonlySet<ActiveFault>;
  /** Hears of every call to Nova as the replica makes it. */
  readonly onCall: (id: ReplicaId, name: string, parameters: readonly unknown[]) => void;
  /** Hears of every action on an instance that the replica asks for, by name. */
  readonly onAction: (name: string, parameters: readonly unknown[]) => void;
  /** Hears of every power that the replica is about to switch off. */
  readonly onPowerOff: (id: ReplicaId, host: HostName) => void;
}

/** The real product, over ports that the scenario's faults stand in front of. */
export function startScenarioReplica(parts: ScenarioReplicaParts): ProductReplica {
  const { clock, callFaults, databaseFaults, id } = parts;
  const life = new ReplicaLife(parts.ownClock);
  const hit = <Port extends object>(name: string, port: Port): Port =>
    callFaults.around(name as PortName, port, () => life.kill());
  return new ProductReplica({
    ...{ life, clock },
    random: parts.random,
    log: silentLog,
    replica: id,
    nova: life.through(hit('nova', parts.nova), (name, parameters) =>
      parts.onCall(id, name, parameters),
    ),
    placement: life.through(hit('placement', parts.placement)),
    capacity: life.through(hit('placement', parts.placement)),
    aggregates: life.through(hit('nova', parts.aggregates)),
    actions: life.through(hit('nova', parts.actions), parts.onAction),
    serverGroups: life.through(hit('nova', parts.catalogue)),
    images: life.through(hit('nova', parts.catalogue)),
    stores: eachStore(parts.stores, (port, name) =>
      life.through(hit(name, faultyStore(port, clock, databaseFaults))),
    ),
    hooks: parts.hooks.reachedBy(id, (hook, told) => life.through(hit('hooks', hook), told)),
    ...fencingPortsOf({
      ...{ life, clock },
      fencing: parts.fencing,
      imports: parts.importsFencing,
      gear: parts.gear,
      onPowerOff: (host) => parts.onPowerOff(id, host),
    }),
    settings: parts.settings,
  });
}
