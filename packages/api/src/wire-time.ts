/**
 * Times on the wire. Masakari writes UTC with six digits and no zone, and reads what Python's
 * `iso8601` reads. Inside there are only milliseconds since the epoch.
 */

const ISO_TIME = new RegExp(
  '^(\\d{4})(?:-(\\d{1,2})-(\\d{1,2})|(\\d{2})(\\d{2}))' +
    '(?:[ T](\\d{2})(?::?(\\d{2})(?::?(\\d{1,2})(?:[.,](\\d+))?)?)?)?' +
    '(Z|[+-]\\d{2}(?::?\\d{2})?)?$',
);

/** The wire has four digits for the year: from the year 1 to the end of the year 9999. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_800_000;

const DAY_MS = 86_400_000;

/** The rows of a list are of few days, and writing a date costs more than all else of a row. */
let writtenDay = { number: 0, text: '1970-01-01T' };

/** `2026-11-20T20:58:05.123000` */
export function wireTime(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  if (day !== writtenDay.number) {
    writtenDay = { number: day, text: new Date(day * DAY_MS).toISOString().slice(0, 11) };
  }
  const within = ms - day * DAY_MS;
  const hours = twoDigits(Math.floor(within / 3_600_000));
  const minutes = twoDigits(Math.floor(within / 60_000) % 60);
  const seconds = twoDigits(Math.floor(within / 1000) % 60);
  const fraction = String(1000 + (within % 1000)).slice(1);
  return `${writtenDay.text}${hours}:${minutes}:${seconds}.${fraction}000`;
}

const twoDigits = (value: number): string => (value < 10 ? `0${value}` : `${value}`);

export const wireTimeOrNull = (ms: number | null): string | null =>
  ms === null ? null : wireTime(ms);

/** `2026-11-20T20:58:05.123Z`, the form of Medevac's own API. */
export const zonedTime = (ms: number): string => new Date(ms).toISOString();

export const zonedTimeOrNull = (ms: number | null): string | null =>
  ms === null ? null : zonedTime(ms);

/** `2026-11-20 20:58:05.123000`, the form inside of recovery workflow details. */
export const detailTime = (ms: number): string => wireTime(ms).replace('T', ' ');

/** Milliseconds of an ISO 8601 time; without an offset it is UTC. `undefined`: it is no time. */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO_TIME.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2) || part(4), part(3) || part(5)];
  const [hour, minute, second] = [part(6), part(7), part(8)];
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = offsetOf(match[10]);
  if (offsetMs === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const fractionMs = Number((match[9] ?? '').padEnd(3, '0').slice(0, 3));
  const ms = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs;
  return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : undefined;
}

/** Milliseconds that the zone is ahead of UTC; `undefined`: there is no such zone. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
