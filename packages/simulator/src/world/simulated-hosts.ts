/**
 * The hosts of a simulated cloud: what happens to their machines, networks, nova-computes and
 * cells, and how they are. What happens is said to whoever listens.
 */
import type { Clock, HostName, Random, ServiceUuid } from '@medevac/kernel';
import type { BmcState } from './bmc.ts';
import { Guests } from './guests.ts';
import { type CutWay, Machine, NETWORKS, type Network } from './machine.ts';
import { TroubledWay, type TroubledWayParts } from './message-trouble.ts';
import { newServiceRow } from './new-rows.ts';
import { NovaCompute } from './nova-compute.ts';
import { NovaTables } from './nova-tables.ts';
import { showHost } from './show-host.ts';
import type { CloudEvent, SimulatedHost } from './simulated-host.ts';

export interface SimulatedHostsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Hosts are named `compute-1` and so on. */
  readonly hosts: number;
  /** Instances that fit on one host. */
  readonly roomPerHost?: number;
  readonly reportMs?: number;
  readonly serviceDownMs?: number;
  /** From the message of an evacuation at its destination to the running guest. */
  readonly bootMs?: number;
}

export class SimulatedHosts {
  protected readonly clock: Clock;
  protected readonly machines = new Map<HostName, Machine>();
  protected readonly computes = new Map<HostName, NovaCompute>();
  protected readonly tables: NovaTables;
  protected readonly guests: Guests;
  readonly #beganMs: number;
  readonly #listeners = new Set<(event: CloudEvent) => void>();

  constructor(options: SimulatedHostsOptions) {
    const { clock, random } = options;
    this.clock = clock;
    this.#beganMs = clock.monotonicMs();
    this.tables = new NovaTables(clock, options.serviceDownMs ?? 60_000);
    this.tables.isActing = (host) => this.machine(host).computeRuns;
    this.guests = new Guests(clock);
    const say = (text: string, host?: HostName): void => this.say(text, host);
    const timing = { reportMs: options.reportMs ?? 10_000, bootMs: options.bootMs ?? 8_000 };
    for (let number = 1; number <= options.hosts; number++) {
      const name = `compute-${number}` as HostName;
      const machine = new Machine(name);
      this.machines.set(name, machine);
      const parts = { clock, tables: this.tables, guests: this.guests, timing, say };
      const compute = new NovaCompute(machine, { ...parts, random: random.fork(name) });
      this.computes.set(name, compute);
      this.tables.services.set(name, newServiceRow(name, number, this.tables.nowMs()));
      this.tables.rooms.set(name, options.roomPerHost ?? 100);
    }
  }

  /** The kernel dies, and with it every guest. The power stays on. */
  crash(host: string): void {
    this.#kill(this.machine(host), 'on', `${host} has crashed`);
  }

  powerOff(host: string): void {
    this.#kill(this.machine(host), 'off', `${host} has lost its power`);
  }

  /** Switches on, or resets a crashed host; its nova-compute reports some 35 s later. */
  powerOn(host: string): void {
    const machine = this.machine(host);
    if (machine.power === 'on' && machine.kernel !== 'crashed') return;
    machine.forget();
    if (machine.power === 'off') machine.powerSinceMs = this.clock.monotonicMs();
    machine.power = 'on';
    machine.kernel = 'crashed';
    this.say(`${host} is switched on`, machine.name);
    void this.compute(host).boot();
  }

  /** Everything on it stands still, and its memory stays: after `resume` all of it goes on. */
  hang(host: string, how: 'hung' | 'paused' = 'hung'): void {
    const machine = this.machine(host);
    if (!machine.isAwake) return;
    machine.kernel = how;
    this.guests.follow(machine);
    this.say(`${host} is ${how}`, machine.name);
  }

  resume(host: string): void {
    const machine = this.machine(host);
    if (machine.kernel !== 'hung' && machine.kernel !== 'paused') return;
    machine.kernel = 'running';
    this.say(`${host} goes on`, machine.name);
    this.guests.follow(machine);
    this.compute(host).catchUp();
  }

  /** nova-compute alone is started again; guests go on. */
  restartCompute(host: string): void {
    const machine = this.machine(host);
    if (!machine.isAwake) return;
    machine.forget();
    this.say(`nova-compute of ${host} is restarted`, machine.name);
    void this.compute(host).startUp();
  }

  /** Stops nova-compute alone, until `restartCompute`. */
  stopCompute(host: string): void {
    const machine = this.machine(host);
    machine.forget();
    this.say(`nova-compute of ${host} is stopped`, machine.name);
  }

  partition(host: string, network: Network, way: CutWay = 'both'): void {
    const machine = this.machine(host);
    machine.cut(network, way);
    this.say(`${host} ${CUT[way]} the ${network} network`, machine.name);
  }

  /** A share of the messages to the host and of what it says goes wrong; nothing: all is well. */
  troubleMessages(host: string, trouble?: Omit<TroubledWayParts, 'clock'>): void {
    const machine = this.machine(host);
    const parts = trouble && { ...trouble, clock: this.clock };
    machine.trouble = parts && new TroubledWay(parts);
    const what = trouble === undefined ? 'arrive again' : `are ${trouble.how}`;
    this.say(`messages of ${host} ${what}`, machine.name);
  }

  /** Without a network: all of them. */
  heal(host: string, network?: Network): void {
    const machine = this.machine(host);
    for (const one of network === undefined ? NETWORKS : [network]) machine.mend(one);
    this.say(`${host} reaches ${network ?? 'every'} network again`, machine.name);
    this.guests.follow(machine);
    this.compute(host).catchUp();
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
    const compute = this.compute(host);
    compute.slowness = times;
    if (reportMs !== undefined) compute.reportMs = reportMs;
    this.say(`nova-compute of ${host} takes ${times} times as long`, compute.machine.name);
  }

  setRoom(host: string, room: number): void {
    this.tables.rooms.set(this.machine(host).name, room);
    this.say(`${host} has room for ${room} instances`, host as HostName);
  }

  /** The next claims on the host fail. */
  failClaims(host: string, times: number): void {
    this.compute(host).failingClaims += times;
  }

  setBmc(host: string, bmc: BmcState): void {
    const machine = this.machine(host);
    machine.bmc = bmc;
    machine.powerSinceMs = this.clock.monotonicMs();
    this.say(`the BMC of ${host} is ${bmc === 'works' ? 'well' : bmc}`, machine.name);
  }

  hosts(): readonly SimulatedHost[] {
    return [...this.machines.values()].map(({ name }) => this.host(name));
  }

  hostNames(): readonly HostName[] {
    return [...this.machines.keys()];
  }

  /** Its power is off or its kernel has crashed: it has no guests and no memory. */
  isDead(host: HostName): boolean {
    const { power, kernel } = this.machine(host);
    return power === 'off' || kernel === 'crashed';
  }

  /** The host of a record of Nova's. */
  hostOfService(uuid: ServiceUuid): HostName | undefined {
    for (const row of this.tables.services.values()) if (row.uuid === uuid) return row.host;
    return undefined;
  }

  host(name: string): SimulatedHost {
    return showHost(this.machine(name), this.compute(name), this.tables);
  }

  /** Hears of everything that happens, until the answered function is called. */
  onEvent(listener: (event: CloudEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #kill(machine: Machine, power: 'on' | 'off', text: string): void {
    if (machine.power !== power) machine.powerSinceMs = this.clock.monotonicMs();
    machine.power = power;
    machine.kernel = 'crashed';
    machine.forget();
    this.tables.loseBegun(machine.name);
    this.guests.follow(machine);
    this.say(text, machine.name);
  }

  protected switchOff(machine: Machine): void {
    if (machine.power === 'off') return;
    this.#kill(machine, 'off', `${machine.name} is switched off through its BMC`);
  }

  #setCell(hosts: readonly string[], isDown: boolean): void {
    const names = hosts.length > 0 ? hosts : [...this.machines.keys()];
    for (const name of names) {
      this.tables.service(this.machine(name).name).isCellDown = isDown;
    }
    this.say(`the cell of ${names.join(', ')} is ${isDown ? 'down' : 'up'}`);
  }

  protected machine(host: string): Machine {
    const machine = this.machines.get(host as HostName);
    if (machine === undefined) throw new Error(`there is no host ${host}`);
    return machine;
  }

  protected compute(host: string): NovaCompute {
    const compute = this.computes.get(host as HostName);
    if (compute === undefined) throw new Error(`there is no host ${host}`);
    return compute;
  }

  protected say(text: string, host?: HostName): void {
    if (this.#listeners.size === 0) return;
    const event = { atMs: this.clock.monotonicMs() - this.#beganMs, host, text };
    for (const listener of this.#listeners) listener(event);
  }
}

const CUT: Readonly<Record<CutWay, string>> = {
  both: 'is cut off from',
  in: 'hears nothing on',
  out: 'is not heard on',
};
