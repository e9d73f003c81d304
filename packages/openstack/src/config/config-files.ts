/**
 * Finding and reading clouds.yaml, secure.yaml and clouds-public.yaml where the official client
 * looks for them. The first file that exists and may be read wins; files are not merged by place.
 */
import { readFile as readFromDisk } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, OperationalError } from '@medevac/kernel';
import { parse } from 'yaml';
import { cloudErrors } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a file; `undefined` when it does not exist or may not be read. */
export type ReadFile = (path: string) => Promise<string | undefined>;

export interface ConfigPlaces {
  readonly env: Environment;
  readonly homeDir: string;
  readonly cwd: string;
}

export type Settings = { readonly [key: string]: unknown };

export interface FoundFile {
  readonly path: string | undefined;
  readonly content: Settings;
  /** In the order of the search. */
  readonly lookedAt: readonly string[];
}

const SUFFIXES = ['.yaml', '.yml', '.json'];

export const readTextFile: ReadFile = async (path) => {
  try {
    return await readFromDisk(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw new OperationalError(
      cloudErrors.configUnreadable,
      `cannot read ${path}: ${messageOf(error)}`,
      { cause: error, fields: { path } },
    );
  }
};

/** Candidates for a file, for instance `clouds`, with the one that a variable names in front. */
export function searchPath(
  name: string,
  places: ConfigPlaces,
  first: readonly (string | undefined)[] = [],
): readonly string[] {
  const xdgHome = places.env['XDG_CONFIG_HOME'] || join(places.homeDir, '.config');
  const folders = [
    places.cwd,
    join(xdgHome, 'openstack'),
    join(places.homeDir, '.config', 'openstack'),
    '/etc/xdg/openstack',
    '/etc/openstack',
  ];
  const files = folders.flatMap((folder) => SUFFIXES.map((suffix) => join(folder, name + suffix)));
  return [...new Set([...first.filter((path) => path !== undefined && path !== ''), ...files])].map(
    String,
  );
}

/** Beside a clouds file that a variable names, its secure file is looked for first. */
export const besideFile = (path: string | undefined, name: string): readonly string[] =>
  path === undefined ? [] : SUFFIXES.map((suffix) => join(dirname(path), name + suffix));

export async function readFirst(
  candidates: readonly string[],
  readFile: ReadFile,
): Promise<FoundFile> {
  for (const path of candidates) {
    const text = await readFile(path);
    if (text === undefined) continue;
    return { path, content: parseSettings(text, path), lookedAt: candidates };
  }
  return { path: undefined, content: {}, lookedAt: candidates };
}

function parseSettings(text: string, path: string): Settings {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // The parser's message quotes the source after its first line, and that may be a password.
    const line = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new OperationalError(cloudErrors.configUnreadable, `${path} is not YAML: ${line}`, {
      fields: { path },
    });
  }
  if (content === null || content === undefined) return {};
  if (isSettings(content)) return content;
  throw new OperationalError(
    cloudErrors.configUnreadable,
    `${path} holds no table of settings at its top`,
    { fields: { path } },
  );
}

export const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The second over the first, table by table. */
export function mergeSettings(under: Settings, over: Settings): Settings {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isSettings(old) && isSettings(value) ? mergeSettings(old, value) : value;
  }
  return merged;
}
