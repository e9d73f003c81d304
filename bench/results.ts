/** Keeps measured cases as JSON lines below `bench/results` and sums them up. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'results');

/**
 * Appends one line to `bench/results/NAME.jsonl`; each run of a bench is told apart by its time.
 */
export function keep(name: string, line: object): void {
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, `${name}.jsonl`), `${JSON.stringify(line)}\n`);
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median, least and most, to two places; of an even count the lower middle is the median. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => Math.round((sorted[index] ?? Number.NaN) * 100) / 100;
  return {
    median: at(Math.floor((sorted.length - 1) / 2)),
    least: at(0),
    most: at(sorted.length - 1),
  };
}

export const spreadText = ({ median, least, most }: Spread): string =>
  `${median} (${least} to ${most})`;
