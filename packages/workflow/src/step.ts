/**
 * Carries out one step: attempts, journaled waits between them, the deadline over all of them.
 *
 * | journaled state | on resume |
 * | --- | --- |
 * | none | the body runs; it changed nothing yet, or it would have been journaled |
 * | attempting | an effect may have happened: the same attempt again, with `outcomeUnknown` |
 * | waiting | sleeps until the journaled time, then the next attempt |
 * | done | the journaled result, the body does not run |
 * | failed | the journaled failure is thrown again |
 */
import {
  aborted,
  type Clock,
  type Json,
  type Log,
  nextRetryDelayMs,
  OperationalError,
  type Random,
  type Retry,
  type RunId,
  throwIfAborted,
} from '@medevac/kernel';
import type { Attempt, StepOptions } from './definition.ts';
import { StepFailed, stepErrorOf, WORKFLOW_ERRORS } from './errors.ts';
import type { JournalStore, StepError, StepRecord, StepState } from './journal-store.ts';
import type { Tenancy } from './tenancy.ts';

/** What all steps of one run share. */
export interface RunFrame {
  readonly runId: RunId;
  readonly journal: JournalStore;
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Steps as the journal had them when the run was taken. */
  readonly known: ReadonlyMap<string, StepRecord>;
}

const UNKNOWN: Retry = 'unknown-outcome';

export async function runStep<T extends Json>(
  frame: RunFrame,
  path: string,
  options: StepOptions,
  body: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  throwIfAborted(frame.tenancy.signal);
  const known = frame.known.get(path);
  if (known?.state === 'done') return known.result as T;
  if (known?.state === 'failed' && known.error !== null) throw new StepFailed(path, known.error);
  const progress = new StepProgress(frame, path, options, known);
  await progress.waitForDueTime();
  for (;;) {
    try {
      const result = await progress.attempt(body);
      await progress.record('done', { result });
      return result;
    } catch (error) {
      if (frame.tenancy.signal.aborted) throw aborted(frame.tenancy.signal);
      await progress.failAttempt(error);
    }
  }
}

class StepProgress {
  readonly #frame: RunFrame;
  readonly #path: string;
  readonly #options: StepOptions;
  readonly #startedAtMs: number;
  readonly #deadlineMonotonicMs: number;
  #number: number;
  /**
   * Stays once it is so: a later failure of another kind does not tell what became of the effect.
   */
  #outcomeUnknown: boolean;
  #dueAtMs: number | null;

  constructor(frame: RunFrame, path: string, options: StepOptions, known?: StepRecord) {
    this.#frame = frame;
    this.#path = path;
    this.#options = options;
    this.#startedAtMs = known?.startedAtMs ?? frame.clock.wallMs();
    const leftMs = Math.max(0, options.deadlineMs - (known?.spentMs ?? 0));
    this.#deadlineMonotonicMs = frame.clock.monotonicMs() + leftMs;
    const repeats = known?.state === 'attempting';
    this.#number = known === undefined ? 1 : repeats ? known.attempt : known.attempt + 1;
    this.#outcomeUnknown = repeats || known?.error?.retry === 'unknown-outcome';
    this.#dueAtMs = known?.nextAttemptAtMs ?? null;
  }

  async waitForDueTime(): Promise<void> {
    if (this.#dueAtMs === null) return;
    const waitMs = this.#dueAtMs - this.#frame.clock.wallMs();
    // A wall clock that was set back must not stretch the wait beyond what the policy can ask for.
    const boundedMs = Math.min(Math.max(0, waitMs), this.#options.retry.maxDelayMs);
    await this.#pause(boundedMs);
  }

  async attempt<T extends Json>(body: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { tenancy } = this.#frame;
    const stop = new AbortController();
    const { signal } = stop;
    const unfollow = tenancy.follow(stop);
    const callOff = tenancy.deadlines.at(this.#deadlineMonotonicMs, () =>
      stop.abort(this.#deadlineError()),
    );
    try {
      return await body({
        number: this.#number,
        outcomeUnknown: this.#outcomeUnknown,
        signal,
        remainingMs: () => this.#remainingMs(),
        effect: async (act) => {
          throwIfAborted(signal);
          await this.record('attempting', {});
          // Its own signal no longer follows the tenancy once the attempt has ended.
          throwIfAborted(tenancy.signal);
          throwIfAborted(signal);
          return await act();
        },
      });
    } finally {
      unfollow();
      callOff();
    }
  }

  /**
   * Journals a failed attempt and waits for the next one, or journals and throws the final failure.
   */
  async failAttempt(error: unknown): Promise<void> {
    const { clock, random } = this.#frame;
    const stepError = stepErrorOf(error);
    const askedForMs = error instanceof OperationalError ? error.retryAfterMs : undefined;
    const delayMs = nextRetryDelayMs(this.#options.retry, this.#number, random, askedForMs);
    const isWorld = error instanceof OperationalError;
    const isFinal = stepError.retry === 'never' && !(isWorld && this.#options.outlastsRefusals);
    const { runId, log } = this.#frame;
    const attempt = { run: runId, step: this.#path, attempt: this.#number };
    log.warn('step.attempt_failed', { ...attempt, code: stepError.code, error: stepError.message });
    if (isFinal || delayMs === undefined || delayMs >= this.#remainingMs()) {
      await this.record('failed', { error: stepError });
      throw new StepFailed(this.#path, stepError);
    }
    this.#outcomeUnknown ||= stepError.retry === 'unknown-outcome';
    const kept = this.#outcomeUnknown ? { ...stepError, retry: UNKNOWN } : stepError;
    await this.record('waiting', { error: kept, nextAttemptAtMs: clock.wallMs() + delayMs });
    this.#number += 1;
    await this.#pause(delayMs);
  }

  async record(
    state: StepState,
    more: {
      readonly result?: Json;
      readonly error?: StepError;
      readonly nextAttemptAtMs?: number;
    },
  ): Promise<void> {
    const step: StepRecord = {
      runId: this.#frame.runId,
      path: this.#path,
      state,
      attempt: this.#number,
      startedAtMs: this.#startedAtMs,
      spentMs: Math.round(this.#options.deadlineMs - this.#remainingMs()),
      nextAttemptAtMs: more.nextAttemptAtMs ?? null,
      result: more.result ?? null,
      error: more.error ?? null,
    };
    await this.#frame.tenancy.write((tenure) => this.#frame.journal.writeStep(tenure, step));
  }

  async #pause(ms: number): Promise<void> {
    const { clock, tenancy } = this.#frame;
    const { pause = (forMs, signal) => clock.sleep(forMs, signal) } = this.#options;
    await pause(ms, tenancy.signal);
  }

  #remainingMs(): number {
    return Math.max(0, this.#deadlineMonotonicMs - this.#frame.clock.monotonicMs());
  }

  #deadlineError(): OperationalError {
    const seconds = Math.round(this.#options.deadlineMs / 1000);
    return new OperationalError(WORKFLOW_ERRORS.deadline, `not done within ${seconds} s`);
  }
}
