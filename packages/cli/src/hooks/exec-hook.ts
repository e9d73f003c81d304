/**
 * A hook that is a program: no shell, the payload as JSON on its standard input and as variables,
 * exit code 0 is success. It runs in a process group of its own, which is killed whole when the
 * hook is to give up, and whatever it leaves behind with it. Of our environment it sees nothing
 * that could hold a secret.
 */
import type { Hook, HookOutcome } from '@medevac/engine';
import { type Clock, type CommandOutcome, runCommand } from '@medevac/kernel';
import type { ExecSetting, HookSetting } from '../settings/hook-settings.ts';
import { hookPayload, hookVariables } from './hook-payload.ts';

export interface ExecHookParts {
  readonly clock: Clock;
  /** Of our own process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Kept of each of its outputs. */
const OUTPUT_BYTES = 4_096;
/** Our own limit, should nobody tell it to give up. */
const MARGIN_MS = 10_000;
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ'];
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function execHook(setting: HookSetting & ExecSetting, { clock, env }: ExecHookParts): Hook {
  const { argv, deadlineMs, name, onFailure, points } = setting;
  const inherited = PASSED_ON.flatMap((key) => {
    const value = env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const base = { PATH: USUAL_PATH, ...Object.fromEntries(inherited) };
  return {
    ...{ name, points, onFailure, deadlineMs },
    run: async (call, signal) => {
      const payload = hookPayload(name, call);
      const outcome = await runCommand(
        {
          argv,
          env: { ...base, ...hookVariables(payload) },
          stdin: `${JSON.stringify(payload)}\n`,
        },
        { clock, deadlineMs: deadlineMs + MARGIN_MS, outputBytes: OUTPUT_BYTES, signal },
      );
      return judge(outcome);
    },
  };
}

function judge(outcome: CommandOutcome): HookOutcome {
  if (outcome.kind === 'unstartable') {
    return { kind: 'failed', reason: `it cannot be started: ${outcome.reason}`, output: '' };
  }
  const output = [outcome.stdout, outcome.stderr].filter((text) => text.trim() !== '').join('\n');
  switch (outcome.kind) {
    case 'exited':
      if (outcome.code === 0) return { kind: 'done', output };
      return { kind: 'failed', reason: `exit code ${outcome.code}`, output };
    case 'crashed':
      return { kind: 'failed', reason: `it died of ${outcome.by}`, output };
    case 'killed':
      return { kind: 'failed', reason: KILLED[outcome.why], output };
  }
}

const KILLED = {
  deadline: 'it was killed at its deadline',
  flood: 'it was killed because its output did not end',
  aborted: 'it was killed because it was to give up',
} as const;
