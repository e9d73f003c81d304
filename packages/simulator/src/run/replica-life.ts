/**
 * What a process of the product goes through: it is killed or stopped between any two awaits, and
 * its clocks are apart from everybody else's, drift and jump. What it had sent before still lands.
 */
import { type Clock, repeat } from '@medevac/kernel';
import { wrappedPort } from './wrapped-port.ts';

export interface ReplicaClock {
  /** How far its wall clock is from true time. */
  readonly offsetMs: number;
  /** How many of its seconds pass in one true second. */
  readonly rate: number;
}

export class ReplicaLife {
  /** Ends when the process is killed. */
  readonly over: Promise<void>;
  #isOver = false;
  #end: () => void = () => {};
  #paused: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #wallOffsetMs: number;
  readonly #rate: number;

  constructor(clock: ReplicaClock) {
    this.#wallOffsetMs = clock.offsetMs;
    this.#rate = clock.rate;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  kill(): void {
    this.#isOver = true;
    this.#end();
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  resume(): void {
    this.#paused = undefined;
    this.#wake?.();
  }

  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** The port as this process reaches it; `entered` hears of each call before all others. */
  through<Port extends object>(
    port: Port,
    entered?: (name: string, parameters: readonly unknown[]) => void,
  ): Port {
    return wrappedPort(port, (name, method) => async (...parameters) => {
      if (!this.#isOver) entered?.(name, parameters);
      // What it calls at the same moment has left it before anything of it can end it.
      await (this.#standsStill ? this.#breathe() : undefined);
      try {
        return await method(...parameters);
      } finally {
        if (this.#standsStill) await this.#breathe();
      }
    });
  }

  clock(base: Clock): Clock {
    const own: Clock = {
      wallMs: () => Math.round(base.wallMs() + this.#wallOffsetMs),
      monotonicMs: () => base.monotonicMs() * this.#rate,
      sleep: async (ms, signal) => {
        try {
          await base.sleep(ms / this.#rate, signal);
        } finally {
          if (this.#standsStill) await this.#breathe();
        }
      },
      every: (ms, tick) => repeat(own, ms, tick),
    };
    return own;
  }

  get #standsStill(): boolean {
    return this.#isOver || this.#paused !== undefined;
  }

  async #breathe(): Promise<void> {
    while (this.#paused !== undefined && !this.#isOver) await this.#paused;
    if (this.#isOver) await new Promise<never>(() => {});
  }
}
