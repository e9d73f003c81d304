/** One page of an in-memory list, in the same order and with the same markers as in SQL. */
import type { ListQuery, Page } from '@medevac/engine';
import { completeOrder, parseMarker } from '../rules/list-order.ts';
import { copyOf } from './memory-tables.ts';

type Value = string | number | boolean | null;

/** A row and what it may be sorted by. */
export type ListedRow<Key extends string> = {
  readonly [Name in Key | 'id' | 'createdAtMs' | 'uuid']: Value;
};

export function memoryPage<Key extends string, Row extends ListedRow<Key>>(
  rows: Iterable<Row>,
  query: Pick<ListQuery<object, Key>, 'sort' | 'limit' | 'marker'>,
  passes: (row: Row) => boolean,
): Page<Row> {
  const all = [...rows];
  const sort = completeOrder(query.sort);
  const compareRows = (left: Row, right: Row): number => {
    for (const { key, direction } of sort) {
      const order = compareValues(left[key], right[key]);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  };
  let listed = all.filter(passes).sort(compareRows);
  if (query.marker !== undefined) {
    const marker = parseMarker(query.marker);
    const last = all.find((row) =>
      'id' in marker ? row.id === marker.id : row.uuid === marker.uuid,
    );
    if (last === undefined) return { kind: 'unknown-marker' };
    listed = listed.filter((row) => compareRows(row, last) > 0);
  }
  return { kind: 'page', rows: copyOf(listed.slice(0, query.limit)) };
}

/** Whether the row has every value that the filter names. */
export function equalsFilter<Row extends object>(filter: Partial<Row>): (row: Row) => boolean {
  const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
  return (row) => wanted.every(([name, value]) => Reflect.get(row, name) === value);
}

function compareValues(left: Value, right: Value): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Number(left) - Number(right);
}
