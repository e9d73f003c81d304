/**
 * One hypervisor as a machine: power, kernel, networks, and what waits until it can act again. It
 * knows nothing of Nova.
 *
 * | kernel | what runs | leaves to |
 * | --- | --- | --- |
 * | running | everything | crashed, hung, paused |
 * | hung, paused | nothing; memory stays, and with it every guest | running, crashed |
 * | crashed | nothing; memory is lost | running, when the power is switched on |
 */
import type { HostName } from '@medevac/kernel';

export const Network = { management: 'management', storage: 'storage', tenant: 'tenant' } as const;
export type Network = (typeof Network)[keyof typeof Network];

export type KernelState = 'running' | 'hung' | 'paused' | 'crashed';

type Act = () => void;

export class Machine {
  readonly name: HostName;
  power: 'on' | 'off' = 'on';
  kernel: KernelState = 'running';
  /** State of the power switch's own management; no fence device uses it yet. */
  bmc: 'reachable' | 'unreachable' = 'reachable';
  /** Whether nova-compute has finished its start. */
  computeRuns = true;
  /** Counts the starts of nova-compute: what an earlier one had begun is lost. */
  computeLife = 1;
  readonly #cut = new Set<Network>();
  #frozen: Act[] = [];
  /** Messages on the bus for this host's nova-compute. They survive its death. */
  #inbox: Act[] = [];
  /** What its nova-compute has to tell and cannot now. */
  #outbox: Act[] = [];

  constructor(name: HostName) {
    this.name = name;
  }

  /** Its processors execute. */
  get isAwake(): boolean {
    return this.power === 'on' && this.kernel === 'running';
  }

  /** Its nova-compute runs and reaches the message bus. */
  get isInTouch(): boolean {
    return this.isAwake && this.computeRuns && this.reaches('management');
  }

  reaches(network: Network): boolean {
    return !this.#cut.has(network);
  }

  cut(network: Network): void {
    this.#cut.add(network);
  }

  mend(network: Network): void {
    this.#cut.delete(network);
  }

  /** Memory is lost: nothing that was begun here goes on. */
  forget(): void {
    this.computeRuns = false;
    this.computeLife += 1;
    this.#frozen = [];
    this.#outbox = [];
  }

  /** Acts when the processors execute: now, after a thaw, or never when memory is lost first. */
  whenAwake(act: Act): void {
    if (this.isAwake) act();
    else if (this.power === 'on' && this.kernel !== 'crashed') this.#frozen.push(act);
  }

  /** A message to its nova-compute: read now, or whenever it is in touch again. */
  send(act: Act): void {
    if (this.isInTouch) act();
    else this.#inbox.push(act);
  }

  /** Its nova-compute tells the cloud something: now, or when the network is back. */
  tell(act: Act): void {
    if (this.isInTouch) act();
    else this.#outbox.push(act);
  }

  /** Everything that waited and can happen now, in the order in which it came. */
  catchUp(): void {
    while (this.isAwake && this.#frozen.length > 0) this.#frozen.shift()?.();
    while (this.isInTouch && this.#outbox.length > 0) this.#outbox.shift()?.();
    while (this.isInTouch && this.#inbox.length > 0) this.#inbox.shift()?.();
  }
}
