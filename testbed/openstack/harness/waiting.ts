/** Waiting with a deadline, and the trouble of a test bed that is no fault of the product. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** The bed did not do what a test needs of it. Tests are repeated once and then skipped, loudly. */
export class BedTrouble extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BedTrouble';
  }
}

/** Something was still untrue at its deadline. Which side is to blame is for the caller to say. */
export class TooLate extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`${what}: not within ${Math.round(timeoutMs / 1000)} s`);
    this.name = 'TooLate';
  }
}

export interface Waiting {
  readonly timeoutMs: number;
  readonly stepMs?: number;
}

/** Asks until the answer is neither false nor undefined; throws `TooLate` at the deadline. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs, stepMs = 200 }: Waiting,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= end) throw new TooLate(what, timeoutMs);
    await sleep(stepMs);
  }
}

/** As `waitFor`, for what the bed owes: its being late is the bed's trouble. */
export async function waitForBed<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  waiting: Waiting,
): Promise<T> {
  try {
    return await waitFor(what, ask, waiting);
  } catch (error) {
    if (error instanceof TooLate) throw new BedTrouble(error.message, error);
    throw error;
  }
}

/** A line of progress on stderr, so that a long run shows where it is. */
export function progress(text: string): void {
  const seconds = (performance.now() / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${text}\n`);
}
