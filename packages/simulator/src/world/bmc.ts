/**
 * The power management of one host, as a switch answers that is asked over the network.
 *
 * | state | a read | switching off |
 * | --- | --- | --- |
 * | works | the truth, at once | after 2 s |
 * | slow | the truth, after 8 s | after 15 s |
 * | stuck | the truth, at once | is accepted, and nothing happens |
 * | lying | Off, whatever is true | is accepted, and nothing happens |
 * | unreachable | no answer | no answer |
 */
import { FENCING_ERRORS, type PowerReading, type PowerSwitch } from '@medevac/fencing';
import { type Clock, type HostName, OperationalError } from '@medevac/kernel';
import type { Machine } from './machine.ts';

export const BmcState = {
  works: 'works',
  slow: 'slow',
  stuck: 'stuck',
  lying: 'lying',
  unreachable: 'unreachable',
} as const;
export type BmcState = (typeof BmcState)[keyof typeof BmcState];

export interface BmcParts {
  readonly clock: Clock;
  readonly machine: (host: HostName) => Machine;
  /** Takes the power away from the host. */
  readonly cutPower: (host: HostName) => void;
}

const READ_MS = 200;
const OFF_MS = 2_000;
const SLOW_READ_MS = 8_000;
const SLOW_OFF_MS = 15_000;
const UNREACHABLE_MS = 4_000;

/** The BMCs of all hosts as one switch. */
export class SimulatedBmcs implements PowerSwitch {
  readonly name = 'bmc';
  readonly #parts: BmcParts;

  constructor(parts: BmcParts) {
    this.#parts = parts;
  }

  async read(host: HostName, signal: AbortSignal): Promise<PowerReading> {
    const machine = await this.#reach(host, signal);
    const { power, bmc } = machine;
    return { kind: bmc === BmcState.lying ? 'off' : power };
  }

  async switchOff(host: HostName, signal: AbortSignal): Promise<void> {
    const { bmc } = await this.#reach(host, signal);
    if (bmc === BmcState.stuck || bmc === BmcState.lying) return;
    const offMs = bmc === BmcState.slow ? SLOW_OFF_MS : OFF_MS;
    void this.#parts.clock.sleep(offMs).then(() => this.#parts.cutPower(host));
  }

  async #reach(host: HostName, signal: AbortSignal): Promise<Machine> {
    const { clock, machine } = this.#parts;
    const found = machine(host);
    if (found.bmc === BmcState.unreachable) {
      await clock.sleep(UNREACHABLE_MS, signal);
      throw new OperationalError(FENCING_ERRORS.unreachable, `the BMC of ${host} does not answer`);
    }
    await clock.sleep(found.bmc === BmcState.slow ? SLOW_READ_MS : READ_MS, signal);
    return found;
  }
}
