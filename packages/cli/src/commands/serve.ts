/** `medevac serve`: everything on the controller side in one process. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { messageOf, OperationalError, systemClock } from '@medevac/kernel';
import type { Command } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { startReplica } from '../replica.ts';
import { loadSettings, type SettingSources } from '../settings/load-settings.ts';
import {
  defaultText,
  optionOf,
  SETTINGS,
  type ServeSettings,
  type Setting,
} from '../settings/settings-table.ts';

/** A stop that takes longer than this ends hard; the next start continues all the same. */
const STOP_MS = 10_000;

export function addServe(program: Command): void {
  const serve = program
    .command('serve')
    .description('run the API and the recovery engine')
    .option('--config FILE', 'YAML file with these settings');
  for (const setting of Object.values(SETTINGS)) {
    serve.option(`${optionOf(setting)} <${setting.value}>`, helpOf(setting));
  }
  serve.action(async (options: Readonly<Record<string, string | undefined>>) => {
    await runUntilSignal(await readSettings(options));
  });
}

function helpOf(setting: Setting<unknown>): string {
  if (!('fallback' in setting)) return `${setting.help} (must be declared)`;
  const text = defaultText(setting);
  return text === undefined ? setting.help : `${setting.help} (default: ${text})`;
}

/** Commander names options in camel case; settings are named as they are written. */
export async function readSettings(
  options: Readonly<Record<string, string | undefined>>,
): Promise<ServeSettings> {
  const byName = Object.fromEntries(
    Object.values(SETTINGS).map(({ name }) => [name, options[camelCase(name)]]),
  );
  const path = options['config'] ?? process.env['MEDEVAC_CONFIG'];
  return loadSettings({ options: byName, env: process.env, file: await readConfig(path) });
}

const camelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

async function readConfig(path: string | undefined): Promise<SettingSources['file']> {
  if (path === undefined) return undefined;
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new OperationalError(CLI_ERRORS.configUnreadable, messageOf(error), { cause: error });
  }
}

async function runUntilSignal(settings: ServeSettings): Promise<void> {
  const replica = await startReplica(settings, {
    env: process.env,
    homeDir: homedir(),
    cwd: process.cwd(),
  });
  process.stdout.write(`medevac listens on ${replica.url}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await Promise.race([replica.stop(), systemClock.sleep(STOP_MS)]);
  process.exit(0);
}
