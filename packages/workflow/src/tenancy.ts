/**
 * One run's lease while this replica holds it. It beats by itself; every journal write beats too.
 * The holder stops acting when 60 % of the lease has passed since it *sent* its last successful
 * beat, because a challenger may take over after the whole of it.
 */
import { anySignal, type Clock, InvariantError, type Log } from '@medevac/kernel';
import { Deadlines } from './deadlines.ts';
import { RunInterrupted } from './errors.ts';
import type { LeaseStore, Tenure } from './lease-store.ts';

/** Share of the lease after which a holder without a successful beat stops acting. */
const ACTING_SHARE = 0.6;
/** Beats are sent this many times per lease. */
const BEATS_PER_LEASE = 5;
/** One for all: nobody asks where it was thrown. */
const TENANCY_ENDED = new Error('the tenancy has ended');

export interface TenancyPorts {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
}

export class Tenancy {
  readonly tenure: Tenure;
  /** Of its steps; void once the run must stop. */
  readonly deadlines: Deadlines;
  readonly #ports: TenancyPorts;
  readonly #interrupt = new AbortController();
  readonly #stopBeating: () => void;
  readonly #ended = new AbortController();
  readonly #followers = new Set<AbortController>();
  #lastBeatSentMs: number;

  /** `takenAtMs`: monotonic time at which the successful take was sent. */
  constructor(tenure: Tenure, takenAtMs: number, ports: TenancyPorts) {
    this.tenure = tenure;
    this.#ports = ports;
    this.#lastBeatSentMs = takenAtMs;
    this.#stopBeating = ports.clock.every(ports.leaseMs / BEATS_PER_LEASE, () => this.#beat());
    const stop = anySignal(this.#ended.signal, this.signal);
    this.deadlines = new Deadlines(ports.clock, stop);
    void this.#watchRight(stop);
  }

  /** Aborted with a `RunInterrupted` once the run must stop. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  interrupt(reason: RunInterrupted): void {
    if (this.#interrupt.signal.aborted) return;
    this.#interrupt.abort(reason);
    for (const follower of this.#followers) follower.abort(reason);
    this.#followers.clear();
  }

  /**
   * Aborts the controller, too, once the run must stop; until the answered function is called. A
   * signal composed of two would be kept by both for as long as the run lives.
   */
  follow(controller: AbortController): () => void {
    if (this.signal.aborted) controller.abort(this.signal.reason);
    else this.#followers.add(controller);
    return () => this.#followers.delete(controller);
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
    this.#ended.abort(TENANCY_ENDED);
    if (giveBack) await this.#ports.leases.release(this.tenure);
  }

  #mayAct(): boolean {
    return this.#actingLeftMs() > 0;
  }

  /** How long the holder may still act when no further beat succeeds. */
  #actingLeftMs(): number {
    const silentMs = this.#ports.clock.monotonicMs() - this.#lastBeatSentMs;
    return this.#ports.leaseMs * ACTING_SHARE - silentMs;
  }

  /** Interrupts at the moment at which the right to act ends, however long a beat is under way. */
  async #watchRight(stop: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    try {
      while (this.#mayAct()) await clock.sleep(Math.ceil(this.#actingLeftMs()), stop);
    } catch {
      return;
    }
    this.#look();
  }

  #lose(message: string, cause?: unknown): RunInterrupted {
    const lost = new RunInterrupted('lost', message, cause);
    this.interrupt(lost);
    return lost;
  }

  async #beat(): Promise<void> {
    // After a long pause of the process its right may be over: then it does not even beat.
    this.#look();
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
