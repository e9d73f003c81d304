/**
 * Outlets that hosts draw their power from, as switches of their own: a host runs on until all of
 * its outlets of one kind are off. An outlet reads Off once it was switched off, or when its host
 * has no power; with the power of the host all of them are on again.
 */
import { FENCING_ERRORS, type PowerReading, type PowerSwitch } from '@medevac/fencing';
import { type Clock, type HostName, OperationalError } from '@medevac/kernel';
import type { SimulatedCloud } from './simulated-cloud.ts';

/** `stuck`: takes the command, and nothing happens. */
export type FeedState = 'works' | 'stuck' | 'unreachable';

const READ_MS = 300;
const OFF_MS = 1_000;
const UNREACHABLE_MS = 3_000;

export class SimulatedFeeds {
  /** One switch per outlet, for all hosts. */
  readonly switches: readonly PowerSwitch[];
  readonly #clock: Clock;
  readonly #cloud: SimulatedCloud;
  readonly #names: readonly string[];
  readonly #states = new Map<string, FeedState>();
  /** When each outlet was switched off. */
  readonly #offAtMs = new Map<string, number>();

  constructor(clock: Clock, cloud: SimulatedCloud, names: readonly string[]) {
    this.#clock = clock;
    this.#cloud = cloud;
    this.#names = names;
    this.switches = names.map((name) => ({
      name,
      read: (host: HostName, signal: AbortSignal) => this.#read(name, host, signal),
      switchOff: (host: HostName, signal: AbortSignal) => this.#switchOff(name, host, signal),
    }));
  }

  set(name: string, host: string, state: FeedState): void {
    this.#states.set(`${name} ${host}`, state);
  }

  /** What a reading says that reaches the outlet. */
  isOff(name: string, host: HostName): boolean {
    const { power, powerSinceMs } = this.#cloud.host(host);
    const offAtMs = this.#offAtMs.get(`${name} ${host}`) ?? Number.NEGATIVE_INFINITY;
    return power === 'off' || offAtMs >= powerSinceMs;
  }

  async #read(name: string, host: HostName, signal: AbortSignal): Promise<PowerReading> {
    await this.#reach(name, host, signal);
    return { kind: this.isOff(name, host) ? 'off' : 'on' };
  }

  async #switchOff(name: string, host: HostName, signal: AbortSignal): Promise<void> {
    if ((await this.#reach(name, host, signal)) === 'stuck') return;
    void this.#clock.sleep(OFF_MS).then(() => {
      this.#offAtMs.set(`${name} ${host}`, this.#clock.monotonicMs());
      const isDark = this.#names.every((one) => this.isOff(one, host));
      if (isDark && this.#cloud.host(host).power === 'on') this.#cloud.powerOff(host);
    });
  }

  async #reach(name: string, host: HostName, signal: AbortSignal): Promise<FeedState> {
    const state = this.#states.get(`${name} ${host}`) ?? 'works';
    await this.#clock.sleep(state === 'unreachable' ? UNREACHABLE_MS : READ_MS, signal);
    if (state !== 'unreachable') return state;
    throw new OperationalError(FENCING_ERRORS.unreachable, `${name} of ${host} does not answer`);
  }
}
