/**
 * The complete order of a list, the same in every implementation: what the caller asked for, the
 * newest first when nothing was asked, and always `id` at the end so that no two rows tie. Absent
 * values come before all others, text compares by its UTF-8 bytes.
 */
import type { SortKey } from '@medevac/engine';

export function completeOrder<Key extends string>(
  sort: readonly SortKey<Key>[],
): readonly SortKey<Key | 'id' | 'createdAtMs'>[] {
  const asked: readonly SortKey<Key | 'id' | 'createdAtMs'>[] =
    sort.length > 0 ? sort : [{ key: 'createdAtMs', direction: 'desc' }];
  const seen = new Set<string>();
  const distinct = asked.filter(({ key }) => !seen.has(key) && seen.add(key));
  const direction = distinct[0]?.direction ?? 'desc';
  return seen.has('id') ? distinct : [...distinct, { key: 'id', direction }];
}

/** A marker is the integer id or the UUID of a row. */
export function parseMarker(marker: string): { readonly id: number } | { readonly uuid: string } {
  return /^\d{1,15}$/.test(marker) ? { id: Number(marker) } : { uuid: marker };
}
