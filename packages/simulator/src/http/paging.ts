/** Pages of a list by `limit` and `marker`, cut as Nova cuts them. */
import { LIMITS } from '@medevac/kernel';
import { Refusal, type WireRequest } from './wire.ts';

export interface WirePage<T> {
  readonly items: readonly T[];
  /** Present when there may be more: Nova gives it with every full page, the last one included. */
  readonly nextHref: string | undefined;
}

interface Listed<T> {
  readonly all: readonly T[];
  readonly idOf: (item: T) => string;
  /** Nova's sentence for a marker that is not in the list. */
  readonly markerGone: (marker: string) => string;
}

export function pageOf<T>(request: WireRequest, { all, idOf, markerGone }: Listed<T>): WirePage<T> {
  const limit = readLimit(request.query.get('limit'));
  const marker = request.query.get('marker');
  const before = marker === null ? -1 : all.findIndex((item) => idOf(item) === marker);
  if (marker !== null && before === -1) throw new Refusal(400, markerGone(marker));
  const items = all.slice(before + 1, before + 1 + limit);
  const last = items.at(-1);
  if (last === undefined || items.length < limit) return { items, nextHref: undefined };
  const query = new URLSearchParams(request.query);
  query.set('marker', idOf(last));
  return { items, nextHref: `${request.baseUrl}${request.path}?${query.toString()}` };
}

/** Nova's `max_limit` counts when more is asked for, and when nothing is. */
function readLimit(text: string | null): number {
  if (text === null) return LIMITS.cloudPageSize;
  if (!/^\d+$/.test(text)) {
    const rule = "does not match '^[0-9]*$'";
    const what = 'Invalid input for query parameters limit.';
    throw new Refusal(400, `${what} Value: ${text}. '${text}' ${rule}`);
  }
  const limit = Number(text);
  return limit === 0 ? LIMITS.cloudPageSize : Math.min(limit, LIMITS.cloudPageSize);
}
