/**
 * The connections of this process to a database server: at most so many, each used by one caller at
 * a time, in the order of asking. A connection that the server has ended, or that was long unused,
 * is not handed out again; a caller never waits longer than its deadline.
 */
import type { Clock } from '@medevac/kernel';
import type { ServerConnection } from './server-connection.ts';

/** A statement or a free connection did not come in time. */
export class DeadlineError extends Error {}

/** The pool was closed while somebody waited. */
export class PoolClosedError extends Error {}

export interface PoolOptions {
  readonly clock: Clock;
  readonly limit: number;
  /** How long a caller waits for a connection, and a statement for its answer. */
  readonly deadlineMs: number;
  /** Ends by itself; makes a connection that is ready for statements. */
  readonly connect: () => Promise<ServerConnection>;
}

interface Waiting {
  readonly resolve: (connection: ServerConnection | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Proxies in front of databases drop silent connections, most after a minute. */
const IDLE_MS = 30_000;

export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #idle: { readonly connection: ServerConnection; readonly sinceMs: number }[] = [];
  readonly #waiting: Waiting[] = [];
  #count = 0;
  #closed = false;
  #emptied: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async acquire(): Promise<ServerConnection> {
    if (this.#closed) throw new PoolClosedError('the pool is closed');
    const idle = this.#takeIdle();
    if (idle !== undefined) return idle;
    if (this.#count >= this.#options.limit) {
      const handed = await this.#wait();
      if (handed !== undefined) return handed;
    } else {
      this.#count++;
    }
    try {
      return await this.#options.connect();
    } catch (error) {
      this.#giveUpPlace();
      throw error;
    }
  }

  release(connection: ServerConnection): void {
    if (!connection.isOpen()) {
      connection.cut();
      this.#giveUpPlace();
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) next.resolve(connection);
    else if (this.#closed) this.#leave(connection);
    else this.#idle.push({ connection, sinceMs: this.#options.clock.monotonicMs() });
  }

  /** A statement under the deadline; one that is late takes its connection with it. */
  async query(
    connection: ServerConnection,
    text: string,
    parameters: readonly unknown[],
  ): ReturnType<ServerConnection['query']> {
    return await this.#inTime(connection.query(text, parameters), () => {
      connection.cut();
      return new DeadlineError(`no answer within ${this.#options.deadlineMs} ms`);
    });
  }

  /** Refuses new callers and resolves when the last connection is back and closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0))
      reject(new PoolClosedError('the pool was closed'));
    for (const { connection } of this.#idle.splice(0)) this.#leave(connection);
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
  }

  #takeIdle(): ServerConnection | undefined {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      const idleMs = this.#options.clock.monotonicMs() - entry.sinceMs;
      if (entry.connection.isOpen() && idleMs < IDLE_MS) return entry.connection;
      this.#leave(entry.connection);
    }
    return undefined;
  }

  /** A connection, or a place in which one may be made. */
  async #wait(): Promise<ServerConnection | undefined> {
    let waiting: Waiting | undefined;
    const handed = new Promise<ServerConnection | undefined>((resolve, reject) => {
      waiting = { resolve, reject };
      this.#waiting.push(waiting);
    });
    return await this.#inTime(handed, () => {
      const index = this.#waiting.findIndex((one) => one === waiting);
      if (index >= 0) this.#waiting.splice(index, 1);
      return new DeadlineError(
        `none of ${this.#options.limit} connections became free within ` +
          `${this.#options.deadlineMs} ms`,
      );
    });
  }

  async #inTime<Answer>(answer: Promise<Answer>, late: () => Error): Promise<Answer> {
    const done = new AbortController();
    const timer = this.#options.clock.sleep(this.#options.deadlineMs, done.signal).then(
      () => {
        throw late();
      },
      () => answer,
    );
    try {
      return await Promise.race([answer, timer]);
    } finally {
      done.abort();
      // What comes after the deadline is nobody's any more.
      answer.catch(() => {});
      timer.catch(() => {});
    }
  }

  #leave(connection: ServerConnection): void {
    const cut = (): void => connection.cut();
    void this.#inTime(connection.close(), () => new DeadlineError('no farewell'))
      .then(cut, cut)
      .then(() => this.#giveUpPlace());
  }

  #giveUpPlace(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve(undefined);
      return;
    }
    this.#count--;
    if (this.#closed && this.#count === 0) this.#emptied?.();
  }
}
