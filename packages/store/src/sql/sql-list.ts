/**
 * One page of a list by keyset: the marker's own values bound the query, so that page 1,000 costs
 * as much as page 1 and rows that come or go in between shift nothing. A list is one query, and
 * with a marker one more that reads the marker's row.
 */
import type { ListQuery, Page, SortKey } from '@medevac/engine';
import { invariant } from '@medevac/kernel';
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { completeOrder, parseMarker } from '../rules/list-order.ts';
import type { Schema } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

export interface SortColumn {
  readonly column: string;
  readonly nullable?: boolean;
}

export interface ListSource<Key extends string, Table extends keyof Schema, Row, Result> {
  readonly columns: Readonly<Record<NoInfer<Key> | 'id' | 'createdAtMs', SortColumn>>;
  /** Every row that exists for the caller: the marker may be any of them. */
  readonly all: SelectQueryBuilder<Schema, Table, Row>;
  /** Those that the filter lets through. */
  readonly filtered: SelectQueryBuilder<Schema, Table, Row>;
  readonly fromRow: (row: Row) => Result;
}

interface Term {
  readonly column: string;
  readonly nullable: boolean;
  readonly ascending: boolean;
  readonly marker: unknown;
}

export async function readPage<
  Key extends string,
  Table extends keyof Schema,
  Row extends object,
  Result,
>(
  database: SqlDatabase,
  query: Pick<ListQuery<object, Key>, 'sort' | 'limit' | 'marker'>,
  source: ListSource<Key, Table, Row, Result>,
): Promise<Page<Result>> {
  let markerRow: object | undefined;
  if (query.marker !== undefined) {
    const marker = parseMarker(query.marker);
    const isMarker =
      'id' in marker
        ? sql<SqlBool>`${sql.ref('id')} = ${marker.id}`
        : sql<SqlBool>`${sql.ref('uuid')} = ${marker.uuid}`;
    const found = await database.read(() => source.all.where(isMarker).execute());
    if (found[0] === undefined) return { kind: 'unknown-marker' };
    markerRow = found[0];
  }
  const sort: readonly SortKey<Key | 'id' | 'createdAtMs'>[] = completeOrder(query.sort);
  const terms = sort.map(({ key, direction }): Term => {
    const { column, nullable = false } = source.columns[key];
    const ascending = direction === 'asc';
    const marker: unknown = markerRow && Reflect.get(markerRow, column);
    return { column, nullable, ascending, marker };
  });
  let select = source.filtered.limit(query.limit);
  if (markerRow !== undefined) select = select.where(behindMarker(terms));
  for (const term of terms) {
    const direction = term.ascending ? sql`asc` : sql`desc`;
    if (term.nullable && !database.dialect.nullsFirst)
      select = select.orderBy(
        sql`case when ${sql.ref(term.column)} is null then 0 else 1 end ${direction}`,
      );
    select = select.orderBy(sql`${sql.ref(term.column)} ${direction}`);
  }
  const rows = await database.read(() => select.execute());
  return { kind: 'page', rows: rows.map(source.fromRow) };
}

/** `a behind, or a equal and (b behind, or b equal and (...))`; the last term is the unique id. */
function behindMarker(terms: readonly Term[]): RawBuilder<SqlBool> {
  const [first, ...rest] = terms;
  invariant(first !== undefined, 'a list has at least one sort key');
  if (rest.length === 0) return behind(first);
  const inner = sql<SqlBool>`(${behind(first)} or (${level(first)} and ${behindMarker(rest)}))`;
  // Says again what follows anyway, in the one form that lets the database enter the index there.
  if (first.nullable) return inner;
  const bound = first.ascending ? sql`>=` : sql`<=`;
  return sql<SqlBool>`(${sql.ref(first.column)} ${bound} ${first.marker} and ${inner})`;
}

function behind({ column, nullable, ascending, marker }: Term): RawBuilder<SqlBool> {
  const value = sql.ref(column);
  if (marker === null) return ascending ? sql<SqlBool>`${value} is not null` : sql<SqlBool>`1 = 0`;
  if (ascending) return sql<SqlBool>`${value} > ${marker}`;
  return nullable
    ? sql<SqlBool>`(${value} < ${marker} or ${value} is null)`
    : sql<SqlBool>`${value} < ${marker}`;
}

function level({ column, marker }: Term): RawBuilder<SqlBool> {
  const value = sql.ref(column);
  return marker === null ? sql<SqlBool>`${value} is null` : sql<SqlBool>`${value} = ${marker}`;
}
