/**
 * The settings of a cloud as the official client (openstacksdk) reads them. Order: the named cloud
 * (option, then OS_CLOUD); the OS_ variables, when they hold more than a choice; the only cloud of
 * clouds.yaml. For a named cloud the OS_ variables are not mixed in, except that OS_REGION_NAME
 * chooses a region where the file leaves it open.
 */
import { OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../errors.ts';
import type { CloudConfig } from './cloud-config.ts';
import {
  besideFile,
  type ConfigPlaces,
  type FoundFile,
  isSettings,
  mergeSettings,
  type ReadFile,
  readFirst,
  readTextFile,
  type Settings,
  searchPath,
} from './config-files.ts';
import { settleCloud } from './settle-cloud.ts';

export interface LoadCloudOptions extends ConfigPlaces {
  /** Name of a cloud in clouds.yaml; OS_CLOUD counts when it is absent. */
  readonly cloud?: string;
  readonly readFile?: ReadFile;
}

/** Variables that only choose; they do not make a cloud of their own. */
const SELECTORS = new Set([
  'OS_CLOUD',
  'OS_REGION_NAME',
  'OS_CLIENT_CONFIG_FILE',
  'OS_CLIENT_SECURE_FILE',
  'OS_CLOUD_NAME',
]);
const ENVIRONMENT_CLOUD = 'envvars';

export async function loadCloud(options: LoadCloudOptions): Promise<CloudConfig> {
  const { env } = options;
  const readFile = options.readFile ?? readTextFile;
  const named = options.cloud || env['OS_CLOUD'] || undefined;
  const files = await readCloudFiles(options, readFile);
  const fromEnvironment = environmentSettings(env);
  if (named === undefined && fromEnvironment !== undefined) {
    return settleCloud({
      name: ENVIRONMENT_CLOUD,
      settings: fromEnvironment,
      fromEnvironment: true,
      homeDir: options.homeDir,
      readFile,
    });
  }
  const { name, settings } = chooseCloud(named, files);
  const profiled = mergeSettings(await readProfile(settings, options, readFile), settings);
  return settleCloud({
    name,
    settings: withRegion(name, profiled, env['OS_REGION_NAME'] || undefined),
    fromEnvironment: false,
    homeDir: options.homeDir,
    readFile,
  });
}

interface CloudFiles {
  readonly clouds: Settings;
  readonly lookedAt: readonly string[];
  readonly path: string | undefined;
}

async function readCloudFiles(places: ConfigPlaces, readFile: ReadFile): Promise<CloudFiles> {
  const configFile = places.env['OS_CLIENT_CONFIG_FILE'];
  const found = await readFirst(searchPath('clouds', places, [configFile]), readFile);
  const isOverride = found.path !== undefined && found.path === configFile;
  const secure: FoundFile = await readFirst(
    searchPath('secure', places, [
      places.env['OS_CLIENT_SECURE_FILE'],
      ...(isOverride ? besideFile(found.path, 'secure') : []),
    ]),
    readFile,
  );
  const { clouds } = mergeSettings(found.content, secure.content);
  return {
    clouds: isSettings(clouds) ? clouds : {},
    lookedAt: found.lookedAt,
    path: found.path,
  };
}

/** The OS_ variables as one cloud; `undefined` when there are none beside selectors. */
function environmentSettings(env: ConfigPlaces['env']): Settings | undefined {
  const settings: Record<string, string> = {};
  let isCloud = false;
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('OS_') || /^OS_(TEST|STD|LOG)/.test(name)) continue;
    if (value === undefined || value === '') continue;
    settings[name.slice(3).toLowerCase()] = value;
    isCloud ||= !SELECTORS.has(name);
  }
  return isCloud ? settings : undefined;
}

function chooseCloud(
  named: string | undefined,
  files: CloudFiles,
): { readonly name: string; readonly settings: Settings } {
  const names = Object.keys(files.clouds);
  const name = named ?? (names.length === 1 ? names[0] : undefined);
  const settings = name === undefined ? undefined : files.clouds[name];
  if (name !== undefined && isSettings(settings)) return { name, settings };
  const where =
    files.path === undefined
      ? `no clouds file was found; looked at ${files.lookedAt.join(', ')}`
      : `${files.path} has: ${names.join(', ') || 'none'}`;
  const what =
    name === undefined ? 'no cloud is named and OS_AUTH_URL is not set' : `no cloud "${name}"`;
  throw new OperationalError(cloudErrors.cloudUnknown, `${what}; ${where}`, {
    fields: { cloud: name ?? null, file: files.path ?? null },
  });
}

/** The base that `profile` names in clouds-public.yaml; the client's built-in ones are unknown. */
async function readProfile(
  settings: Settings,
  places: ConfigPlaces,
  readFile: ReadFile,
): Promise<Settings> {
  const profile = settings['profile'] ?? settings['cloud'];
  if (typeof profile !== 'string') return {};
  const { content } = await readFirst(searchPath('clouds-public', places), readFile);
  const profiles = content['public-clouds'];
  const found = isSettings(profiles) ? profiles[profile] : undefined;
  return isSettings(found) ? found : {};
}

/** Settles `regions`, a list of names or of `{name, values}`, of which the first is the default. */
function withRegion(name: string, settings: Settings, asked: string | undefined): Settings {
  const { regions } = settings;
  if (!Array.isArray(regions) || regions.length === 0) {
    return settings['region_name'] || asked === undefined
      ? settings
      : { ...settings, region_name: asked };
  }
  const known = regions.map((region: unknown) =>
    isSettings(region)
      ? {
          name: String(region['name']),
          values: isSettings(region['values']) ? region['values'] : {},
        }
      : { name: String(region), values: {} },
  );
  const wanted = asked ?? settings['region_name'];
  const chosen = wanted ? known.find((region) => region.name === wanted) : known[0];
  if (chosen === undefined) {
    throw new OperationalError(
      cloudErrors.configInvalid,
      `cloud "${name}" has no region ${String(wanted)}; it has: ` +
        known.map((region) => region.name).join(', '),
      { fields: { cloud: name } },
    );
  }
  return mergeSettings({ ...settings, region_name: chosen.name }, chosen.values);
}
