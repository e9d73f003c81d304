/**
 * Reads the policy language of oslo.policy: `and`, `or`, `not`, parentheses, `@`, `!`, `rule:`,
 * `role:`, literals and attributes of the caller. oslo.policy turns what it does not understand
 * into a rule that nobody passes; here it is refused with the place, because a misread rule is
 * found best before it guards anything.
 */
import type { Check, TemplatePart } from './check.ts';

/** A rule that cannot be read; the message is a sentence without the name of the rule. */
export class PolicySyntaxError extends Error {}

/** A rule that is nested or long beyond this is no rule that a person wrote. */
const MAX_DEPTH = 50;
const MAX_CHARACTERS = 10_000;

const NAME = /^[A-Za-z_][\w-]*$/;
const QUOTED = /^(?:'[^'"\\]*'|"[^'"\\]*")$/;
const NUMBER = /^(?:0|-?[1-9]\d{0,14})$/;
const CONSTANTS: readonly string[] = ['True', 'False', 'None'];

type Token =
  | { readonly kind: '(' | ')' | 'and' | 'or' | 'not' }
  | { readonly kind: 'check'; readonly text: string };

/** The text of one rule; the empty text allows everybody, as in oslo.policy. */
export function parseCheck(text: string): Check {
  if (text.length > MAX_CHARACTERS) {
    throw new PolicySyntaxError(`it has ${text.length} characters, the most are ${MAX_CHARACTERS}`);
  }
  const reader = new CheckReader(tokensOf(text));
  return text.trim() === '' ? { kind: 'always' } : reader.readAll();
}

/** The list form of old files: the outer list is joined by `or`, the inner ones by `and`. */
export function parseListRule(rule: readonly unknown[]): Check {
  if (rule.length === 0) return { kind: 'always' };
  const alternatives = rule
    .map((inner) => (Array.isArray(inner) ? (inner as readonly unknown[]) : [inner]))
    .filter((inner) => inner.length > 0)
    .map((inner) => joined('and', inner.map(parseListed)));
  return alternatives.length === 0 ? { kind: 'never' } : joined('or', alternatives);
}

function parseListed(item: unknown): Check {
  if (typeof item !== 'string') throw new PolicySyntaxError('a list holds texts or lists of texts');
  return parseSingle(item.trim());
}

function tokensOf(text: string): readonly Token[] {
  return text.split(/\s+/).filter(Boolean).flatMap(tokensOfWord);
}

/**
 * Parentheses stand alone at the ends of a word; inside one, as in `%(name)s`, they belong to it.
 */
function tokensOfWord(word: string): readonly Token[] {
  const opening = /^\(*/.exec(word)?.[0] ?? '';
  const rest = word.slice(opening.length);
  const closing = /\)*$/.exec(rest)?.[0] ?? '';
  const core = rest.slice(0, rest.length - closing.length);
  return [
    ...Array.from(opening, (): Token => ({ kind: '(' })),
    ...(core === '' ? [] : [tokenOf(core)]),
    ...Array.from(closing, (): Token => ({ kind: ')' })),
  ];
}

function tokenOf(core: string): Token {
  const lower = core.toLowerCase();
  if (lower === 'and' || lower === 'or' || lower === 'not') return { kind: lower };
  return { kind: 'check', text: core };
}

class CheckReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  readAll(): Check {
    const check = this.#readOr();
    const left = this.#tokens[this.#next];
    if (left !== undefined) {
      throw new PolicySyntaxError(`"${textOf(left)}" is not expected after a complete rule`);
    }
    return check;
  }

  #readOr(): Check {
    return this.#readJoined('or', () => this.#readJoined('and', () => this.#readOne()));
  }

  #readJoined(word: 'and' | 'or', read: () => Check): Check {
    const checks = [read()];
    while (this.#tokens[this.#next]?.kind === word) {
      this.#next++;
      checks.push(read());
    }
    return joined(word, checks);
  }

  #readOne(): Check {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new PolicySyntaxError('it ends where a check is expected');
    switch (token.kind) {
      case 'check':
        return parseSingle(token.text);
      case 'not':
        return this.#deeper(() => ({ kind: 'not', check: this.#readOne() }));
      case '(':
        return this.#deeper(() => this.#readGroup());
      default:
        throw new PolicySyntaxError(`"${textOf(token)}" stands where a check is expected`);
    }
  }

  #readGroup(): Check {
    const check = this.#readOr();
    if (this.#tokens[this.#next++]?.kind !== ')') {
      throw new PolicySyntaxError('a parenthesis is not closed');
    }
    return check;
  }

  #deeper(read: () => Check): Check {
    if (++this.#depth > MAX_DEPTH) {
      throw new PolicySyntaxError(`it is nested deeper than ${MAX_DEPTH} levels`);
    }
    const check = read();
    this.#depth--;
    return check;
  }
}

const textOf = (token: Token): string => (token.kind === 'check' ? token.text : token.kind);

/** One check is itself; a chain of the same word is one list, however it was bracketed. */
function joined(kind: 'and' | 'or', checks: readonly Check[]): Check {
  const [first] = checks;
  if (first !== undefined && checks.length === 1) return first;
  const flat = checks.flatMap((check) => (check.kind === kind ? check.checks : [check]));
  return { kind, checks: flat };
}

function parseSingle(text: string): Check {
  if (text === '@') return { kind: 'always' };
  if (text === '!') return { kind: 'never' };
  const colon = text.indexOf(':');
  if (colon < 0) {
    throw new PolicySyntaxError(`"${text}" is no check: it must be @, ! or KIND:VALUE`);
  }
  const left = text.slice(0, colon);
  const right = text.slice(colon + 1);
  if (left === 'rule') return ruleCheck(right);
  if (left === 'role') return { kind: 'role', role: parseTemplate(right) };
  if (left === 'http' || left === 'https') {
    throw new PolicySyntaxError(`"${text}" asks another server, which is not supported`);
  }
  return comparison(left, parseTemplate(right));
}

function ruleCheck(name: string): Check {
  if (name === '') throw new PolicySyntaxError('"rule:" names no rule');
  return { kind: 'rule', name };
}

function comparison(left: string, match: readonly TemplatePart[]): Check {
  if (QUOTED.test(left)) return { kind: 'literal', text: left.slice(1, -1), match };
  if (CONSTANTS.includes(left) || NUMBER.test(left)) return { kind: 'literal', text: left, match };
  const path = left.split('.');
  if (path.every((name) => NAME.test(name))) return { kind: 'attribute', path, match };
  throw new PolicySyntaxError(`"${left}" is neither a literal nor an attribute of a caller`);
}

/** `%(name)s` stands for the target, `%%` for a percent sign; nothing else begins with `%`. */
function parseTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const placeholder = /^%\(([^()%]+)\)s/.exec(text.slice(at));
    if (placeholder?.[1] !== undefined) {
      if (plain !== '') parts.push({ kind: 'text', text: plain });
      plain = '';
      parts.push({ kind: 'target', name: placeholder[1] });
      at += placeholder[0].length;
    } else if (text.startsWith('%%', at)) {
      plain += '%';
      at += 2;
    } else if (text[at] === '%') {
      throw new PolicySyntaxError(`"${text}" has a % that is neither %(NAME)s nor %%`);
    } else {
      plain += text[at++];
    }
  }
  if (plain !== '') parts.push({ kind: 'text', text: plain });
  return parts;
}
