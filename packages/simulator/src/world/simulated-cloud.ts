/**
 * A cloud in one process, on the clock and the chance that it is given: on virtual time for seeded
 * runs, on real time for the demo. What happens to its hosts is asked for here; `nova` and
 * `placement` are what the product sees of it, `instances()` is the truth.
 */
import type { Clock, HostName, InstanceUuid, Random, ServiceUuid } from '@medevac/kernel';
import type {
  Capacity,
  InstanceActions,
  Migration,
  Nova,
  Placement,
  Server,
} from '@medevac/openstack';
import { type BmcState, SimulatedBmcs } from './bmc.ts';
import { type DoubleRun, Guests } from './guests.ts';
import { type CutWay, Machine, type Network } from './machine.ts';
import { TroubledWay, type TroubledWayParts } from './message-trouble.ts';
import { NovaCompute } from './nova-compute.ts';
import { type InstanceAction, NovaTables, type OpenMigration } from './nova-tables.ts';
import { OperatorRequests } from './operator-requests.ts';
import { askAsOwner, type OwnerAction, type OwnerParts } from './owner-requests.ts';
import { ServerMoves } from './server-moves.ts';
import { SimulatedActions } from './simulated-actions.ts';
import { SimulatedAggregates } from './simulated-aggregates.ts';
import { SimulatedCatalogue } from './simulated-catalogue.ts';
import type {
  BootOptions,
  CloudEvent,
  SimulatedHost,
  SimulatedInstance,
} from './simulated-host.ts';
import { type NovaWrite, SimulatedNova } from './simulated-nova.ts';

export type {
  BootOptions,
  CloudEvent,
  SimulatedHost,
  SimulatedInstance,
} from './simulated-host.ts';

export interface SimulatedCloudOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Hosts are named `compute-1` and so on. */
  readonly hosts: number;
  /** Instances that fit on one host. */
  readonly roomPerHost?: number;
  readonly reportMs?: number;
  readonly serviceDownMs?: number;
  /** From an evacuate call to the message at the destination. */
  readonly scheduleMs?: number;
  /** From that message to the running guest. */
  readonly bootMs?: number;
  /** Of one call to Nova. */
  readonly latencyMs?: number;
}

const LATENCY_MS = 40;
const NETWORKS: readonly Network[] = ['management', 'storage', 'tenant'];

export class SimulatedCloud {
  readonly nova: Nova;
  readonly placement: Placement & Capacity;
  readonly aggregates: SimulatedAggregates;
  readonly actions: InstanceActions;
  /** Server groups and images. */
  readonly catalogue = new SimulatedCatalogue();
  /** The power switches of its hosts. */
  readonly power: SimulatedBmcs;
  /** What operators do in Nova past Medevac. */
  readonly operator: OperatorRequests;
  readonly #ownerParts: OwnerParts;
  readonly #clock: Clock;
  readonly #beganMs: number;
  readonly #machines = new Map<HostName, Machine>();
  readonly #computes = new Map<HostName, NovaCompute>();
  readonly #tables: NovaTables;
  readonly #guests: Guests;
  readonly #listeners = new Set<(event: CloudEvent) => void>();
  readonly #writeListeners = new Set<(write: NovaWrite) => void>();
  #stop: AbortController | undefined;
  #booted = 0;

  constructor(options: SimulatedCloudOptions) {
    const { clock, random } = options;
    this.#clock = clock;
    this.#beganMs = clock.monotonicMs();
    this.#tables = new NovaTables(clock, options.serviceDownMs ?? 60_000);
    this.#guests = new Guests(clock);
    const say = (text: string, host?: HostName): void => this.#say(text, host);
    const timing = { reportMs: options.reportMs ?? 10_000, bootMs: options.bootMs ?? 8_000 };
    for (let number = 1; number <= options.hosts; number++) {
      const name = `compute-${number}` as HostName;
      const machine = new Machine(name);
      this.#machines.set(name, machine);
      const parts = { clock, tables: this.#tables, guests: this.#guests, timing, say };
      const compute = new NovaCompute(machine, { ...parts, random: random.fork(name) });
      this.#computes.set(name, compute);
      this.#addService(name, number, options.roomPerHost ?? 100);
    }
    const nova = new SimulatedNova({
      clock,
      random: random.fork('nova'),
      tables: this.#tables,
      computes: this.#computes,
      scheduleMs: options.scheduleMs ?? 2_000,
      latencyMs: options.latencyMs ?? LATENCY_MS,
      say,
      onWrite: (write) => this.#wrote(write),
    });
    this.nova = nova;
    this.power = new SimulatedBmcs({
      clock,
      machine: (host) => this.#machine(host),
      cutPower: (host) => this.#switchOff(this.#machine(host)),
    });
    this.placement = nova;
    const shared = { clock, tables: this.#tables, computes: this.#computes, say };
    const moves = new ServerMoves({ ...shared, guests: this.#guests });
    const latencyMs = options.latencyMs ?? LATENCY_MS;
    this.aggregates = new SimulatedAggregates({ ...shared, latencyMs });
    this.actions = new SimulatedActions({ ...shared, moves, latencyMs });
    this.operator = new OperatorRequests({ ...shared, moves, nova });
    this.#ownerParts = { ...shared, moves };
  }

  /** From here on the hosts report. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    for (const compute of this.#computes.values()) compute.report(stop.signal);
  }

  stop(): void {
    this.#stop?.abort(new Error('the cloud has stopped'));
    this.#stop = undefined;
  }

  /** Instances that run at once; answers their UUIDs. */
  boot(count: number, host: string, options: BootOptions = {}): readonly InstanceUuid[] {
    const machine = this.#machine(host);
    return Array.from({ length: count }, () => {
      const server = this.#newServer(machine.name, options);
      this.#tables.servers.set(server.uuid, server);
      this.#tables.allocate(server.uuid, machine.name);
      const isLocal = options.hasLocalDisk === true && options.bootsFromVolume !== true;
      if (isLocal) this.#guests.keepLocally(server.uuid);
      this.#guests.start(server.uuid, machine);
      return server.uuid;
    });
  }

  /** The kernel dies, and with it every guest. The power stays on. */
  crash(host: string): void {
    this.#kill(this.#machine(host), 'on', `${host} has crashed`);
  }

  powerOff(host: string): void {
    this.#kill(this.#machine(host), 'off', `${host} has lost its power`);
  }

  /**
   * The emulator of one guest dies on a host that lives. Its nova-compute sees that a little later,
   * and stops the instance as nobody's request.
   */
  crashGuest(instance: InstanceUuid): void {
    const server = this.#tables.servers.get(instance);
    const [host] = this.#guests.runningOn(instance);
    if (server === undefined || host === undefined) return;
    this.#guests.destroy(instance, host);
    this.#say(`the guest of ${server.name} has crashed`, host);
    this.#compute(host).noticeGone(server);
  }

  /** Hears of every request about an instance, by its record in Nova. */
  onAction(listener: (action: InstanceAction) => void): void {
    this.#tables.onAction = listener;
  }

  /** Switches on, or resets a crashed host; its nova-compute reports some 35 s later. */
  powerOn(host: string): void {
    const machine = this.#machine(host);
    if (machine.power === 'on' && machine.kernel !== 'crashed') return;
    machine.forget();
    if (machine.power === 'off') machine.powerSinceMs = this.#clock.monotonicMs();
    machine.power = 'on';
    machine.kernel = 'crashed';
    this.#say(`${host} is switched on`, machine.name);
    void this.#compute(host).boot();
  }

  /** Everything on it stands still, and its memory stays: after `resume` all of it goes on. */
  hang(host: string, how: 'hung' | 'paused' = 'hung'): void {
    const machine = this.#machine(host);
    if (!machine.isAwake) return;
    machine.kernel = how;
    this.#guests.follow(machine);
    this.#say(`${host} is ${how}`, machine.name);
  }

  resume(host: string): void {
    const machine = this.#machine(host);
    if (machine.kernel !== 'hung' && machine.kernel !== 'paused') return;
    machine.kernel = 'running';
    this.#say(`${host} goes on`, machine.name);
    this.#guests.follow(machine);
    this.#compute(host).catchUp();
  }

  /** nova-compute alone is started again; guests go on. */
  restartCompute(host: string): void {
    const machine = this.#machine(host);
    if (!machine.isAwake) return;
    machine.forget();
    this.#say(`nova-compute of ${host} is restarted`, machine.name);
    void this.#compute(host).startUp();
  }

  /** Stops nova-compute alone, until `restartCompute`. */
  stopCompute(host: string): void {
    const machine = this.#machine(host);
    machine.forget();
    this.#say(`nova-compute of ${host} is stopped`, machine.name);
  }

  partition(host: string, network: Network, way: CutWay = 'both'): void {
    const machine = this.#machine(host);
    machine.cut(network, way);
    this.#say(`${host} ${CUT[way]} the ${network} network`, machine.name);
  }

  /** A share of the messages to the host and of what it says goes wrong; nothing: all is well. */
  troubleMessages(host: string, trouble?: Omit<TroubledWayParts, 'clock'>): void {
    const machine = this.#machine(host);
    const parts = trouble && { ...trouble, clock: this.#clock };
    machine.trouble = parts && new TroubledWay(parts);
    const what = trouble === undefined ? 'arrive again' : `are ${trouble.how}`;
    this.#say(`messages of ${host} ${what}`, machine.name);
  }

  /** Without a network: all of them. */
  heal(host: string, network?: Network): void {
    const machine = this.#machine(host);
    for (const one of network === undefined ? NETWORKS : [network]) machine.mend(one);
    this.#say(`${host} reaches ${network ?? 'every'} network again`, machine.name);
    this.#guests.follow(machine);
    this.#compute(host).catchUp();
  }

  /** Nova cannot reach the database of the cell of these hosts; without a name: of all. */
  cellDown(...hosts: readonly string[]): void {
    this.#setCell(hosts, true);
  }

  cellUp(...hosts: readonly string[]): void {
    this.#setCell(hosts, false);
  }

  /** From now on its actions and its reports take this many times as long. */
  slowDown(host: string, times: number, reportMs?: number): void {
    const compute = this.#compute(host);
    compute.slowness = times;
    if (reportMs !== undefined) compute.reportMs = reportMs;
    this.#say(`nova-compute of ${host} takes ${times} times as long`, compute.machine.name);
  }

  setRoom(host: string, room: number): void {
    this.#tables.rooms.set(this.#machine(host).name, room);
    this.#say(`${host} has room for ${room} instances`, host as HostName);
  }

  /** The next claims on the host fail. */
  failClaims(host: string, times: number): void {
    this.#compute(host).failingClaims += times;
  }

  setBmc(host: string, bmc: BmcState): void {
    const machine = this.#machine(host);
    machine.bmc = bmc;
    machine.powerSinceMs = this.#clock.monotonicMs();
    this.#say(`the BMC of ${host} is ${bmc === 'works' ? 'well' : bmc}`, machine.name);
  }

  /** An owner's act through Nova's API, at once. */
  act(instance: InstanceUuid, action: OwnerAction): void {
    const server = this.#tables.servers.get(instance);
    if (server !== undefined) askAsOwner(this.#ownerParts, server, action);
  }

  /** An operator's hand on the service, past Medevac. */
  setForcedDown(host: string, forcedDown: boolean): void {
    this.operator.setForcedDown(this.#machine(host).name, forcedDown);
  }

  /** An operator enables the service again. */
  enable(host: string): void {
    this.operator.enable(this.#machine(host).name);
  }

  /** Migrations of the instance that have not ended. */
  openMigrations(instance: InstanceUuid): readonly OpenMigration[] {
    return this.#tables.openMigrations(instance);
  }

  hosts(): readonly SimulatedHost[] {
    return [...this.#machines.values()].map((machine) => this.#hostOf(machine));
  }

  hostNames(): readonly HostName[] {
    return [...this.#machines.keys()];
  }

  /** Its power is off or its kernel has crashed: it has no guests and no memory. */
  isDead(host: HostName): boolean {
    const { power, kernel } = this.#machine(host);
    return power === 'off' || kernel === 'crashed';
  }

  /** The host of a record of Nova's. */
  hostOfService(uuid: ServiceUuid): HostName | undefined {
    for (const row of this.#tables.services.values()) if (row.uuid === uuid) return row.host;
    return undefined;
  }

  host(name: string): SimulatedHost {
    return this.#hostOf(this.#machine(name));
  }

  #hostOf(machine: Machine): SimulatedHost {
    const row = this.#tables.service(machine.name);
    const { lastReportMs, reportingSinceMs, reportMs } = this.#compute(machine.name);
    return {
      name: machine.name,
      serviceUuid: row.uuid,
      power: machine.power,
      kernel: machine.kernel,
      bmc: machine.bmc,
      powerSinceMs: machine.powerSinceMs,
      isTroubled: machine.trouble !== undefined,
      computeRuns: machine.computeRuns,
      cutOff: NETWORKS.filter((network) => !machine.reaches(network)),
      isReporting: machine.isHeard,
      reportMs,
      lastReportMs,
      reportingSinceMs: machine.isHeard ? reportingSinceMs : undefined,
      service: {
        isEnabled: row.status === 'enabled',
        isForcedDown: row.forcedDown,
        isDeleted: row.isDeleted,
      },
      room: this.#tables.rooms.get(machine.name) ?? 0,
    };
  }

  /** Instances that Nova knows, all or those on one host, with the truth about each. */
  instances(host?: HostName): readonly SimulatedInstance[] {
    const servers = [...this.#tables.servers.values()];
    const asked = host === undefined ? servers : servers.filter((one) => one.host === host);
    return asked.map((server) => this.#instanceOf(server));
  }

  instance(uuid: string): SimulatedInstance | undefined {
    const server = this.#tables.servers.get(uuid as InstanceUuid);
    return server === undefined ? undefined : this.#instanceOf(server);
  }

  #instanceOf(server: Server): SimulatedInstance {
    return {
      server: { ...server },
      runsOn: this.#guests.runningOn(server.uuid),
      counter: this.#guests.counterOf(server.uuid),
      starts: this.#guests.startsOf(server.uuid),
      hasLocalDisk: this.#guests.hasLocalDisk(server.uuid),
    };
  }

  /** Nova's migration records, oldest first. */
  migrations(): readonly Migration[] {
    return this.#tables.migrations.map((one) => ({ ...one }));
  }

  /** Every moment at which an instance ran in two places. */
  get doubleRuns(): readonly DoubleRun[] {
    return this.#guests.doubleRuns;
  }

  /** Hears of everything that happens, until the answered function is called. */
  onEvent(listener: (event: CloudEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears of each change that Nova carries out, directly before it does. */
  onWrite(listener: (write: NovaWrite) => void): () => void {
    this.#writeListeners.add(listener);
    return () => this.#writeListeners.delete(listener);
  }

  #kill(machine: Machine, power: 'on' | 'off', text: string): void {
    if (machine.power !== power) machine.powerSinceMs = this.#clock.monotonicMs();
    machine.power = power;
    machine.kernel = 'crashed';
    machine.forget();
    this.#guests.follow(machine);
    this.#say(text, machine.name);
  }

  #switchOff(machine: Machine): void {
    if (machine.power === 'off') return;
    this.#kill(machine, 'off', `${machine.name} is switched off through its BMC`);
  }

  #setCell(hosts: readonly string[], isDown: boolean): void {
    const names = hosts.length > 0 ? hosts : [...this.#machines.keys()];
    for (const name of names) {
      this.#tables.service(this.#machine(name).name).isCellDown = isDown;
    }
    this.#say(`the cell of ${names.join(', ')} is ${isDown ? 'down' : 'up'}`);
  }

  #addService(host: HostName, number: number, room: number): void {
    const uuid = `00000000-0000-4000-9000-${digits(number)}` as ServiceUuid;
    this.#tables.services.set(host, {
      uuid,
      host,
      status: 'enabled',
      disabledReason: null,
      forcedDown: false,
      reportedMs: this.#tables.nowMs(),
      changedMs: 0,
      isCellDown: false,
      isDeleted: false,
    });
    this.#tables.rooms.set(host, room);
  }

  #newServer(host: HostName, options: BootOptions): Server {
    const number = ++this.#booted;
    const stamp = this.#tables.stamp(this.#tables.nowMs() + number * 1_000);
    return {
      uuid: `00000000-0000-4000-a000-${digits(number)}` as InstanceUuid,
      name: `vm-${number}`,
      host,
      projectId: '0123456789abcdef0123456789abcdef',
      vmState: 'active',
      taskState: null,
      powerState: 1,
      locked: false,
      lockedReason: null,
      tags: [],
      flavor: {
        name: 'small',
        vcpus: 1,
        memoryMib: 512,
        rootDiskGib: 1,
        ephemeralDiskGib: 0,
        swapMib: 0,
        extraSpecs: {},
      },
      volumes: [],
      metadata: options.metadata ?? {},
      imageUuid: options.bootsFromVolume === true ? null : '00000000-0000-4000-c000-000000000001',
      createdAt: stamp,
      updatedAt: stamp,
    };
  }

  #machine(host: string): Machine {
    const machine = this.#machines.get(host as HostName);
    if (machine === undefined) throw new Error(`there is no host ${host}`);
    return machine;
  }

  #compute(host: string): NovaCompute {
    const compute = this.#computes.get(host as HostName);
    if (compute === undefined) throw new Error(`there is no host ${host}`);
    return compute;
  }

  #say(text: string, host?: HostName): void {
    if (this.#listeners.size === 0) return;
    const event = { atMs: this.#clock.monotonicMs() - this.#beganMs, host, text };
    for (const listener of this.#listeners) listener(event);
  }

  #wrote(write: NovaWrite): void {
    for (const listener of this.#writeListeners) listener(write);
  }
}

const CUT: Readonly<Record<CutWay, string>> = {
  both: 'is cut off from',
  in: 'hears nothing on',
  out: 'is not heard on',
};

const digits = (number: number): string => String(number).padStart(12, '0');
