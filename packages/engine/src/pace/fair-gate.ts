/**
 * Lets a bounded number of tasks in at once. Those that wait come in by their rank, the least one
 * first, and by turns from each queue: of several failed hosts none waits for all of another. A
 * queue whose next one is more urgent comes before the others. The bound may change at any time;
 * nobody who is inside is sent away.
 */
import { aborted, throwIfAborted } from '@medevac/kernel';

/** Where a task stands in line. */
export interface Place {
  /** Queues are served by turns. */
  readonly queue: string;
  /** Within its queue the least one comes first. */
  readonly rank: number;
  /** Of several queues that of the most urgent one comes first; 0 unless given. */
  readonly urgency?: number;
}

/** Bounds of a part of those inside, beside the gate's own. */
export interface GateRules<P extends Place> {
  /** Whether it may come in now; the others of its queue wait behind it. */
  readonly admits: (place: P) => boolean;
  readonly entered: (place: P) => void;
  readonly left: (place: P) => void;
}

interface Waiter<P extends Place> {
  readonly place: P;
  readonly letIn: () => void;
}

export class FairGate<P extends Place = Place> {
  #limit: number;
  #inside = 0;
  readonly #rules: GateRules<P> | undefined;
  /** In the order in which they are served: the one that was served last is at the end. */
  readonly #queues = new Map<string, Waiter<P>[]>();

  constructor(limit: number, rules?: GateRules<P>) {
    this.#limit = limit;
    this.#rules = rules;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.serve();
  }

  get inside(): number {
    return this.#inside;
  }

  /** Whether `enter` would not wait. */
  hasRoomFor(place: P): boolean {
    // Whoever waits while there is room may not come in, and is not in the way of others.
    return this.#inside < this.#limit && this.#admits(place);
  }

  /** How many stand in line. */
  get waiting(): number {
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  /** Waits for a place; the function it answers gives the place back, once. */
  async enter(place: P, signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.hasRoomFor(place)) return this.join(place);
    await this.#wait(place, signal);
    return this.#leaver(place);
  }

  /** Comes in whatever the bounds say: what is under way already is counted, and not sent away. */
  join(place: P): () => void {
    this.#letIn(place);
    return this.#leaver(place);
  }

  async run<T>(place: P, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const leave = await this.enter(place, signal);
    try {
      return await task();
    } finally {
      leave();
    }
  }

  /** Lets in who may come in now: something that the rules look at has changed. */
  serve(): void {
    while (this.#inside < this.#limit) {
      const name = this.#nextQueue();
      const [waiter, ...rest] = (name === undefined ? undefined : this.#queues.get(name)) ?? [];
      if (name === undefined || waiter === undefined) return;
      // Behind the other queues, whatever is left of it.
      this.#queues.delete(name);
      if (rest.length > 0) this.#queues.set(name, rest);
      this.#letIn(waiter.place);
      waiter.letIn();
    }
  }

  #admits(place: P): boolean {
    return this.#rules?.admits(place) ?? true;
  }

  #letIn(place: P): void {
    this.#inside += 1;
    this.#rules?.entered(place);
  }

  #leaver(place: P): () => void {
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside -= 1;
      this.#rules?.left(place);
      this.serve();
    };
  }

  #nextQueue(): string | undefined {
    let next: { readonly name: string; readonly urgency: number } | undefined;
    for (const [name, [first]] of this.#queues) {
      const urgency = first?.place.urgency ?? 0;
      if (first === undefined || (next !== undefined && next.urgency >= urgency)) continue;
      if (this.#admits(first.place)) next = { name, urgency };
    }
    return next?.name;
  }

  #wait(place: P, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#remove(place.queue, waiter);
        // The one behind it may be let in where this one was not.
        this.serve();
        if (signal !== undefined) reject(aborted(signal));
      };
      const waiter: Waiter<P> = {
        place,
        letIn: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      this.#add(waiter);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #add(waiter: Waiter<P>): void {
    const { queue: name, rank } = waiter.place;
    const queue = this.#queues.get(name) ?? [];
    const behind = queue.findIndex(({ place }) => place.rank > rank);
    queue.splice(behind < 0 ? queue.length : behind, 0, waiter);
    this.#queues.set(name, queue);
  }

  #remove(name: string, waiter: Waiter<P>): void {
    const queue = this.#queues.get(name) ?? [];
    const left = queue.filter((one) => one !== waiter);
    if (left.length === 0) this.#queues.delete(name);
    else this.#queues.set(name, left);
  }
}
