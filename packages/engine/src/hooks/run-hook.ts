/** One run of one hook within its deadline. Whatever the hook does, this comes back in time. */
import { aborted, anySignal, type Clock, messageOf } from '@medevac/kernel';
import type { Hook, HookCall, HookOutcome } from './hook.ts';

/** A hook has this long to end what it has begun, once it is told to give up. */
const GIVE_UP_MS = 2_000;

/** Throws only when `signal` is aborted: then the recovery itself stops here. */
export async function runHook(
  clock: Clock,
  hook: Hook,
  call: HookCall,
  signal: AbortSignal,
): Promise<HookOutcome> {
  const late = new AbortController();
  const done = new AbortController();
  const reason = `it did not end within ${hook.deadlineMs / 1000} s`;
  const tooLate: HookOutcome = { kind: 'failed', reason, output: '' };
  const timer = async (): Promise<HookOutcome> => {
    await clock.sleep(hook.deadlineMs, done.signal);
    late.abort(new Error(reason));
    await clock.sleep(GIVE_UP_MS, done.signal);
    return tooLate;
  };
  const outOfTime = timer();
  outOfTime.catch(() => undefined);
  try {
    const answer = answerOf(hook, call, anySignal(signal, late.signal));
    const outcome = await Promise.race([answer, outOfTime]);
    if (signal.aborted) throw aborted(signal);
    return late.signal.aborted ? { ...tooLate, output: outcome.output } : outcome;
  } finally {
    done.abort(new Error('the hook has ended'));
  }
}

/** A hook that throws has failed like any other. */
async function answerOf(hook: Hook, call: HookCall, signal: AbortSignal): Promise<HookOutcome> {
  try {
    return await hook.run(call, signal);
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error), output: '' };
  }
}
