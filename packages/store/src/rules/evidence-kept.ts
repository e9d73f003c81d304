/**
 * Which evidence of an incident is dropped when there is too much of it. A confirmation is judged
 * by the order of the newest report and the newest sign of life, so the newest row of each kind
 * stays, however many rows of another kind came after it.
 */
import type { EvidenceKind } from '@medevac/engine';

interface Ranked {
  readonly id: number;
  readonly kind: EvidenceKind;
}

/** Ids to drop of the rows in the order of receipt: the oldest, until `limit` rows are left. */
export function evidenceToDrop(rows: readonly Ranked[], limit: number): readonly number[] {
  const newest = new Set(new Map(rows.map(({ kind, id }) => [kind, id])).values());
  return rows
    .map(({ id }) => id)
    .filter((id) => !newest.has(id))
    .slice(0, Math.max(0, rows.length - limit));
}
