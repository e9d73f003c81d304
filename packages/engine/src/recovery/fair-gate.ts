/**
 * Lets a bounded number of tasks in at once. Those that wait come in by their rank, the least one
 * first, and by turns from each queue: of several failed hosts none waits for all of another. The
 * bound may change at any time; nobody who is inside is sent away.
 */
import { aborted, throwIfAborted } from '@medevac/kernel';

/** Where a task stands in line. */
export interface Place {
  /** Queues are served by turns. */
  readonly queue: string;
  /** Within its queue the least one comes first. */
  readonly rank: number;
}

interface Waiter {
  readonly rank: number;
  readonly letIn: () => void;
}

export class FairGate {
  #limit: number;
  #inside = 0;
  /** In the order in which they are served: the one that was served last is at the end. */
  readonly #queues = new Map<string, Waiter[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#serve();
  }

  /** Whether `enter` would not wait. */
  get hasRoom(): boolean {
    return this.#inside < this.#limit && this.#queues.size === 0;
  }

  /** How many stand in line. */
  get waiting(): number {
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  /** Waits for a place; the function it answers gives the place back, once. */
  async enter(place: Place, signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.hasRoom) this.#inside += 1;
    else await this.#wait(place, signal);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside -= 1;
      this.#serve();
    };
  }

  async run<T>(place: Place, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const leave = await this.enter(place, signal);
    try {
      return await task();
    } finally {
      leave();
    }
  }

  #wait({ queue, rank }: Place, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#remove(queue, waiter);
        if (signal !== undefined) reject(aborted(signal));
      };
      const waiter: Waiter = {
        rank,
        letIn: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      this.#add(queue, waiter);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #add(name: string, waiter: Waiter): void {
    const queue = this.#queues.get(name) ?? [];
    const behind = queue.findIndex(({ rank }) => rank > waiter.rank);
    queue.splice(behind < 0 ? queue.length : behind, 0, waiter);
    this.#queues.set(name, queue);
  }

  #remove(name: string, waiter: Waiter): void {
    const queue = this.#queues.get(name) ?? [];
    const left = queue.filter((one) => one !== waiter);
    if (left.length === 0) this.#queues.delete(name);
    else this.#queues.set(name, left);
  }

  #serve(): void {
    while (this.#inside < this.#limit) {
      const [next] = this.#queues;
      if (next === undefined) return;
      const [name, [waiter, ...rest]] = next;
      // Behind the other queues, whatever is left of it.
      this.#queues.delete(name);
      if (rest.length > 0) this.#queues.set(name, rest);
      if (waiter === undefined) continue;
      this.#inside += 1;
      waiter.letIn();
    }
  }
}
