/**
 * The operator's policy file: YAML, of which JSON is a part, with one rule for each name. Old files
 * write a rule as a list of lists. Everything wrong is told with the file and the name of the rule.
 */
import { messageOf, OperationalError } from '@medevac/kernel';
import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import { cloudErrors } from '../errors.ts';
import type { Check } from './check.ts';
import { PolicySyntaxError, parseCheck, parseListRule } from './parse-check.ts';

/** The rules of the file by name; an empty file has none. */
export function parsePolicyFile(file: {
  readonly path: string;
  readonly text: string;
}): ReadonlyMap<string, Check> {
  const content = readMapping(file);
  return new Map(
    [...content].map(([name, rule]) => {
      if (typeof name !== 'string') {
        throw invalid(file.path, `the name ${JSON.stringify(name)} is no text`);
      }
      return [name, readRule(file.path, name, rule)];
    }),
  );
}

function readMapping(file: {
  readonly path: string;
  readonly text: string;
}): ReadonlyMap<unknown, unknown> {
  const document = parseDocument(file.text, { uniqueKeys: true });
  const [trouble] = document.errors;
  if (trouble !== undefined) throw invalid(file.path, messageOf(trouble));
  refuseTags(document, file.path);
  let content: unknown;
  try {
    content = document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  } catch (error) {
    throw invalid(file.path, messageOf(error));
  }
  if (content === null || content === undefined) return new Map();
  if (!(content instanceof Map)) throw invalid(file.path, 'it must be a mapping of rules by name');
  return content as ReadonlyMap<unknown, unknown>;
}

/**
 * YAML takes an unquoted `!` as a tag of an empty text, and the empty text allows everybody: the
 * contrary of what was meant.
 */
function refuseTags({ contents }: Document, path: string): void {
  if (!isMap(contents)) return;
  for (const { key, value } of contents.items) {
    if (!isScalar(value) || value.tag === undefined || value.tag.startsWith('tag:')) continue;
    const name = isScalar(key) ? String(key.value) : 'of a name that is no text';
    throw invalid(path, `rule "${name}": YAML reads an unquoted ! as a tag; write "!" in quotes`);
  }
}

function readRule(path: string, name: string, rule: unknown): Check {
  try {
    if (typeof rule === 'string') return parseCheck(rule);
    if (Array.isArray(rule)) return parseListRule(rule);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw invalid(path, `rule "${name}": ${error.message}`);
  }
  throw invalid(path, `rule "${name}" is ${JSON.stringify(rule)}, but it must be a text`);
}

const invalid = (path: string, text: string): OperationalError =>
  new OperationalError(cloudErrors.policyInvalid, `${path}: ${text}`, { fields: { file: path } });
