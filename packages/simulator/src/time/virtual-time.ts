/**
 * A clock whose time passes only while it is run, as fast as the machine can. Sleepers wake in the
 * order of their due times and then of their calls, and everything that they do at once has
 * happened before the next instant: the same calls give the same order on every machine.
 */
import { aborted, type Clock, repeat } from '@medevac/kernel';

interface Sleeper {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
  isGone: boolean;
}

/** A real turn of the event loop is taken this often, so that memory can be given back. */
const TURN_EVERY = 256;

export class VirtualTime implements Clock {
  readonly #startWallMs: number;
  readonly #heap: Sleeper[] = [];
  #nowMs = 0;
  #order = 0;
  #steps = 0;

  constructor(startWallMs = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(signal));
      const giveUp = (): void => {
        sleeper.isGone = true;
        if (signal !== undefined) reject(aborted(signal));
      };
      const sleeper: Sleeper = {
        dueMs: this.#nowMs + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
        isGone: false,
      };
      push(this.#heap, sleeper);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  every(ms: number, tick: () => void | Promise<void>): () => void {
    return repeat(this, ms, tick);
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
  }

  /** Lets time pass until `done` answers true, looked at after each instant; at most `limitMs`. */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs;
    await this.#settle();
    while (!done()) {
      const first = this.#heap[0];
      if (first === undefined || first.dueMs > endMs) {
        this.#nowMs = endMs;
        return done();
      }
      this.#nowMs = Math.max(this.#nowMs, first.dueMs);
      const isAny = this.#wakeDue();
      if (isAny) await this.#settle();
    }
    return true;
  }

  /** Instants that were lived through: what a run costs. */
  get steps(): number {
    return this.#steps;
  }

  #wakeDue(): boolean {
    let isAny = false;
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.dueMs > this.#nowMs) return isAny;
      pop(this.#heap);
      if (first.isGone) continue;
      first.wake();
      isAny = true;
    }
  }

  /** A tick that is asked for in a promise reaction comes when no reaction is left. */
  async #settle(): Promise<void> {
    this.#steps += 1;
    if (this.#steps % TURN_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.resolve();
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }
}

const isBefore = (a: Sleeper, b: Sleeper): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let place = heap.push(sleeper) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(sleeper, above)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = sleeper;
}

function pop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (;;) {
    const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[place] = child;
    place = 2 * place + (isRight ? 2 : 1);
  }
  heap[place] = last;
}
