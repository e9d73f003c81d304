/** The string formats of Masakari's schemas, and the characters that its texts may hold. */
import { parseIsoTime } from '../wire-time.ts';

export const NAME_FORMAT = 'name';
/** What the message of a refused name says. */
export const NAME_RULE = 'printable characters. Can not start or end with whitespace.';

/** Printable characters of the basic plane; line feeds come on top in descriptions. */
const PRINTABLE = '[^\\p{C}\\p{Zl}\\p{Zp}\\u{10000}-\\u{10FFFF}]';
const NAME = new RegExp(`^(?!\\p{Zs})${PRINTABLE}+(?<!\\p{Zs})$`, 'u');
const HEX_32 = /^[0-9a-f]{32}$/i;

/** Pattern of texts of several lines. */
export const DESCRIPTION_PATTERN = `^(?:${PRINTABLE}|\\n)*$`;

/** Dashes may be left out, as Masakari's check allows. */
export const isUuidLike = (text: string): boolean => HEX_32.test(text.replaceAll('-', ''));

export const FORMATS = {
  [NAME_FORMAT]: (text: string) => NAME.test(text),
  'date-time': (text: string) => parseIsoTime(text) !== undefined,
  uuid: isUuidLike,
} as const;
