/**
 * Reads the JSON of a scenario field by field. Whatever is wrong is told with the file, the place
 * in it and what is allowed there; a field that nobody asks for is wrong too.
 */
import { type ErrorKind, OperationalError } from '@medevac/kernel';

export const SCENARIO_ERRORS = {
  invalid: {
    code: 'scenario.invalid',
    retry: 'never',
    advice: 'Correct the file at the place that the message names.',
  },
  unreadable: {
    code: 'scenario.unreadable',
    retry: 'never',
    advice: 'Name a folder with world.json and events.json, or a scenario that is shipped.',
  },
  notWritten: {
    code: 'scenario.not_written',
    retry: 'never',
    advice: 'Run the scenario once where logs may be written, read its log and commit it.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** Whole numbers only, unless this is set. */
  readonly isFraction?: boolean;
}

export class FieldReader {
  readonly #file: string;
  readonly #place: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(file: string, place: string, value: unknown) {
    this.#file = file;
    this.#place = place;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#wrong('', value, 'an object');
    }
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    this.#asked.add(name);
    return this.#fields[name] !== undefined;
  }

  /** A number within the range; the fallback, when there is one, where the field is absent. */
  number(name: string, range: NumberRange, fallback?: number): number {
    const value = this.#take(name, fallback);
    const { least, most, isFraction = false } = range;
    const isKind = typeof value === 'number' && (isFraction || Number.isInteger(value));
    if (isKind && value >= least && value <= most) return value;
    const kind = isFraction ? 'a number' : 'a whole number';
    throw this.#wrong(name, value, `${kind} from ${least} to ${most}`);
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.#take(name, fallback);
    if (typeof value === 'boolean') return value;
    throw this.#wrong(name, value, 'true or false');
  }

  text(name: string, fallback?: string): string {
    const value = this.#take(name, fallback);
    if (typeof value === 'string' && value !== '') return value;
    throw this.#wrong(name, value, 'a text');
  }

  oneOf<const Word extends string>(name: string, words: readonly Word[], fallback?: Word): Word {
    const value = this.#take(name, fallback);
    const word = words.find((one) => one === value);
    if (word !== undefined) return word;
    throw this.#wrong(name, value, `one of ${words.join(', ')}`);
  }

  /** Texts by name, for instance metadata; empty where the field is absent. */
  texts(name: string): Readonly<Record<string, string>> {
    const value = this.#take(name, {});
    const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
    const entries = isPlain ? Object.entries(value) : [];
    if (isPlain && entries.every(([, one]) => typeof one === 'string')) {
      return Object.fromEntries(entries) as Record<string, string>;
    }
    throw this.#wrong(name, value, 'an object of texts');
  }

  /** The fields below; an absent one reads as empty. */
  part(name: string): FieldReader {
    const value = this.#take(name, {});
    return new FieldReader(this.#file, this.#path(name), value);
  }

  /** The readers of a list of objects; an absent one is empty. */
  parts(name: string): readonly FieldReader[] {
    const value = this.#take(name, []);
    if (!Array.isArray(value)) throw this.#wrong(name, value, 'a list');
    return value.map(
      (one, index) => new FieldReader(this.#file, `${this.#path(name)}[${index}]`, one),
    );
  }

  /** Every field was asked for; otherwise the first that was not is refused. */
  end(): void {
    const unknown = Object.keys(this.#fields).find((name) => !this.#asked.has(name));
    if (unknown === undefined) return;
    const allowed = [...this.#asked].toSorted().join(', ');
    throw this.#wrong(unknown, this.#fields[unknown], `no such field; there are ${allowed}`);
  }

  #take(name: string, fallback: unknown): unknown {
    this.#asked.add(name);
    return this.#fields[name] ?? fallback;
  }

  #path(name: string): string {
    return [this.#place, name].filter(Boolean).join('.');
  }

  #wrong(name: string, value: unknown, allowed: string): OperationalError {
    const shown = value === undefined ? 'missing' : JSON.stringify(value);
    const place = this.#path(name) || 'the file';
    const message = `${this.#file}: ${place} is ${shown}; allowed: ${allowed}`;
    return new OperationalError(SCENARIO_ERRORS.invalid, message);
  }
}

/** A name of which the world knows nothing. */
export function unknownName(
  file: string,
  place: string,
  name: string,
  names: readonly string[],
): OperationalError {
  const allowed = names.length > 4 ? `${names[0]} to ${names.at(-1)}` : names.join(', ');
  const message = `${file}: ${place} is ${JSON.stringify(name)}; allowed: ${allowed || 'none'}`;
  return new OperationalError(SCENARIO_ERRORS.invalid, message);
}
