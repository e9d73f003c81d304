/**
 * All rules of a service: its own defaults under those of the operator's file. They are checked as
 * a whole when they are made, so that no request ever meets a rule that refers to nothing or to
 * itself.
 */
import { OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../errors.ts';
import { type Check, type PolicyFacts, referencesOf } from './check.ts';
import { type PolicyRequest, passes } from './judge.ts';
import { parseCheck } from './parse-check.ts';
import { parsePolicyFile } from './parse-policy-file.ts';
import { printCheck } from './print-check.ts';

/** A rule that the program brings along; a file can put another check in its place. */
export interface RuleDefault {
  readonly name: string;
  readonly check: string;
  /** For people: what it guards. */
  readonly description: string;
}

export interface PolicyFile {
  /** For messages. */
  readonly path: string;
  readonly text: string;
}

export interface EffectiveRule {
  readonly name: string;
  readonly check: string;
  /** `file`: the operator's file says so, whatever the default is. */
  readonly from: 'default' | 'file';
  /** Absent for a rule that only the file has. */
  readonly description?: string;
}

/** Old files name the rule for everything that has none; ours all have one. */
const CATCH_ALL = 'default';

export class PolicyRules {
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #fromFile: ReadonlySet<string>;
  readonly #defaults: readonly RuleDefault[];

  private constructor(
    checks: ReadonlyMap<string, Check>,
    fromFile: ReadonlySet<string>,
    defaults: readonly RuleDefault[],
  ) {
    this.#checks = checks;
    this.#fromFile = fromFile;
    this.#defaults = defaults;
  }

  /** Throws `policy.invalid`, naming file and rule, unless every rule can be judged. */
  static load(defaults: readonly RuleDefault[], file?: PolicyFile): PolicyRules {
    const own = new Map(defaults.map(({ name, check }) => [name, parseCheck(check)]));
    const given = file === undefined ? new Map<string, Check>() : parsePolicyFile(file);
    const all = new Map([...own, ...given]);
    const place = file?.path ?? 'the default policy';
    refuseUnknown(all, place);
    refuseCycles(all, place);
    refuseUnused({ own, given, all }, place);
    return new PolicyRules(all, new Set(given.keys()), defaults);
  }

  /** A rule that is not there lets nobody pass. */
  allows(name: string, caller: PolicyFacts, target: PolicyFacts): boolean {
    const request: PolicyRequest = { caller, target };
    return passes({ kind: 'rule', name }, request, this.#checks);
  }

  /** Every rule as it counts now: the defaults in their order, then those of the file alone. */
  effective(): readonly EffectiveRule[] {
    const described = new Map(this.#defaults.map((rule) => [rule.name, rule.description]));
    return [...this.#checks].map(([name, check]) => {
      const description = described.get(name);
      return {
        name,
        check: printCheck(check),
        from: this.#fromFile.has(name) ? 'file' : 'default',
        ...(description === undefined ? {} : { description }),
      };
    });
  }
}

type Checks = ReadonlyMap<string, Check>;

function refuseUnknown(all: Checks, place: string): void {
  for (const [name, check] of all) {
    const missing = referencesOf(check).find((one) => !all.has(one));
    if (missing === undefined) continue;
    throw invalid(place, `rule "${name}" refers to "rule:${missing}", which is not there`);
  }
}

/** Depth first with a colour for each rule, so that each is visited once. */
function refuseCycles(all: Checks, place: string): void {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    if (done.has(name)) return;
    if (way.includes(name)) {
      const cycle = [...way.slice(way.indexOf(name)), name].join(' -> ');
      throw invalid(place, `rule "${name}" refers to itself: ${cycle}`);
    }
    const check = all.get(name);
    if (check !== undefined) {
      for (const next of new Set(referencesOf(check))) visit(next, [...way, name]);
    }
    done.add(name);
  };
  for (const name of all.keys()) visit(name, []);
}

/** A name that neither we nor another rule know is misspelt, and would guard nothing. */
function refuseUnused(
  { own, given, all }: { readonly own: Checks; readonly given: Checks; readonly all: Checks },
  place: string,
): void {
  const used = new Set([...all.values()].flatMap(referencesOf));
  for (const name of given.keys()) {
    if (own.has(name) || used.has(name) || name === CATCH_ALL) continue;
    const near = nearest(name, [...own.keys()]);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    throw invalid(place, `there is no rule "${name}", and no other rule refers to it${hint}`);
  }
}

/** The known name with the longest common beginning and end. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const likeness = (other: string): number => {
    const least = Math.min(name.length, other.length);
    let head = 0;
    while (head < least && name[head] === other[head]) head++;
    let tail = 0;
    while (tail < least - head && name.at(-1 - tail) === other.at(-1 - tail)) tail++;
    return (2 * (head + tail)) / (name.length + other.length);
  };
  const best = known.toSorted((a, b) => likeness(b) - likeness(a))[0];
  return best !== undefined && likeness(best) > 0.7 ? best : undefined;
}

const invalid = (place: string, text: string): OperationalError =>
  new OperationalError(cloudErrors.policyInvalid, `${place}: ${text}`, { fields: { file: place } });
