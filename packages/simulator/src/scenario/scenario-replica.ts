/** One replica of the product in a scenario: the real engine over ports with named faults. */
import { Engine, type EngineSettings } from '@medevac/engine';
import { type FenceDevice, trustedReports } from '@medevac/fencing';
import { type Clock, type Random, type ReplicaId, silentLog } from '@medevac/kernel';
import type { Nova, Placement } from '@medevac/openstack';
import type { Stores } from '@medevac/store';
import { type ActiveFault, faultyStore } from '../run/faulty-ports.ts';
import { type ReplicaClock, ReplicaLife } from '../run/replica-life.ts';
import { LEASE_MS } from '../run/run-settings.ts';
import type { CallFaults } from './call-faults.ts';
import type { PortName } from './events-file.ts';

export interface ScenarioReplicaParts {
  readonly id: ReplicaId;
  readonly clock: Clock;
  readonly ownClock: ReplicaClock;
  readonly random: Random;
  readonly nova: Nova;
  readonly placement: Placement;
  readonly stores: Stores;
  readonly settings: EngineSettings;
  readonly fencing: 'trusted' | 'required';
  readonly callFaults: CallFaults;
  readonly databaseFaults: ReadonlySet<ActiveFault>;
  /** Hears of every call to Nova as the replica makes it. */
  readonly onCall: (id: ReplicaId, name: string, parameters: readonly unknown[]) => void;
}

export class ScenarioReplica {
  readonly id: ReplicaId;
  readonly life: ReplicaLife;
  readonly #engine: Engine;

  constructor(parts: ScenarioReplicaParts) {
    const { clock, stores } = parts;
    this.id = parts.id;
    this.life = new ReplicaLife(parts.ownClock);
    const kill = (): void => this.life.kill();
    const hit = <Port extends object>(name: PortName, port: Port): Port =>
      parts.callFaults.around(name, port, kill);
    const store = <Port extends object>(name: PortName, port: Port): Port =>
      this.life.through(hit(name, faultyStore(port, clock, parts.databaseFaults)));
    this.#engine = new Engine({
      ports: {
        clock: this.life.clock(clock),
        random: parts.random,
        log: silentLog,
        replica: parts.id,
        nova: this.life.through(hit('nova', parts.nova), (name, parameters) =>
          parts.onCall(parts.id, name, parameters),
        ),
        placement: this.life.through(hit('placement', parts.placement)),
        stores: {
          segments: store('segments', stores.segments),
          notifications: store('notifications', stores.notifications),
          incidents: store('incidents', stores.incidents),
          vmoves: store('vmoves', stores.vmoves),
          returns: store('returns', stores.returns),
          history: stores.history,
        },
        fenceDevices: devicesOf(parts.fencing),
      },
      settings: parts.settings,
      journal: store('journal', stores.journal),
      leases: store('leases', stores.leases),
      leaseMs: LEASE_MS,
      isSoleProcess: false,
    });
    this.#engine.start();
  }

  nudge(): void {
    if (!this.life.isOver) this.#engine.nudge();
  }
}

const devicesOf = (fencing: 'trusted' | 'required'): readonly FenceDevice[] =>
  fencing === 'trusted' ? [trustedReports] : [];
