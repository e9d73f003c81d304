/** Hooks that note their calls and do as they are told. */
import { type Clock, OperationalError } from '@medevac/kernel';
import { HOOK_POINTS, type Hook, type HookCall, type HookOutcome } from '../src/index.ts';

export interface FakeHookOptions extends Partial<Omit<Hook, 'run'>> {
  readonly clock?: Clock;
}

export class FakeHook implements Hook {
  readonly name: string;
  readonly points: Hook['points'];
  readonly onFailure: Hook['onFailure'];
  readonly deadlineMs: number;
  readonly calls: HookCall[] = [];
  /** What becomes of a call; a number is how long it takes, and then it succeeds. */
  answer: (call: HookCall) => 'done' | 'fails' | 'hangs' | 'throws' | number = () => 'done';
  /** Just before the answer. */
  onRun: (call: HookCall) => void | Promise<void> = () => {};
  readonly #clock: Clock | undefined;

  constructor(options: FakeHookOptions = {}) {
    this.name = options.name ?? 'hook';
    this.points = options.points ?? HOOK_POINTS;
    this.onFailure = options.onFailure ?? 'note';
    this.deadlineMs = options.deadlineMs ?? 30_000;
    this.#clock = options.clock;
  }

  /** Points in the order in which they were come to. */
  get story(): readonly string[] {
    return this.calls.map(({ instance, point }) =>
      instance === undefined ? point : `${point} ${instance.name}`,
    );
  }

  async run(call: HookCall, signal: AbortSignal): Promise<HookOutcome> {
    this.calls.push(call);
    await this.onRun(call);
    const answer = this.answer(call);
    if (answer === 'throws') {
      throw new OperationalError({ code: 'x', retry: 'never', advice: '' }, 'no way');
    }
    if (answer === 'fails') return { kind: 'failed', reason: 'exit code 1', output: 'no\n' };
    if (answer === 'hangs') await this.#clock?.sleep(1e9, signal);
    if (typeof answer === 'number') await this.#clock?.sleep(answer, signal);
    return { kind: 'done', output: 'well' };
  }
}
