/**
 * Time as a port. Durations are measured with the monotonic clock; wall time is for people and for
 * records. Nothing outside this file calls `Date.now`, `setTimeout` or `setInterval`, so that a
 * whole replica can run on simulated time.
 */
import { performance } from 'node:perf_hooks';
import { aborted } from './abort.ts';

export interface Clock {
  /** Milliseconds since the Unix epoch. May jump; never compare between machines. */
  wallMs(): number;
  /** Milliseconds from an arbitrary origin of this process. Never goes back. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `tick` every `ms`, never two at once, until the returned function is called. */
  every(ms: number, tick: () => void | Promise<void>): () => void;
}

/** A timer of Node that is set further ahead (24.8 days) fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    let leftMs = ms;
    for (; leftMs > LONGEST_TIMER_MS; leftMs -= LONGEST_TIMER_MS) {
      await sleepOnce(LONGEST_TIMER_MS, signal);
    }
    await sleepOnce(leftMs, signal);
  },
  every: (ms, tick) => repeat(systemClock, ms, tick),
};

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const onAbort = (): void => {
      clearTimeout(timer);
      if (signal !== undefined) reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** One for all loops: nobody asks where one was stopped. */
const STOPPED = new Error('stopped');

/**
 * The loop behind `Clock.every`: waits `ms` after each tick has ended. A tick handles its own
 * failures; what it lets through is a programmer's error and ends the process as unhandled.
 */
export function repeat(clock: Clock, ms: number, tick: () => void | Promise<void>): () => void {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await clock.sleep(ms, stop.signal);
      await tick();
    }
  };
  loop().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return () => stop.abort(STOPPED);
}
