/**
 * A cloud in one process, on the clock and the chance that it is given: on virtual time for seeded
 * runs, on real time for the demo. What happens to its hosts is asked for here; `nova` and
 * `placement` are what the product sees of it, `instances()` is the truth.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import {
  type Capacity,
  type InstanceActions,
  type Migration,
  type Nova,
  type Placement,
  parseCloudStampMs,
  type Server,
} from '@medevac/openstack';
import { SimulatedBmcs } from './bmc.ts';
import { Evacuations } from './evacuations.ts';
import type { DoubleRun } from './guests.ts';
import { newServer } from './new-rows.ts';
import type { InstanceAction, OpenMigration } from './nova-tables.ts';
import type { NovaWrite } from './nova-write.ts';
import { OperatorRequests } from './operator-requests.ts';
import { askAsOwner, type OwnerAction, type OwnerParts } from './owner-requests.ts';
import { ServerLocks } from './server-locks.ts';
import { ServerMoves } from './server-moves.ts';
import { SimulatedActions } from './simulated-actions.ts';
import { SimulatedAggregates } from './simulated-aggregates.ts';
import { SimulatedCatalogue } from './simulated-catalogue.ts';
import type { BootOptions, SimulatedInstance } from './simulated-host.ts';
import { SimulatedHosts, type SimulatedHostsOptions } from './simulated-hosts.ts';
import { SimulatedNova } from './simulated-nova.ts';

export type {
  BootOptions,
  CloudEvent,
  SimulatedHost,
  SimulatedInstance,
} from './simulated-host.ts';

export interface SimulatedCloudOptions extends SimulatedHostsOptions {
  /** From an evacuate call to the message at the destination. */
  readonly scheduleMs?: number;
  /** Of one call to Nova. */
  readonly latencyMs?: number;
}

const LATENCY_MS = 40;

export class SimulatedCloud extends SimulatedHosts {
  readonly nova: Nova;
  readonly placement: Placement & Capacity;
  readonly aggregates: SimulatedAggregates;
  readonly actions: InstanceActions;
  /** Server groups and images. */
  readonly catalogue = new SimulatedCatalogue((uuid) => this.tables.servers.has(uuid));
  /** Nova's locks of instances. */
  readonly locks: ServerLocks;
  /** The power switches of its hosts. */
  readonly power: SimulatedBmcs;
  /** What operators do in Nova past Medevac. */
  readonly operator: OperatorRequests;
  readonly #ownerParts: OwnerParts;
  readonly #writeListeners = new Set<(write: NovaWrite) => void>();
  #stop: AbortController | undefined;
  #booted = 0;

  constructor(options: SimulatedCloudOptions) {
    super(options);
    const { clock, computes, guests, tables } = this;
    const latencyMs = options.latencyMs ?? LATENCY_MS;
    const say = (text: string, host?: HostName): void => this.say(text, host);
    const locks = new ServerLocks(clock, tables);
    this.locks = locks;
    const shared = { clock, tables, computes, locks, say };
    const evacuations = new Evacuations({
      ...shared,
      scheduleMs: options.scheduleMs ?? 2_000,
      onCall: (write) => this.#wrote({ ...write, atMs: clock.monotonicMs(), change: null }),
    });
    const nova = new SimulatedNova({
      ...{ ...shared, evacuations, latencyMs },
      random: options.random.fork('nova'),
      onWrite: (write) => this.#wrote(write),
    });
    this.nova = nova;
    this.power = new SimulatedBmcs({
      clock,
      machine: (host) => this.machine(host),
      cutPower: (host) => this.switchOff(this.machine(host)),
    });
    this.placement = nova;
    const moves = new ServerMoves({ ...shared, guests });
    this.aggregates = new SimulatedAggregates({ ...shared, latencyMs });
    this.actions = new SimulatedActions({ ...shared, moves, latencyMs });
    this.operator = new OperatorRequests({ ...shared, moves, evacuations });
    this.#ownerParts = { ...shared, moves };
  }

  /** From here on the hosts report. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    for (const compute of this.computes.values()) compute.report(stop.signal);
  }

  stop(): void {
    this.#stop?.abort(new Error('the cloud has stopped'));
    this.#stop = undefined;
  }

  /** Instances that run at once; answers their UUIDs. */
  boot(count: number, host: string, options: BootOptions = {}): readonly InstanceUuid[] {
    const machine = this.machine(host);
    return Array.from({ length: count }, () => {
      const number = ++this.#booted;
      const stamp = this.tables.stamp(this.tables.nowMs() + number * 1_000);
      const server = newServer({ ...options, host: machine.name, number, stamp });
      this.tables.servers.set(server.uuid, server);
      this.tables.allocate(server.uuid, machine.name);
      const isLocal = options.hasLocalDisk === true && options.bootsFromVolume !== true;
      if (isLocal) this.guests.keepLocally(server.uuid);
      this.guests.start(server.uuid, machine);
      this.tables.recordAction(server.uuid, 'create', 'owner');
      return server.uuid;
    });
  }

  /**
   * The emulator of one guest dies on a host that lives. Its nova-compute sees that a little later,
   * and stops the instance as nobody's request.
   */
  crashGuest(instance: InstanceUuid): void {
    const server = this.tables.servers.get(instance);
    const [host] = this.guests.runningOn(instance);
    if (server === undefined || host === undefined) return;
    this.guests.destroy(instance, host);
    this.say(`the guest of ${server.name} has crashed`, host);
    this.compute(host).noticeGone(server);
  }

  /** Hears of every request about an instance, by its record in Nova. */
  /** How long Nova's row of the instance has not changed. */
  unchangedForMs(instance: InstanceUuid): number {
    const stamp = this.tables.servers.get(instance)?.updatedAt;
    const changedMs = stamp === undefined ? undefined : parseCloudStampMs(stamp);
    return changedMs === undefined ? 0 : this.tables.nowMs() - changedMs;
  }

  onAction(listener: (action: InstanceAction) => void): void {
    this.tables.onAction = listener;
  }

  /** An owner's act through Nova's API, at once. */
  act(instance: InstanceUuid, action: OwnerAction): void {
    const server = this.tables.servers.get(instance);
    if (server !== undefined) askAsOwner(this.#ownerParts, server, action);
  }

  /** An operator's hand on the service, past Medevac. */
  setForcedDown(host: string, forcedDown: boolean): void {
    this.operator.setForcedDown(this.machine(host).name, forcedDown);
  }

  /** An operator enables the service again. */
  enable(host: string): void {
    this.operator.enable(this.machine(host).name);
  }

  /** Migrations of the instance that have not ended. */
  openMigrations(instance: InstanceUuid): readonly OpenMigration[] {
    return this.tables.openMigrations(instance);
  }

  /** Instances that Nova knows, all or those on one host, with the truth about each. */
  instances(host?: HostName): readonly SimulatedInstance[] {
    const servers = [...this.tables.servers.values()];
    const asked = host === undefined ? servers : servers.filter((one) => one.host === host);
    return asked.map((server) => this.#instanceOf(server));
  }

  instance(uuid: string): SimulatedInstance | undefined {
    const server = this.tables.servers.get(uuid as InstanceUuid);
    return server === undefined ? undefined : this.#instanceOf(server);
  }

  #instanceOf(server: Server): SimulatedInstance {
    return {
      server: { ...server },
      runsOn: this.guests.runningOn(server.uuid),
      counter: this.guests.counterOf(server.uuid),
      starts: this.guests.startsOf(server.uuid),
      hasLocalDisk: this.guests.hasLocalDisk(server.uuid),
    };
  }

  /** Nova's migration records, oldest first. */
  migrations(): readonly Migration[] {
    return this.tables.migrations.map((one) => ({ ...one }));
  }

  /** Every moment at which an instance ran in two places. */
  get doubleRuns(): readonly DoubleRun[] {
    return this.guests.doubleRuns;
  }

  /** Hears of each change that Nova carries out, directly before it does. */
  onWrite(listener: (write: NovaWrite) => void): () => void {
    this.#writeListeners.add(listener);
    return () => this.#writeListeners.delete(listener);
  }

  #wrote(write: NovaWrite): void {
    for (const listener of this.#writeListeners) listener(write);
  }
}
