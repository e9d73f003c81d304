/**
 * What a process of the product goes through: it is killed or stopped between any two awaits, and
 * its clocks are apart from everybody else's, drift and jump. What it had sent before still lands.
 */
import { type Clock, repeat } from '@medevac/kernel';

export interface ReplicaClock {
  /** How far its wall clock is from true time. */
  readonly offsetMs: number;
  /** How many of its seconds pass in one true second. */
  readonly rate: number;
}

export class ReplicaLife {
  #isOver = false;
  #paused: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #wallOffsetMs: number;
  readonly #rate: number;

  constructor(clock: ReplicaClock) {
    this.#wallOffsetMs = clock.offsetMs;
    this.#rate = clock.rate;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  kill(): void {
    this.#isOver = true;
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
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...parameters: readonly unknown[]) => {
          if (!this.#isOver) entered?.(String(name), parameters);
          await this.#breathe();
          try {
            return (await Reflect.apply(member, target, parameters)) as unknown;
          } finally {
            await this.#breathe();
          }
        };
      },
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
          await this.#breathe();
        }
      },
      every: (ms, tick) => repeat(own, ms, tick),
    };
    return own;
  }

  #breathe(): Promise<void> | undefined {
    if (this.#isOver) return new Promise(() => {});
    return this.#paused === undefined ? undefined : this.#waitForWake(this.#paused);
  }

  async #waitForWake(paused: Promise<void>): Promise<void> {
    await paused;
    await this.#breathe();
  }
}
