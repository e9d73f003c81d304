/**
 * One run's lease while this replica holds it. It beats by itself; every journal write beats too.
 * The holder stops acting when 60 % of the lease has passed since it *sent* its last successful
 * beat, because a challenger may take over after the whole of it.
 */
import { type Clock, InvariantError, type Log } from '@medevac/kernel';
import { RunInterrupted } from './errors.ts';
import type { LeaseStore, Tenure } from './lease-store.ts';

/** Share of the lease after which a holder without a successful beat stops acting. */
const ACTING_SHARE = 0.6;
/** Beats are sent this many times per lease. */
const BEATS_PER_LEASE = 5;
/** The holder looks at its right this many times per lease, however long a beat is under way. */
const LOOKS_PER_LEASE = 20;

export interface TenancyPorts {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
}

export class Tenancy {
  readonly tenure: Tenure;
  readonly #ports: TenancyPorts;
  readonly #interrupt = new AbortController();
  readonly #stopBeating: () => void;
  readonly #stopLooking: () => void;
  #lastBeatSentMs: number;

  /** `takenAtMs`: monotonic time at which the successful take was sent. */
  constructor(tenure: Tenure, takenAtMs: number, ports: TenancyPorts) {
    this.tenure = tenure;
    this.#ports = ports;
    this.#lastBeatSentMs = takenAtMs;
    this.#stopBeating = ports.clock.every(ports.leaseMs / BEATS_PER_LEASE, () => this.#beat());
    this.#stopLooking = ports.clock.every(ports.leaseMs / LOOKS_PER_LEASE, () => this.#look());
  }

  /** Aborted with a `RunInterrupted` once the run must stop. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  interrupt(reason: RunInterrupted): void {
    if (!this.#interrupt.signal.aborted) this.#interrupt.abort(reason);
  }

  /**
   * A write under the tenure. Interrupts and throws when it is stale, when the store fails, or when
   * the answer came so late that a challenger may hold the lease by now.
   */
  async write<Outcome extends string>(
    write: (tenure: Tenure) => Promise<Outcome>,
  ): Promise<Exclude<Outcome, 'stale'>> {
    const sentMs = this.#ports.clock.monotonicMs();
    let outcome: Outcome;
    try {
      outcome = await write(this.tenure);
    } catch (error) {
      // A broken promise of our own code says nothing about the lease and ends the run visibly.
      if (error instanceof InvariantError) throw error;
      throw this.#lose(`the journal cannot be written: ${String(error)}`, error);
    }
    if (outcome === 'stale') throw this.#lose('another replica has taken the run over');
    this.#lastBeatSentMs = Math.max(this.#lastBeatSentMs, sentMs);
    if (!this.#mayAct()) throw this.#lose('the lease may have passed while it was renewed');
    return outcome as Exclude<Outcome, 'stale'>;
  }

  /** Stops beating. With `giveBack` the lease is released for the next taker. */
  async end(giveBack: boolean): Promise<void> {
    this.#stopBeating();
    this.#stopLooking();
    if (giveBack) await this.#ports.leases.release(this.tenure);
  }

  #mayAct(): boolean {
    const silentMs = this.#ports.clock.monotonicMs() - this.#lastBeatSentMs;
    return silentMs < this.#ports.leaseMs * ACTING_SHARE;
  }

  #lose(message: string, cause?: unknown): RunInterrupted {
    const lost = new RunInterrupted('lost', message, cause);
    this.interrupt(lost);
    return lost;
  }

  async #beat(): Promise<void> {
    if (this.signal.aborted) return;
    const sentMs = this.#ports.clock.monotonicMs();
    try {
      if (!(await this.#ports.leases.renew(this.tenure))) {
        this.#lose('another replica has taken the run over');
        return;
      }
      this.#lastBeatSentMs = Math.max(this.#lastBeatSentMs, sentMs);
    } catch (error) {
      this.#ports.log.warn('lease.beat_failed', { lease: this.tenure.lease, error: String(error) });
    }
    this.#look();
  }

  #look(): void {
    if (this.signal.aborted || this.#mayAct()) return;
    this.#lose('no beat of the lease succeeded for too long');
  }
}
