/** One deadline over all requests of a call: what follows is given only the time that is left. */
import { aborted, type Clock, OperationalError } from '@medevac/kernel';
import type { Call } from './call.ts';
import { cloudErrors } from './errors.ts';

export interface CallBudget {
  /** The rest of the call, for the next request; its deadline is never negative. */
  rest(): Call;
}

/** Starts to count the deadline of `call` now. */
export function startBudget(call: Call, clock: Clock): CallBudget {
  const endMs = clock.monotonicMs() + call.deadlineMs;
  return {
    rest: () => ({ ...call, deadlineMs: Math.max(0, endMs - clock.monotonicMs()) }),
  };
}

/**
 * Waits for shared work as long as the caller's own deadline and signal allow. The work itself goes
 * on for the others.
 */
export async function waitWithin<T>(
  work: Promise<T>,
  call: Call,
  clock: Clock,
  what: string,
): Promise<T> {
  const { signal } = call;
  if (signal?.aborted) throw aborted(signal);
  const done = new AbortController();
  const timer = clock
    .sleep(call.deadlineMs, signal ? AbortSignal.any([signal, done.signal]) : done.signal)
    .then(() => {
      const fields = { deadlineMs: call.deadlineMs };
      throw new OperationalError(
        cloudErrors.timeout,
        `${what} took longer than the ${Math.round(call.deadlineMs)} ms of the call`,
        { fields },
      );
    });
  try {
    return await Promise.race([work, timer]);
  } finally {
    done.abort(new Error('done'));
    timer.catch(() => {});
  }
}
