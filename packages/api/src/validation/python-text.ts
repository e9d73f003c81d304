/**
 * Values as Python writes them. Masakari's validation messages quote the refused value in Python's
 * notation, and clients show them as they are.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** No accepted body is nested nearly as deep; what lies deeper is not written out. */
const DEEPEST = 50;

/** Python's `repr` of a value that came out of JSON. */
export const pythonRepr = (value: unknown): string => reprAt(value, 0);

function reprAt(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return reprOfText(value);
  if (typeof value === 'number') return String(value);
  if (depth >= DEEPEST) return '...';
  if (Array.isArray(value)) {
    return `[${value.map((inner) => reprAt(inner, depth + 1)).join(', ')}]`;
  }
  const entries = Object.entries(value).map(
    ([key, inner]) => `${reprOfText(key)}: ${reprAt(inner, depth + 1)}`,
  );
  return `{${entries.join(', ')}}`;
}

/** Python's `str` of a value: like `repr`, but text stands without quotes. */
export const pythonText = (value: unknown): string =>
  typeof value === 'string' ? value : pythonRepr(value);

/** Python's `repr` of a tuple, in which some of Masakari's enumerations are written. */
export const pythonTuple = (values: readonly unknown[]): string =>
  `(${values.map(pythonRepr).join(', ')}${values.length === 1 ? ',' : ''})`;

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = Array.from(text, (character) => {
    if (character === quote) return `\\${character}`;
    return ESCAPES[character] ?? (UNPRINTABLE.test(character) ? escaped(character) : character);
  }).join('');
  return `${quote}${body}${quote}`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
