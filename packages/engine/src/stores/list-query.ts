/** What every list of the API asks of its store: equality filters, an order, and one page of it. */

/** Largest first is the default order of every list (`created_at` descending), as in Masakari. */
export interface SortKey<Key extends string> {
  readonly key: Key;
  readonly direction: 'asc' | 'desc';
}

export interface ListQuery<Filter extends object, Key extends string> {
  /** Absent fields do not filter. */
  readonly filter: Partial<Filter>;
  /** Order of the list; `id` in the direction of the first key always breaks ties. */
  readonly sort: readonly SortKey<Key>[];
  readonly limit: number;
  /** Only rows after this one in the given order: a row's integer id or its UUID. */
  readonly marker?: string;
}

export type Page<Row> =
  | { readonly kind: 'page'; readonly rows: readonly Row[] }
  | { readonly kind: 'unknown-marker' };
