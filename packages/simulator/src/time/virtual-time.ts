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
  readonly giveUp: (reason: Error) => void;
  /** Waking it wakes nobody else. */
  readonly isDoneAtOnce: boolean;
  isGone: boolean;
}

/** Its reactions come after those that are due already. */
const NOW = Promise.resolve();
/** A real turn of the event loop is taken this often, so that memory can be given back. */
const TURN_EVERY = 256;

export class VirtualTime implements Clock {
  readonly #startWallMs: number;
  readonly #heap: Sleeper[] = [];
  readonly #bySignal = new WeakMap<AbortSignal, Set<Sleeper>>();
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
      const ofSignal = signal === undefined ? undefined : this.#sleepersOf(signal);
      const sleeper: Sleeper = {
        dueMs: this.#nowMs + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          ofSignal?.delete(sleeper);
          resolve();
        },
        giveUp: reject,
        isDoneAtOnce: false,
        isGone: false,
      };
      push(this.#heap, sleeper);
      ofSignal?.add(sleeper);
    });
  }

  /**
   * Calls `act` after `ms`. It is done at once and lets nobody go on: no reaction is waited for,
   * which makes it much cheaper than a sleep.
   */
  callAfter(ms: number, act: () => void): void {
    const dueMs = this.#nowMs + Math.max(0, ms);
    const order = this.#order++;
    const fixed = { giveUp: () => {}, isDoneAtOnce: true, isGone: false };
    push(this.#heap, { dueMs, order, wake: act, ...fixed });
  }

  /** One listener for all sleepers of a signal: adding one to many would walk through them. */
  #sleepersOf(signal: AbortSignal): Set<Sleeper> {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) return known;
    const sleepers = new Set<Sleeper>();
    this.#bySignal.set(signal, sleepers);
    const giveUp = (): void => {
      for (const sleeper of sleepers) {
        sleeper.isGone = true;
        sleeper.giveUp(aborted(signal));
      }
      sleepers.clear();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    return sleepers;
  }

  every(ms: number, tick: () => void | Promise<void>): () => void {
    return repeat(this, ms, tick);
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
  }

  /** Lets time pass until `done` answers true, looked at after each instant; at most `limitMs`. */
  runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs;
    return new Promise((resolve, reject) => {
      const live = (): void => {
        try {
          const isOver = this.#liveUntil(endMs, done);
          if (isOver === undefined) this.#whenSettled(live);
          else resolve(isOver);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#whenSettled(live);
    });
  }

  /** Lives on until somebody has been woken; then `undefined`. Otherwise whether `done` is so. */
  #liveUntil(endMs: number, done: () => boolean): boolean | undefined {
    while (!done()) {
      const first = this.#heap[0];
      if (first === undefined || first.dueMs > endMs) {
        this.#nowMs = endMs;
        return done();
      }
      this.#nowMs = Math.max(this.#nowMs, first.dueMs);
      if (this.#wakeDue()) return undefined;
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
      isAny ||= !first.isDoneAtOnce;
    }
  }

  /** A tick that is asked for in a promise reaction comes when no reaction is left. */
  #whenSettled(goOn: () => void): void {
    this.#steps += 1;
    const tick = (): void => process.nextTick(goOn);
    if (this.#steps % TURN_EVERY === 0) setImmediate(() => void NOW.then(tick));
    else void NOW.then(tick);
  }
}

/**
 * Calls `act` after `ms` by any clock. It must be done at once and let nobody go on who waits for a
 * promise.
 */
export function callAfter(clock: Clock, ms: number, act: () => void): void {
  if (clock instanceof VirtualTime) clock.callAfter(ms, act);
  else void clock.sleep(ms).then(act);
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
