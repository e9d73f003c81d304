/**
 * The golden log of a scenario: what the run must print, line for line. A difference is shown so
 * that a person can judge it; writing a new log is a decision of that person.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '@medevac/kernel';
import { SCENARIO_ERRORS } from './read-fields.ts';
import { SCENARIOS_FOLDER, type ScenarioRun } from './run-scenario.ts';

export type GoldenOutcome =
  | { readonly kind: 'same' | 'written' }
  /** `difference`: removed lines with a minus, new ones with a plus, and what stands around. */
  | { readonly kind: 'different'; readonly difference: string };

export interface GoldenOptions {
  /** Replaces a log that differs. */
  readonly rewrites: boolean;
  /** Writes the log of a folder that has none; otherwise that is an error. */
  readonly writesNew: boolean;
}

const AROUND = 2;

/** The shipped scenarios by name. */
export const scenarioNames = (): readonly string[] =>
  readdirSync(SCENARIOS_FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();

/** How a golden log is written anew. */
export const rewriteCommand = (name: string): string => `npx medevac sim run ${name} --write`;

export function compareWithGolden(run: ScenarioRun, options: GoldenOptions): GoldenOutcome {
  const { folder, name } = run.scenario;
  const file = join(folder, 'log.expect');
  const isThere = existsSync(file);
  if (!isThere && !options.rewrites && !options.writesNew) {
    throw new OperationalError(SCENARIO_ERRORS.notWritten, `${name} has no log.expect`);
  }
  const expected = isThere ? readFileSync(file, 'utf8').replace(/\n$/, '').split('\n') : [];
  const difference = lineDifference(expected, run.log);
  if (difference === '') return { kind: 'same' };
  if (isThere && !options.rewrites) return { kind: 'different', difference };
  writeFileSync(file, `${run.log.join('\n')}\n`);
  return { kind: 'written' };
}

/** Empty when both are equal. */
export function lineDifference(expected: readonly string[], actual: readonly string[]): string {
  const marked = mark(expected, actual);
  const isNear = (place: number): boolean =>
    marked.slice(Math.max(0, place - AROUND), place + AROUND + 1).some(([sign]) => sign !== ' ');
  const shown: string[] = [];
  let isGap = false;
  for (const [place, [sign, line]] of marked.entries()) {
    if (!isNear(place)) {
      isGap = shown.length > 0;
      continue;
    }
    if (isGap) shown.push('  ...');
    isGap = false;
    shown.push(`${sign} ${line}`);
  }
  return shown.join('\n');
}

type Marked = readonly ['-' | '+' | ' ', string];

/** By the longest common subsequence between the equal beginning and the equal end. */
function mark(before: readonly string[], after: readonly string[]): readonly Marked[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const kept = (lines: readonly string[]): readonly Marked[] => lines.map((line) => [' ', line]);
  return [
    ...kept(before.slice(0, head)),
    ...markMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...kept(before.slice(before.length - tail)),
  ];
}

function markMiddle(before: readonly string[], after: readonly string[]): readonly Marked[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const marked: Marked[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, now] = [before[row], after[column]];
    if (old !== undefined && old === now) {
      marked.push([' ', old]);
      row += 1;
      column += 1;
    } else if (
      old !== undefined &&
      (now === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      marked.push(['-', old]);
      row += 1;
    } else if (now !== undefined) {
      marked.push(['+', now]);
      column += 1;
    }
  }
  return marked;
}
