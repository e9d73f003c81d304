/**
 * A clock that moves only when told. Sleepers wake in the order of their due times, and everything
 * that a woken sleeper does at once has happened before the next one wakes.
 */
import { aborted } from './abort.ts';
import { type Clock, repeat } from './clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(startWallMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = startWallMs;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(signal));
      const giveUp = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        if (signal !== undefined) reject(aborted(signal));
      };
      const sleeper: Sleeper = {
        dueMs: this.#monotonicMs + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  every(ms: number, tick: () => void | Promise<void>): () => void {
    return repeat(this, ms, tick);
  }

  /** Moves wall time alone, as an operator or NTP does. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Moves time forward, waking every sleeper that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers
        .filter((sleeper) => sleeper.dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
      next.wake();
      await settle();
    }
    this.#monotonicMs = endMs;
  }

  /**
   * Advances in small steps until `done` answers true; fails after `limitMs` of this clock's time.
   */
  async advanceUntil(done: () => boolean, limitMs: number, stepMs = 50): Promise<void> {
    const endMs = this.#monotonicMs + limitMs;
    while (!done()) {
      if (this.#monotonicMs >= endMs) throw new Error(`nothing happened within ${limitMs} ms`);
      await this.advance(stepMs);
    }
  }
}

/** Lets everything that is ready run: promise reactions and a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
