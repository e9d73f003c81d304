/** The hooks of the settings as the engine runs them, and a look at whether they could run now. */
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import type { Hook } from '@medevac/engine';
import { type Log, messageOf } from '@medevac/kernel';
import type { HookSetting } from '../settings/hook-settings.ts';
import { type ExecHookParts, execHook } from './exec-hook.ts';
import { readSecret } from './secret-reference.ts';
import { webhook } from './webhook.ts';

export const openHooks = (
  settings: readonly HookSetting[],
  parts: ExecHookParts,
): readonly Hook[] =>
  settings.map((one) => (one.kind === 'exec' ? execHook(one, parts) : webhook(one, parts)));

/**
 * A hook that cannot run is told at the start and keeps nothing from starting: hosts that fail
 * tonight are to be recovered all the same.
 */
export async function warnOfHooks(
  settings: readonly HookSetting[],
  env: ExecHookParts['env'],
  log: Log,
): Promise<void> {
  for (const hook of settings) {
    const trouble = await troubleWithHook(hook, env);
    if (trouble === undefined) continue;
    log.error('hooks.unusable', { hook: hook.name, trouble, onFailure: hook.onFailure });
  }
}

/** Why a hook would fail before it is even reached; nothing is run or sent. */
export async function troubleWithHook(
  hook: HookSetting,
  env: ExecHookParts['env'],
): Promise<string | undefined> {
  try {
    if (hook.kind === 'exec') return await troubleWithProgram(hook.argv[0]);
    if (hook.caFile !== undefined) await readFile(hook.caFile);
    if (hook.secret !== undefined) await readSecret(hook.secret, env);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function troubleWithProgram(path: string): Promise<string | undefined> {
  if (!(await stat(path)).isFile()) return `${path} is no file`;
  const isExecutable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  return isExecutable ? undefined : `${path} is not executable for us`;
}
