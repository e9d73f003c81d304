/**
 * A check of `medevac doctor` as a row of a table: what it needs from earlier ones, what it finds
 * out for later ones, and one line of finding in plain words.
 */
import type { Call } from '@medevac/openstack';
import type { FactName, Facts, Surroundings } from './surroundings.ts';

/** `reminder`: what nobody can see from here and the operator should look at. */
export type Level = 'ok' | 'warning' | 'problem' | 'reminder' | 'skipped';

export interface Finding {
  readonly level: Level;
  /** What was found, a sentence without a full stop. */
  readonly found: string;
  /** What to do about it, in sentences; absent when there is nothing to do. */
  readonly advice?: string;
  /** Everything that `found` only counts or begins to list, for programs. */
  readonly items?: readonly string[];
}

export interface Answer extends Finding {
  readonly facts?: Partial<Facts>;
  /** Why facts that this check provides are not there although nothing is wrong. */
  readonly withheld?: string;
}

export interface Examination {
  readonly around: Surroundings;
  readonly call: Call;
}

export interface Check<Need extends FactName = FactName> {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly provides: readonly FactName[];
  /** `CHECK_MS` when absent. */
  readonly deadlineMs?: number;
  /** A thrown OperationalError is a problem with its own message and advice. */
  readonly run: (given: Pick<Facts, Need>, examination: Examination) => Promise<Answer>;
}

/** A check takes no longer; a cloud that answers later than this is in trouble of its own. */
export const CHECK_MS = 20_000;

const SHOWN = 5;

/** The first few by name and the number of the others. */
export function listSome(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

export const count = (many: number, one: string): string =>
  `${many} ${many === 1 ? one : `${one}s`}`;
