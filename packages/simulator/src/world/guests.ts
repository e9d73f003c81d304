/**
 * The ground truth: which guest really runs where, whatever Nova believes. Each running guest
 * writes a counter to its disk once a second. Two guests of one instance that run at the same
 * moment, and two that write one disk, are remembered for ever.
 */
import type { Clock, HostName, InstanceUuid } from '@medevac/kernel';
import type { Machine } from './machine.ts';

interface Domain {
  readonly machine: Machine;
  /** Since when it executes; `undefined` while its machine is frozen. */
  awakeSinceMs: number | undefined;
}

export interface DoubleRun {
  readonly atMs: number;
  readonly instance: InstanceUuid;
  readonly hosts: readonly HostName[];
  /** Whether both could reach the disk. */
  readonly writesTwice: boolean;
}

export class Guests {
  readonly #clock: Clock;
  readonly #domains = new Map<InstanceUuid, Map<HostName, Domain>>();
  /** Instances with a domain on each host. */
  readonly #onHost = new Map<HostName, Set<InstanceUuid>>();
  readonly #written = new Map<InstanceUuid, number>();
  readonly #starts = new Map<InstanceUuid, number>();
  /** Instances whose disk is on their host. */
  readonly #local = new Set<InstanceUuid>();
  readonly doubleRuns: DoubleRun[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(instance: InstanceUuid, machine: Machine): void {
    const domains = this.#domains.get(instance) ?? new Map<HostName, Domain>();
    this.#domains.set(instance, domains);
    domains.set(machine.name, { machine, awakeSinceMs: this.#nowMs() });
    const onHost = this.#onHost.get(machine.name) ?? new Set<InstanceUuid>();
    this.#onHost.set(machine.name, onHost.add(instance));
    this.#starts.set(instance, (this.#starts.get(instance) ?? 0) + 1);
    this.#check(instance);
  }

  /** From now on its disk is on whichever host it is built on. */
  keepLocally(instance: InstanceUuid): void {
    this.#local.add(instance);
  }

  hasLocalDisk(instance: InstanceUuid): boolean {
    return this.#local.has(instance);
  }

  /** It is built anew from its image: what was on a local disk is gone. */
  rebuild(instance: InstanceUuid, machine: Machine): void {
    if (this.#local.has(instance)) this.#written.delete(instance);
    this.start(instance, machine);
  }

  destroy(instance: InstanceUuid, host: HostName): void {
    const domain = this.#domains.get(instance)?.get(host);
    if (domain === undefined) return;
    this.#count(instance, domain);
    this.#domains.get(instance)?.delete(host);
    this.#onHost.get(host)?.delete(instance);
  }

  /** The machine has changed: its guests died with its memory, froze, or execute again. */
  follow(machine: Machine): void {
    const onHost = this.#onHost.get(machine.name) ?? new Set<InstanceUuid>();
    for (const instance of onHost) {
      const domains = this.#domains.get(instance);
      const domain = domains?.get(machine.name);
      if (domain === undefined) continue;
      if (machine.power === 'off' || machine.kernel === 'crashed') {
        this.#count(instance, domain);
        domains?.delete(machine.name);
        onHost.delete(instance);
      } else if (!machine.isAwake) {
        this.#count(instance, domain);
        domain.awakeSinceMs = undefined;
      } else {
        domain.awakeSinceMs ??= this.#nowMs();
        this.#check(instance);
      }
    }
  }

  /** Instances with a domain on the machine, running or frozen. */
  on(host: HostName): readonly InstanceUuid[] {
    return [...(this.#onHost.get(host) ?? [])];
  }

  /** Where guests of the instance execute at this moment. */
  runningOn(instance: InstanceUuid): readonly HostName[] {
    return this.#awake(instance).map((domain) => domain.machine.name);
  }

  /** Times that a guest of the instance was started. */
  startsOf(instance: InstanceUuid): number {
    return this.#starts.get(instance) ?? 0;
  }

  /** The counter on its disk. */
  counterOf(instance: InstanceUuid): number {
    const running = this.#awake(instance).reduce((sum, one) => sum + this.#secondsOf(one), 0);
    return (this.#written.get(instance) ?? 0) + running;
  }

  #awake(instance: InstanceUuid): readonly Domain[] {
    const domains = [...(this.#domains.get(instance)?.values() ?? [])];
    return domains.filter((domain) => domain.machine.isAwake);
  }

  #check(instance: InstanceUuid): void {
    const awake = this.#awake(instance);
    if (awake.length < 2) return;
    this.doubleRuns.push({
      atMs: this.#nowMs(),
      instance,
      hosts: awake.map((domain) => domain.machine.name),
      writesTwice: awake.filter((domain) => domain.machine.reaches('storage')).length > 1,
    });
  }

  #count(instance: InstanceUuid, domain: Domain): void {
    const written = this.#written.get(instance) ?? 0;
    this.#written.set(instance, written + this.#secondsOf(domain));
  }

  #secondsOf(domain: Domain): number {
    if (domain.awakeSinceMs === undefined) return 0;
    return Math.floor((this.#nowMs() - domain.awakeSinceMs) / 1000);
  }

  #nowMs(): number {
    return this.#clock.monotonicMs();
  }
}
