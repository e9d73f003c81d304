/**
 * The deadlines of one run. Nearly all of them are called off long before they are due, so that
 * they share one sleep: a timer with a signal of its own for each would cost more than the steps.
 */
import type { Clock } from '@medevac/kernel';

interface Deadline {
  readonly dueMs: number;
  readonly act: () => void;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #stop: AbortSignal;
  readonly #pending = new Set<Deadline>();
  /** The end of the sleep under way. */
  #wakesMs = Number.POSITIVE_INFINITY;

  /** Nothing is done any more once `stop` is aborted. */
  constructor(clock: Clock, stop: AbortSignal) {
    this.#clock = clock;
    this.#stop = stop;
  }

  /** Calls `act` at that monotonic time, never before, unless the answered function is called. */
  at(dueMs: number, act: () => void): () => void {
    const deadline = { dueMs, act };
    this.#pending.add(deadline);
    if (dueMs < this.#wakesMs) void this.#sleepUntil(dueMs);
    return () => this.#pending.delete(deadline);
  }

  async #sleepUntil(wakesMs: number): Promise<void> {
    this.#wakesMs = wakesMs;
    try {
      await this.#clock.sleep(Math.max(0, wakesMs - this.#clock.monotonicMs()), this.#stop);
    } catch {
      return;
    }
    // An earlier deadline has come meanwhile, and its sleep looks after all of them.
    if (this.#wakesMs !== wakesMs) return;
    this.#wakesMs = Number.POSITIVE_INFINITY;
    this.#actOnDue();
    const nextMs = Math.min(...[...this.#pending].map((one) => one.dueMs));
    if (nextMs < this.#wakesMs) void this.#sleepUntil(nextMs);
  }

  #actOnDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const deadline of [...this.#pending]) {
      if (deadline.dueMs > nowMs) continue;
      this.#pending.delete(deadline);
      deadline.act();
    }
  }
}
