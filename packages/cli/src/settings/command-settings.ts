/**
 * Settings as the options of a command. Commands that take the same setting read it from the same
 * places, so that what one of them prepares is what another one uses.
 */
import { readFile } from 'node:fs/promises';
import { messageOf, OperationalError } from '@medevac/kernel';
import { type Command, Option } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { loadSettings, type SettingSources } from './load-settings.ts';
import {
  defaultText,
  optionOf,
  SETTINGS,
  type ServeSettings,
  type Setting,
  type SettingKey,
} from './settings-table.ts';

/** What commander hands to the action: values by the names that it makes of the options. */
export type GivenOptions = Readonly<Record<string, string | undefined>>;

/** Gives the command `--config` and an option for each of the settings. */
export function addSettings(command: Command, keys: readonly SettingKey[]): Command {
  command.option('--config <FILE>', 'YAML file with settings; without it MEDEVAC_CONFIG names it');
  for (const key of keys) command.addOption(optionFor(SETTINGS[key]));
  return command;
}

/** The settings of a command that `addSettings` gave them to, from options, environment, file. */
export async function readSettings<Key extends SettingKey>(
  keys: readonly Key[],
  given: GivenOptions,
): Promise<Pick<ServeSettings, Key>> {
  const options = Object.fromEntries(
    keys.map((key) => [SETTINGS[key].name, given[optionFor(SETTINGS[key]).attributeName()]]),
  );
  // An empty variable is none, as for every setting.
  const path = given['config'] ?? (process.env['MEDEVAC_CONFIG'] || undefined);
  return loadSettings(keys, { options, env: process.env, file: await readConfig(path) });
}

function optionFor(setting: Setting<unknown>): Option {
  return new Option(`${optionOf(setting)} <${setting.value}>`, helpOf(setting));
}

function helpOf(setting: Setting<unknown>): string {
  if (!('fallback' in setting)) return `${setting.help} (must be declared)`;
  const text = defaultText(setting);
  return text === undefined ? setting.help : `${setting.help} (default: ${text})`;
}

async function readConfig(path: string | undefined): Promise<SettingSources['file']> {
  if (path === undefined) return undefined;
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new OperationalError(CLI_ERRORS.configUnreadable, messageOf(error), { cause: error });
  }
}
