/**
 * Hooks of a scenario: well until an event says otherwise, each run and each failure told in the
 * log.
 */
import { HOOK_POINTS, type HookPoint } from '@medevac/engine';
import type { Clock } from '@medevac/kernel';
import { type HookMood, type HookSpec, ScriptedHooks } from '../world/scripted-hooks.ts';
import type { Narrator } from './narrator.ts';
import { type FieldReader, unknownName } from './read-fields.ts';

const DEADLINE = { least: 1, most: 3_600_000 };
/** A hook that is well answers after so long. */
const TOOK_MS = 200;

/** How a hook is from now on; `forMs`: how long a slow one takes. */
export interface HookChange {
  readonly hook: string;
  readonly how: HookMood;
  readonly forMs: number;
}

export class ScenarioHooks {
  readonly scripted: ScriptedHooks;
  readonly #changes = new Map<string, HookChange>();
  readonly #narrator: Narrator;

  constructor(clock: Clock, narrator: Narrator, specs: readonly HookSpec[]) {
    this.#narrator = narrator;
    this.scripted = new ScriptedHooks({
      clock,
      specs,
      script: ({ hook }) => {
        const { forMs = TOOK_MS, how = 'well' } = this.#changes.get(hook.name) ?? {};
        return { mood: how, tookMs: how === 'slow' ? forMs : TOOK_MS };
      },
      onBegin: ({ by, call }) => narrator.say('hook', `${call.key}, try ${call.attempt} by ${by}`),
      onEnd: ({ call }, { kind }) => {
        if (kind === 'failed') narrator.say('hook', `${call.key} fails`);
      },
    });
  }

  change(change: HookChange): void {
    const isKnown = this.scripted.specs.some((one) => one.name === change.hook);
    if (!isKnown) throw new Error(`there is no hook ${change.hook}`);
    const of = change.how === 'slow' ? ` (${change.forMs} ms)` : '';
    this.#narrator.say('fault', `hook ${change.hook}: ${change.how}${of}`);
    this.#changes.set(change.hook, change);
  }
}

/** One of the `hooks` of `world.json`; its points stand in one text, with commas. */
export function parseHook(file: string, fields: FieldReader): HookSpec {
  const given = fields.text('points').split(',');
  const spec: HookSpec = {
    name: fields.text('name'),
    points: given.map((one) => pointOf(file, one.trim())),
    onFailure: fields.oneOf('onFailure', ['hold', 'note'], 'note'),
    deadlineMs: fields.number('deadlineMs', DEADLINE, 30_000),
  };
  fields.end();
  return spec;
}

function pointOf(file: string, name: string): HookPoint {
  const point = HOOK_POINTS.find((one) => one === name);
  if (point === undefined) throw unknownName(file, 'hooks.points', name, HOOK_POINTS);
  return point;
}
