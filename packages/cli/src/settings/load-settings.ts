/**
 * Settings from options, environment and file, in this order of precedence. Everything wrong is
 * told with the place it comes from; an unknown name in the file is an error, because a misspelt
 * safety setting must not be silently left at its default.
 */
import { messageOf, OperationalError } from '@medevac/kernel';
import { parse } from 'yaml';
import { CLI_ERRORS } from '../errors.ts';
import {
  optionOf,
  SETTINGS,
  type ServeSettings,
  type Setting,
  type SettingKey,
  variableOf,
} from './settings-table.ts';

export interface SettingSources {
  /** Values of the options by setting name; absent ones were not given. */
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that `--config` or MEDEVAC_CONFIG names. */
  readonly file: { readonly path: string; readonly text: string } | undefined;
}

interface Given {
  readonly text: string;
  readonly place: string;
}

/**
 * The settings of the given keys; what the file says of others is left unread, their names are
 * still checked. An empty variable of the environment counts as absent.
 */
export function loadSettings<Key extends SettingKey>(
  keys: readonly Key[],
  sources: SettingSources,
): Pick<ServeSettings, Key> {
  const fromFile = readFileSettings(sources.file);
  const entries = keys.map((key) => {
    const setting: Setting<unknown> = SETTINGS[key];
    const given = find(setting, sources, fromFile);
    return [key, given === undefined ? fallbackOf(setting) : read(setting, given)];
  });
  return Object.fromEntries(entries) as Pick<ServeSettings, Key>;
}

function find(
  setting: Setting<unknown>,
  sources: SettingSources,
  fromFile: ReadonlyMap<string, string>,
): Given | undefined {
  const option = sources.options[setting.name];
  if (option !== undefined) return { text: option, place: optionOf(setting) };
  const variable = sources.env[variableOf(setting)];
  if (variable !== undefined && variable !== '') {
    return { text: variable, place: variableOf(setting) };
  }
  const text = fromFile.get(setting.name);
  if (text === undefined) return undefined;
  return { text, place: `${setting.name} in ${sources.file?.path}` };
}

function read(setting: Setting<unknown>, given: Given): unknown {
  try {
    return setting.read(given.text);
  } catch (error) {
    throw new OperationalError(
      CLI_ERRORS.settingInvalid,
      setting.isSecret === true
        ? `${given.place} cannot be used: ${messageOf(error)}`
        : `${given.place} is ${JSON.stringify(given.text)}, but ${messageOf(error)}`,
    );
  }
}

function fallbackOf(setting: Setting<unknown>): unknown {
  if ('fallback' in setting) return setting.fallback;
  throw new OperationalError(
    CLI_ERRORS.settingMissing,
    `${optionOf(setting)} ${setting.value} must be declared (${setting.meaning})`,
  );
}

function readFileSettings(file: SettingSources['file']): ReadonlyMap<string, string> {
  if (file === undefined) return new Map();
  let content: unknown;
  try {
    content = parse(file.text);
  } catch (error) {
    throw unreadable(file.path, messageOf(error));
  }
  if (content === null || content === undefined) return new Map();
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw unreadable(file.path, 'it is not a mapping of settings');
  }
  const settings: readonly Setting<unknown>[] = Object.values(SETTINGS);
  const known = new Map(settings.map((setting) => [setting.name, setting]));
  return new Map(
    Object.entries(content).map(([name, value]) => {
      const setting = known.get(name);
      if (setting === undefined) throw unreadable(file.path, `there is no setting ${name}`);
      if (setting.isStructured === true) return [name, JSON.stringify(value)];
      if (typeof value === 'object') throw unreadable(file.path, `${name} must be a plain value`);
      return [name, String(value)];
    }),
  );
}

const unreadable = (path: string, why: string): OperationalError =>
  new OperationalError(CLI_ERRORS.configUnreadable, `${path}: ${why}`);
