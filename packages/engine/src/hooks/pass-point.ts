/**
 * Takes a recovery past a named point: every hook of the point runs, one after the other, each in a
 * journaled step of its own. A hook that holds is tried again with back-off until the time of its
 * step is up; one that is only noted is tried once. Before each try it is asked whether the host is
 * still dead, so that no hook runs for a recovery that has to stop. What follows the point must
 * look at the host anew: a hook may take long.
 */
import type { Guard } from '@medevac/core';
import { type Clock, type Gate, type Log, OperationalError } from '@medevac/kernel';
import type { Attempt, Scope, StepOptions } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { Hook, HookOutcome, HookPoint, HookSubject } from './hook.ts';
import { runHook } from './run-hook.ts';

export type PointStop =
  /** The recovery has to stop at the point. */
  | { readonly kind: 'void'; readonly guard: Guard; readonly reason: string }
  /** The point is come to once more, and soon. */
  | { readonly kind: 'recalled' };

/** `ran`: how many hooks the point has. */
export type PointEnd = { readonly kind: 'passed'; readonly ran: number } | PointStop;

export interface Passage {
  readonly clock: Clock;
  readonly log: Log;
  /** Of all hooks; those of other points are left out here. */
  readonly hooks: readonly Hook[];
  readonly point: HookPoint;
  readonly subject: HookSubject;
  /** Names this passing among all of the incident, in keys and in steps. */
  readonly occasion: string;
  readonly scope: Scope;
  /** For the tries of one hook that holds. */
  readonly deadlineMs: number;
  /** Bounds the hooks that run at once for one incident. */
  readonly gate?: Gate;
  /** Asked before each try: whether the hook may run. */
  readonly check: () => Promise<{ readonly kind: 'go' } | PointStop>;
  /** Sleeps between the tries of a hook that holds; may wake sooner. */
  readonly pause?: NonNullable<StepOptions['pause']>;
  readonly show: PointDisplay;
}

/** Where people see what becomes of hooks. */
export interface PointDisplay {
  /** A line of the timeline. */
  note(message: string, failed: boolean): Promise<void>;
  /** The recovery, or this part of it, waits for the hook. */
  hold(reason: string): Promise<void>;
}

type HookEnd = { readonly kind: 'done' } | { readonly kind: 'noted'; readonly trouble: string };

const RETRY = {
  maxAttempts: Number.MAX_SAFE_INTEGER,
  firstDelayMs: 2_000,
  maxDelayMs: 60_000,
  factor: 2,
} as const;
/** Of what a hook has said, in a line of the timeline. */
const SHOWN_CHARACTERS = 1_000;

export async function passPoint(passage: Passage): Promise<PointEnd> {
  const { deadlineMs, hooks, occasion, pause, point, scope } = passage;
  const options: StepOptions = {
    ...{ deadlineMs, retry: RETRY, outlastsRefusals: true },
    ...(pause === undefined ? {} : { pause }),
  };
  const mine = hooks.filter((hook) => hook.points.includes(point));
  for (const hook of mine) {
    const told = new Told(passage, hook);
    const name = `hook-${occasion.replaceAll('/', '-')}-${hook.name}`;
    const end = await scope.step(name, options, (attempt) => runOnce(passage, hook, told, attempt));
    if (end.kind === 'void' || end.kind === 'recalled') return end;
  }
  return { kind: 'passed', ran: mine.length };
}

async function runOnce(
  passage: Passage,
  hook: Hook,
  told: Told,
  attempt: Attempt,
): Promise<HookEnd | PointStop> {
  const enter = async <T>(task: () => Promise<T>): Promise<T> =>
    passage.gate === undefined ? await task() : await passage.gate.run(task, attempt.signal);
  const outcome = await enter(async () => {
    const checked = await passage.check();
    if (checked.kind !== 'go') return checked;
    return await attempt.effect(() => call(passage, hook, attempt));
  });
  if (outcome.kind === 'void' || outcome.kind === 'recalled') return outcome;
  if (outcome.kind === 'done') {
    await told.done(outcome);
    return { kind: 'done' };
  }
  const trouble = await told.failed(outcome);
  if (hook.onFailure === 'note') return { kind: 'noted', trouble };
  throw new OperationalError(ENGINE_ERRORS.hookFailed, trouble);
}

function call(
  { clock, occasion, point, subject }: Passage,
  hook: Hook,
  attempt: Attempt,
): Promise<HookOutcome> {
  const key = `${subject.incident}/${occasion}/${hook.name}`;
  const told = { ...subject, key, point, attempt: attempt.number };
  return runHook(clock, hook, told, attempt.signal);
}

/** What is told of one hook; the same failure again and again is told once. */
class Told {
  readonly #passage: Passage;
  readonly #hook: Hook;
  #last: string | undefined;

  constructor(passage: Passage, hook: Hook) {
    this.#passage = passage;
    this.#hook = hook;
  }

  async done({ output }: Extract<HookOutcome, { kind: 'done' }>): Promise<void> {
    const { log, show, subject } = this.#passage;
    log.info('hook.done', { incident: subject.incident, ...this.#fields() });
    await show.note(withOutput(`${this.#title()} succeeded`, output), false);
  }

  /** Answers the failure as a sentence. */
  async failed(outcome: Extract<HookOutcome, { kind: 'failed' }>): Promise<string> {
    const { log, show, subject } = this.#passage;
    const { onFailure } = this.#hook;
    const trouble = `${this.#title()} failed: ${outcome.reason}`;
    log.warn('hook.failed', { incident: subject.incident, ...this.#fields(), trouble, onFailure });
    if (onFailure === 'hold') {
      await show.hold(`${trouble}; the recovery waits here, and the hook is tried again`);
    }
    if (this.#last !== trouble) await show.note(withOutput(trouble, outcome.output), true);
    this.#last = trouble;
    return trouble;
  }

  #title(): string {
    const { point, subject } = this.#passage;
    const of = subject.instance === undefined ? subject.host : subject.instance.name;
    return `hook ${this.#hook.name} at ${point} of ${of}`;
  }

  #fields(): { readonly hook: string; readonly point: string } {
    return { hook: this.#hook.name, point: this.#passage.point };
  }
}

function withOutput(message: string, output: string): string {
  const text = output.trim();
  if (text === '') return message;
  const isLong = text.length > SHOWN_CHARACTERS;
  return `${message}: ${isLong ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text}`;
}
