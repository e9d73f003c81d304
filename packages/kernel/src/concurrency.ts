/**
 * Explicit concurrency: a bounded gate, and a shared read that never answers with an older view.
 */
import { aborted, anySignal, throwIfAborted } from './abort.ts';
import { invariant } from './errors.ts';

/** Lets at most `limit` tasks run at once; the others wait in the order of their calls. */
export class Gate {
  readonly #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether `enter` would not wait. */
  get hasRoom(): boolean {
    return this.#running < this.#limit;
  }

  /** Waits for a place; the function it answers gives the place back, once. */
  async enter(signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.#running < this.#limit) this.#running++;
    else await this.#wait(signal);
    let isInside = true;
    return () => {
      if (isInside) this.#leave();
      isInside = false;
    };
  }

  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const leave = await this.enter(signal);
    try {
      return await task();
    } finally {
      leave();
    }
  }

  #wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        const place = this.#waiting.indexOf(go);
        if (place >= 0) this.#waiting.splice(place, 1);
        if (signal !== undefined) reject(aborted(signal));
      };
      this.#waiting.push(go);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}

/**
 * Runs `task` over all items, at most `limit` at once. The first failure stops new ones from being
 * started and is thrown after those under way have ended.
 */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  if (items.length === 0) return throwIfAborted(signal);
  invariant(limit >= 1, `a bound of ${limit} would leave all items undone`);
  const stop = new AbortController();
  const both = anySignal(signal, stop.signal);
  const queue = items.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (both.aborted) return;
      try {
        await task(item, both);
      } catch (error) {
        failures.push(error);
        stop.abort(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  throwIfAborted(signal);
}

/**
 * Joins callers of an expensive read. A caller is only ever given an answer whose read began after
 * the caller asked: a read under way is not shared with late comers, the next one is.
 */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    const started = read().finally(() => {
      if (underWay === started) underWay = undefined;
    });
    underWay = started;
    return started;
  };
  return () => {
    if (underWay === undefined) return begin();
    next ??= underWay
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };
}
