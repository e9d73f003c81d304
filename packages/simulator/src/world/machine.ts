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
import type { BmcState } from './bmc.ts';
import type { TroubledWay } from './message-trouble.ts';

export const Network = { management: 'management', storage: 'storage', tenant: 'tenant' } as const;
export type Network = (typeof Network)[keyof typeof Network];
export const NETWORKS: readonly Network[] = Object.values(Network);

/** Which way is cut: `in`, it hears nothing; `out`, it is not heard. */
export type CutWay = 'both' | 'in' | 'out';

export type KernelState = 'running' | 'hung' | 'paused' | 'crashed';

type Act = () => void;

export class Machine {
  readonly name: HostName;
  power: 'on' | 'off' = 'on';
  kernel: KernelState = 'running';
  bmc: BmcState = 'works';
  /** Since when a BMC that tells the truth has answered what it answers now. */
  powerSinceMs = 0;
  /** Trouble on the way of its messages; `undefined`: there is none. */
  trouble: TroubledWay | undefined;
  /** Whether nova-compute has finished its start. */
  computeRuns = true;
  /** Counts the starts of nova-compute: what an earlier one had begun is lost. */
  computeLife = 1;
  readonly #deafTo = new Set<Network>();
  readonly #muteOn = new Set<Network>();
  #frozen: Act[] = [];
  #starting: Act[] = [];
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

  /** Its nova-compute runs, and messages reach it. */
  get isHearing(): boolean {
    return this.isAwake && this.computeRuns && !this.#deafTo.has('management');
  }

  /** Its nova-compute runs, and what it says arrives: its reports to Nova, too. */
  get isHeard(): boolean {
    return this.isAwake && this.computeRuns && !this.#muteOn.has('management');
  }

  /** Both ways. */
  reaches(network: Network): boolean {
    return !this.#deafTo.has(network) && !this.#muteOn.has(network);
  }

  cut(network: Network, way: CutWay = 'both'): void {
    if (way !== 'out') this.#deafTo.add(network);
    if (way !== 'in') this.#muteOn.add(network);
  }

  mend(network: Network): void {
    this.#deafTo.delete(network);
    this.#muteOn.delete(network);
  }

  /** Memory is lost: nothing that was begun here goes on. */
  forget(): void {
    this.computeRuns = false;
    this.computeLife += 1;
    this.#frozen = [];
    this.#starting = [];
    this.#outbox = [];
  }

  /** Acts when the processors execute: now, after a thaw, or never when memory is lost first. */
  whenAwake(act: Act): void {
    if (this.isAwake) act();
    else if (this.power === 'on' && this.kernel !== 'crashed') this.#frozen.push(act);
  }

  /** A message to its nova-compute: read now, or whenever it hears again. */
  send(act: Act): void {
    if (this.trouble === undefined) this.#receive(act);
    else this.trouble.send(act, (delivered) => this.#receive(delivered));
  }

  /** Its nova-compute tells the cloud something: now, or when it is heard again. */
  tell(act: Act): void {
    if (this.trouble === undefined) this.#utter(act);
    else {
      const life = this.computeLife;
      this.trouble.tell(act, (told) => {
        if (this.computeLife === life) this.#utter(told);
      });
    }
  }

  /** Acts when the processors execute and the management network is there both ways. */
  whenReached(act: Act): void {
    this.whenAwake(() => {
      if (this.reaches('management')) act();
      else this.#starting.push(act);
    });
  }

  /** Everything that waited and can happen now, in the order in which it came. */
  catchUp(): void {
    while (this.isAwake && this.#frozen.length > 0) this.#frozen.shift()?.();
    while (this.isAwake && this.reaches('management') && this.#starting.length > 0) {
      this.#starting.shift()?.();
    }
    while (this.isHeard && this.#outbox.length > 0) this.#outbox.shift()?.();
    while (this.isHearing && this.#inbox.length > 0) this.#inbox.shift()?.();
  }

  #receive(act: Act): void {
    if (this.isHearing) act();
    else this.#inbox.push(act);
  }

  #utter(act: Act): void {
    if (this.isHeard) act();
    else this.#outbox.push(act);
  }
}
