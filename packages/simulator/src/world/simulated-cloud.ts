/**
 * A cloud in one process, on the clock and the chance that it is given: on virtual time for seeded
 * runs, on real time for the demo. What happens to its hosts is asked for here; `nova` and
 * `placement` are what the product sees of it, `instances()` is the truth.
 */
import type { Clock, HostName, InstanceUuid, Random, ServiceUuid } from '@medevac/kernel';
import type { Migration, Nova, Placement, Server } from '@medevac/openstack';
import { type DoubleRun, Guests } from './guests.ts';
import { type KernelState, Machine, type Network } from './machine.ts';
import { NovaCompute } from './nova-compute.ts';
import { NovaTables } from './nova-tables.ts';
import { type NovaWrite, SimulatedNova } from './simulated-nova.ts';

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

export interface BootOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly bootsFromVolume?: boolean;
}

/** One line about the cloud: what happened to it, or what Nova did. */
export interface CloudEvent {
  /** Milliseconds since the cloud was made, by its clock. */
  readonly atMs: number;
  readonly host: HostName | undefined;
  readonly text: string;
}

export interface SimulatedHost {
  readonly name: HostName;
  readonly serviceUuid: ServiceUuid;
  readonly power: 'on' | 'off';
  readonly kernel: KernelState;
  readonly bmc: 'reachable' | 'unreachable';
  readonly computeRuns: boolean;
  /** Networks that it does not reach. */
  readonly cutOff: readonly Network[];
  /** Its nova-compute runs and reaches the message bus: it reports to Nova. */
  readonly isReporting: boolean;
  /** Between two reports of its nova-compute. */
  readonly reportMs: number;
  /** Since when, by the cloud's clock, it has reported without a gap; `undefined`: it does not. */
  readonly reportingSinceMs: number | undefined;
  /** When, by the cloud's clock, it reported last. */
  readonly lastReportMs: number;
  readonly service: { readonly isEnabled: boolean; readonly isForcedDown: boolean };
  readonly room: number;
}

export interface SimulatedInstance {
  /** As Nova believes. */
  readonly server: Server;
  /** Where its guests really execute at this moment. */
  readonly runsOn: readonly HostName[];
  /** Seconds that its guests have written to its disk. */
  readonly counter: number;
  /** Times that a guest of it was started. */
  readonly starts: number;
}

const NETWORKS: readonly Network[] = ['management', 'storage', 'tenant'];

export class SimulatedCloud {
  readonly nova: Nova;
  readonly placement: Placement;
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
      latencyMs: options.latencyMs ?? 40,
      say,
      onWrite: (write) => this.#wrote(write),
    });
    this.nova = nova;
    this.placement = nova;
  }

  /** From here on the hosts report. */
  start(): void {
    if (this.#stop !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    for (const compute of this.#computes.values()) {
      compute.report(stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
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

  /** Switches on, or resets a crashed host; its nova-compute reports some 35 s later. */
  powerOn(host: string): void {
    const machine = this.#machine(host);
    if (machine.power === 'on' && machine.kernel !== 'crashed') return;
    machine.forget();
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

  partition(host: string, network: Network): void {
    const machine = this.#machine(host);
    machine.cut(network);
    this.#say(`${host} is cut off from the ${network} network`, machine.name);
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

  /** The state of the host's power management; kept for fence devices. */
  setBmc(host: string, bmc: 'reachable' | 'unreachable'): void {
    this.#machine(host).bmc = bmc;
  }

  /** An owner's or operator's act through Nova's API, at once. */
  act(instance: InstanceUuid, action: 'delete' | 'stop' | 'reboot'): void {
    const server = this.#tables.servers.get(instance);
    if (server === undefined || server.taskState !== null) return;
    const row = this.#tables.service(server.host);
    this.#say(`the owner asks to ${action} ${server.name}`, row.host);
    // Nova deletes by itself when the host is down; everything else is a message to the host.
    if (action === 'delete' && !this.#tables.isUp(row)) {
      this.#tables.forgetServer(instance);
      return;
    }
    if (server.vmState !== 'active') return;
    const compute = this.#compute(row.host);
    this.#tables.touch(server, { taskState: TASK_OF[action] });
    compute.machine.send(() => compute[action === 'delete' ? 'destroy' : action](server));
  }

  /** An operator's hand on the service, past Medevac. */
  setForcedDown(host: string, forcedDown: boolean): void {
    const row = this.#tables.service(this.#machine(host).name);
    if (row.forcedDown === forcedDown) return;
    row.forcedDown = forcedDown;
    row.changedMs = this.#tables.nowMs();
    this.#say(`an operator sets forced_down of ${host} to ${forcedDown}`, row.host);
  }

  /** An operator enables the service again. */
  enable(host: string): void {
    const row = this.#tables.service(this.#machine(host).name);
    if (row.status === 'enabled') return;
    row.status = 'enabled';
    row.disabledReason = null;
    row.changedMs = this.#tables.nowMs();
    this.#say(`an operator enables ${host}`, row.host);
  }

  hosts(): readonly SimulatedHost[] {
    return [...this.#machines.values()].map((machine) => this.#hostOf(machine));
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
      computeRuns: machine.computeRuns,
      cutOff: NETWORKS.filter((network) => !machine.reaches(network)),
      isReporting: machine.isInTouch,
      reportMs,
      lastReportMs,
      reportingSinceMs: machine.isInTouch ? reportingSinceMs : undefined,
      service: { isEnabled: row.status === 'enabled', isForcedDown: row.forcedDown },
      room: this.#tables.rooms.get(machine.name) ?? 0,
    };
  }

  /** Instances that Nova knows, with the truth about each. */
  instances(): readonly SimulatedInstance[] {
    return [...this.#tables.servers.values()].map((server) => this.#instanceOf(server));
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
    machine.power = power;
    machine.kernel = 'crashed';
    machine.forget();
    this.#guests.follow(machine);
    this.#say(text, machine.name);
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

const TASK_OF = { delete: 'deleting', stop: 'powering-off', reboot: 'rebooting' } as const;

const digits = (number: number): string => String(number).padStart(12, '0');
