/** The findings for people, one line each, and what they come to. */
import { count, type Level } from './check.ts';
import type { Line } from './examine.ts';

const NAME_WIDTH = 24;
const LEVEL_WIDTH = 9;

export function lineText({ level, name, found, advice }: Line): string {
  const sentence = advice === undefined ? found : `${found}. ${advice}`;
  return `${level.padEnd(LEVEL_WIDTH)} ${name.padEnd(NAME_WIDTH)} ${oneLine(sentence)}\n`;
}

export function summaryText(lines: readonly Line[]): string {
  const many = (level: Level): number => lines.filter((line) => line.level === level).length;
  const problems = many('problem');
  const parts = [
    problems === 0 ? 'no problem' : count(problems, 'problem'),
    count(many('warning'), 'warning'),
    `${many('skipped')} skipped`,
  ];
  return `\n${parts.join(', ')}\n`;
}

export const exitCodeOf = (lines: readonly Line[]): 0 | 1 =>
  lines.some(({ level }) => level === 'problem') ? 1 : 0;

/** Names and messages come from outside: no control character reaches the terminal. */
const oneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '?')
    .trim();
