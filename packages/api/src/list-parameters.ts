/**
 * The query parameters that all lists share: limit, marker and order, and how filters are read.
 * Wire names of columns become record fields here and in the lists' own tables only.
 */
import type { Page, SortKey } from '@medevac/engine';
import { LIMITS } from '@medevac/kernel';
import { invalidQuery, unknownMarker } from './errors.ts';
import { pythonRepr } from './validation/python-text.ts';
import { parseIsoTime } from './wire-time.ts';

/** Query parameters as the router gives them: repeated ones as arrays. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The columns by which a list can be ordered: wire name to record field. */
export interface SortColumns<Key extends string> {
  readonly created_at: Key;
  readonly [wireName: string]: Key;
}

export interface PageRequest<Key extends string> {
  readonly sort: readonly SortKey<Key>[];
  readonly limit: number;
  readonly marker?: string;
}

/** Columns that are equal in every row of a list: they may be named, and order nothing. */
const CONSTANT_COLUMNS: readonly string[] = ['deleted', 'deleted_at'];
const INTEGER = /^\s*[+-]?\d+\s*$/;
const TRUE_WORDS: readonly string[] = ['1', 't', 'true', 'on', 'y', 'yes'];
const FALSE_WORDS: readonly string[] = ['0', 'f', 'false', 'off', 'n', 'no'];

/** The last value of a parameter; an empty one counts as absent. */
export function valueOf(query: Query, name: string): string | undefined {
  const value = allOf(query, name).at(-1);
  return value === '' ? undefined : value;
}

const allOf = (query: Query, name: string): readonly string[] => [query[name] ?? []].flat();

/**
 * Reads limit, marker and order; throws a 400 for what is not valid in them. `constant` names
 * further columns that are equal in every row of this list.
 */
export function readPage<Key extends string>(
  query: Query,
  columns: SortColumns<Key>,
  constant: readonly string[] = [],
): PageRequest<Key> {
  const limit = readLimit(query);
  readCount(query, 'page_size');
  const marker = valueOf(query, 'marker');
  const sort = readSort(query, columns, constant);
  return { sort, limit, ...(marker === undefined ? {} : { marker }) };
}

/** How many rows are asked for; what is above the greatest page is cut. */
export const readLimit = (query: Query): number =>
  Math.min(readCount(query, 'limit') ?? LIMITS.apiPageSize, LIMITS.apiPageSize);

function readCount(query: Query, name: string): number | undefined {
  const text = valueOf(query, name);
  if (text === undefined) return undefined;
  if (!INTEGER.test(text)) {
    throw invalidQuery(`Invalid input received: ${name} must be an integer`);
  }
  const count = Number(text);
  if (count < 0) throw invalidQuery(`Invalid input received: ${name} must be >= 0`);
  return count;
}

function readSort<Key extends string>(
  query: Query,
  columns: SortColumns<Key>,
  constant: readonly string[],
): readonly SortKey<Key>[] {
  const names = allOf(query, 'sort_key').map((name) => name.trim());
  const directions = allOf(query, 'sort_dir').map((text) => readDirection(text.trim()));
  const wanted = names.length === 0 ? ['created_at'] : names;
  if (directions.length > wanted.length) {
    throw invalidQuery('Sort direction size exceeds sort key size');
  }
  const first = directions[0] ?? 'desc';
  const sort: SortKey<Key>[] = [];
  for (const [index, name] of wanted.entries()) {
    if (CONSTANT_COLUMNS.includes(name) || constant.includes(name)) continue;
    const key = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (key === undefined) {
      throw invalidQuery(`InvalidSortKey('Sort key supplied is invalid: ${name}')`);
    }
    sort.push({ key, direction: directions[index] ?? first });
  }
  if (sort.some(({ key }) => key === columns.created_at)) return sort;
  return [...sort, { key: columns.created_at, direction: first }];
}

function readDirection(text: string): 'asc' | 'desc' {
  if (text === 'asc' || text === 'desc') return text;
  throw invalidQuery("Unknown sort direction, must be 'asc' or 'desc'");
}

/** A filter that must be one of the words for true and false. */
export function readBoolean(query: Query, name: string): boolean | undefined {
  const text = valueOf(query, name);
  if (text === undefined) return undefined;
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  if (FALSE_WORDS.includes(word)) return false;
  const accepted = [...TRUE_WORDS, ...FALSE_WORDS].sort().map(pythonRepr).join(', ');
  throw invalidQuery(
    `Invalid value for ${name}: Unrecognized value ${pythonRepr(text)}, ` +
      `acceptable values are: ${accepted}`,
  );
}

/** A filter that must be an ISO 8601 time. */
export function readTime(query: Query, name: string): number | undefined {
  const text = valueOf(query, name);
  if (text === undefined) return undefined;
  const ms = parseIsoTime(text);
  if (ms === undefined) throw invalidQuery(`Invalid ${name} value`);
  return ms;
}

/** The rows of a page; a marker that is no row is a 400. */
export async function rowsOf<Row, Key extends string>(
  page: PageRequest<Key>,
  read: (page: PageRequest<Key>) => Promise<Page<Row>>,
): Promise<readonly Row[]> {
  const answer = await read(page);
  if (answer.kind === 'unknown-marker') throw unknownMarker(page.marker ?? '');
  return answer.rows;
}
