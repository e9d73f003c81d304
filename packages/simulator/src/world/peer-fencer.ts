/**
 * Another fencer beside the product, as Pacemaker is one: its history, and when it has lost a host,
 * by its own clock. What an entry claims is the scenario's or the fault's to make true.
 */
import type { FencingHistoryEntry, HostHistory } from '@medevac/core';
import type { FencingHistory } from '@medevac/fencing';
import type { Clock, HostName } from '@medevac/kernel';
import type { SimulatedCloud } from './simulated-cloud.ts';

export type FencingClaim = Pick<FencingHistoryEntry, 'action' | 'status' | 'delegate'> & {
  readonly target: string;
  /** How long ago it is said to have been completed. */
  readonly agoMs: number;
};

/** Its clock is nobody else's. */
const AHEAD_MS = 10_000_000;
const READ_MS = 25;

export class PeerFencer implements FencingHistory {
  readonly name = 'pacemaker';
  readonly #clock: Clock;
  readonly #cloud: SimulatedCloud;
  readonly #entries: FencingHistoryEntry[] = [];

  constructor(clock: Clock, cloud: SimulatedCloud) {
    this.#clock = clock;
    this.#cloud = cloud;
  }

  /** Answers the id under which it stands in the history. */
  claim({ action, agoMs, delegate, status, target }: FencingClaim): string {
    const id = `fence-${this.#entries.length + 1}`;
    const isDone = status !== 'pending';
    this.#entries.push({
      ...{ id, action, status, target },
      delegate: isDone ? delegate : null,
      client: delegate === 'a human' ? 'admin.900' : 'pacemaker-controld.47',
      completedAtMs: isDone ? this.#nowMs() - agoMs : null,
    });
    return id;
  }

  async read(host: HostName, signal: AbortSignal): Promise<HostHistory> {
    await this.#clock.sleep(READ_MS, signal);
    const entries = this.#entries.filter((one) => one.target === host);
    return { entries, lostAtMs: this.#lostAtMs(host), nodeFencedAtMs: null };
  }

  /** It hears the host for as long as its kernel runs and its network carries. */
  #lostAtMs(host: HostName): number | null {
    const { cutOff, kernel, lastReportMs, power } = this.#cloud.host(host);
    const isHeard = power === 'on' && kernel === 'running' && !cutOff.includes('management');
    return isHeard ? null : lastReportMs + AHEAD_MS;
  }

  #nowMs(): number {
    return this.#clock.monotonicMs() + AHEAD_MS;
  }
}
