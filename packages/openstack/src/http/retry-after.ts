/** The pause that a service asks for with 429 or 503. */

const DAY_MS = 86_400_000;

/**
 * Milliseconds of a `Retry-After` header, or `undefined` when it is absent or unreadable. A date is
 * measured against the `Date` of the same answer: both are the server's clock, ours is not asked.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(DAY_MS, Math.ceil(Number(text) * 1000));
  const untilMs = Date.parse(text);
  const nowMs = Date.parse(headers['date'] ?? '');
  if (Number.isNaN(untilMs) || Number.isNaN(nowMs)) return undefined;
  return Math.min(DAY_MS, Math.max(0, untilMs - nowMs));
}
