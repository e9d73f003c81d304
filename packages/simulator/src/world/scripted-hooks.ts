/**
 * Hooks of a simulated world: each call becomes what the script says, in its own time. They belong
 * to the world: a call that has begun goes on when the replica that made it dies.
 */
import type { Hook, HookCall, HookFailurePolicy, HookOutcome, HookPoint } from '@medevac/engine';
import type { Clock, ReplicaId } from '@medevac/kernel';

/** What becomes of a call. `hangs`: nothing, and it does not even give up when it is told to. */
export const HOOK_MOODS = ['well', 'slow', 'fails', 'raises', 'hangs'] as const;
export type HookMood = (typeof HOOK_MOODS)[number];

export interface HookSpec {
  readonly name: string;
  readonly points: readonly HookPoint[];
  readonly onFailure: HookFailurePolicy;
  readonly deadlineMs: number;
}

export interface HookRun {
  readonly hook: HookSpec;
  readonly call: HookCall;
  readonly by: ReplicaId;
}

type Through = (
  hook: Hook,
  entered: (name: string, parameters: readonly unknown[]) => void,
) => Hook;

export interface ScriptedHooksParts {
  readonly clock: Clock;
  readonly specs: readonly HookSpec[];
  /** Asked at each call. */
  readonly script: (run: HookRun) => { readonly mood: HookMood; readonly tookMs: number };
  /** The replica makes the call; it may be dead before it is carried out. */
  readonly onBegin: (run: HookRun) => void;
  readonly onEnd: (run: HookRun, outcome: HookOutcome) => void;
}

export class ScriptedHooks {
  readonly #parts: ScriptedHooksParts;
  readonly #succeeded = new Set<string>();

  constructor(parts: ScriptedHooksParts) {
    this.#parts = parts;
  }

  get specs(): readonly HookSpec[] {
    return this.#parts.specs;
  }

  /** As a replica reaches them; `through` puts its life, and faults, before each. */
  reachedBy(by: ReplicaId, through: Through): readonly Hook[] {
    return this.#parts.specs.map((spec) => {
      const hook: Hook = { ...spec, run: (call) => this.#run({ hook: spec, call, by }) };
      return through(hook, (_name, [call]) =>
        this.#parts.onBegin({ hook: spec, call: call as HookCall, by }),
      );
    });
  }

  hasSucceeded(hook: HookSpec, incident: string, point: HookPoint, instance?: string): boolean {
    return this.#succeeded.has(passingOf(hook, incident, point, instance));
  }

  async #run(run: HookRun): Promise<HookOutcome> {
    const { clock, onEnd, script } = this.#parts;
    const { mood, tookMs } = script(run);
    if (mood === 'hangs') await new Promise<never>(() => {});
    await clock.sleep(tookMs);
    const outcome: HookOutcome =
      mood === 'well' || mood === 'slow'
        ? { kind: 'done', output: '' }
        : { kind: 'failed', reason: 'exit code 1', output: '' };
    if (outcome.kind === 'done') {
      const { incident, instance, point } = run.call;
      this.#succeeded.add(passingOf(run.hook, incident, point, instance?.uuid));
    }
    onEnd(run, outcome);
    if (mood === 'raises') throw new Error('the hook itself is broken');
    return outcome;
  }
}

const passingOf = ({ name }: HookSpec, incident: string, point: HookPoint, instance = ''): string =>
  [name, incident, point, instance].join(' ');
