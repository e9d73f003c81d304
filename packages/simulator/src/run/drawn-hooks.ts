/** Hooks of seeded runs: one that holds and one that is noted, at every point, in many moods. */
import { HOOK_POINTS } from '@medevac/engine';
import type { Clock, Random } from '@medevac/kernel';
import { HOOK_RUN_INVARIANTS } from '../invariants/hooks.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { type HookMood, type HookSpec, ScriptedHooks } from '../world/scripted-hooks.ts';
import type { Ledger } from './ledger.ts';

export interface DrawnHooksParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly hasHooks: boolean;
  readonly isHealed: () => boolean;
  readonly judge: <Facts>(invariants: readonly Invariant<Facts>[], facts: Facts) => void;
  readonly say: (text: string) => void;
}

const DEADLINE_MS = 10_000;
const SPECS: readonly HookSpec[] = [
  { name: 'holding', points: HOOK_POINTS, onFailure: 'hold', deadlineMs: DEADLINE_MS },
  { name: 'noted', points: HOOK_POINTS, onFailure: 'note', deadlineMs: DEADLINE_MS },
];
/** Shares of the calls; the others are well. */
const MOODS: readonly (readonly [HookMood, number])[] = [
  ['slow', 0.1],
  ['fails', 0.1],
  ['raises', 0.05],
  ['hangs', 0.05],
];
const QUICK_MS = 500;
/** Of slow ones some are beyond the deadline. */
const SLOW_MS = 15_000;

export function drawnHooks(parts: DrawnHooksParts): ScriptedHooks {
  const { clock, hasHooks, isHealed, judge, ledger, random, say } = parts;
  return new ScriptedHooks({
    clock,
    specs: hasHooks ? SPECS : [],
    script: () => {
      const mood = isHealed() ? 'well' : drawMood(random);
      return { mood, tookMs: Math.round(random.next() * (mood === 'slow' ? SLOW_MS : QUICK_MS)) };
    },
    onBegin: ({ by, call: { attempt, host, key }, hook }) => {
      say(`${by} runs hook ${key}, try ${attempt}`);
      const holdsLease = ledger.holdsLease(by, host);
      judge(HOOK_RUN_INVARIANTS, { hook: hook.name, host, holdsLease });
    },
    onEnd: ({ call }, outcome) => say(`hook ${call.key} is ${outcome.kind}`),
  });
}

function drawMood(random: Random): HookMood {
  let draw = random.next();
  for (const [mood, share] of MOODS) {
    if (draw < share) return mood;
    draw -= share;
  }
  return 'well';
}
