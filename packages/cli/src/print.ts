/** Output for people and for programs: aligned tables, or JSON. */
import { messageOf, OperationalError } from '@medevac/kernel';

export type Row = Readonly<Record<string, unknown>>;

export interface Output {
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** Several objects as a table with the given columns; as JSON with all their fields. */
export function printRows(rows: readonly Row[], columns: readonly string[], output: Output): void {
  if (output.json) {
    output.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const table = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  output.write(align(table));
}

/** One object with all its fields. */
export function printObject(row: Row, output: Output): void {
  if (output.json) {
    output.write(`${JSON.stringify(row, null, 2)}\n`);
    return;
  }
  output.write(align(Object.entries(row).map(([name, value]) => [name, cell(value)])));
}

/** One line for an error that an operator can mend; no stack. */
export function errorLine(error: unknown): string {
  const line = `medevac: ${messageOf(error)}`;
  if (!(error instanceof OperationalError)) return `${line}\n`;
  const sentence = /[.!?]$/.test(line) ? line : `${line}.`;
  return `${sentence} ${error.advice} [${error.code}]\n`;
}

function align(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table
    .map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
