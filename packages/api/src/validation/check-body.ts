/**
 * Checks request bodies against their JSON Schemas with Ajv and words the first fault as Masakari's
 * own validator (Python's jsonschema) does. "First" is by the order in which that validator looks:
 * the keywords of a schema in `KEYWORD_ORDER`, properties in the order of the schema. Where
 * Masakari's schema has its `required` at the end, ours says so by an annotation.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { invalidBody } from '../errors.ts';
import { FORMATS, NAME_FORMAT, NAME_RULE } from './formats.ts';
import { pythonRepr, pythonText, pythonTuple } from './python-text.ts';

/** Annotation of an `enum` that Masakari writes as a Python tuple, which its message shows. */
export const TUPLE_KEYWORD = 'x-tuple';
/** Annotation of an object whose missing properties are told after the unexpected ones. */
export const REQUIRED_LAST_KEYWORD = 'x-required-last';

const KEYWORD_ORDER = [
  'type',
  'properties',
  'patternProperties',
  'required',
  'additionalProperties',
  'anyOf',
  'minProperties',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'enum',
];

/** Throws a 400 with the first fault of a body, if there is one. */
export type CheckBody = (schema: TSchema, body: unknown) => void;

/** A check that compiles each schema once, when it is first used. */
export function bodyCheck(): CheckBody {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictRequired: false,
    removeAdditional: false,
    coerceTypes: false,
    useDefaults: false,
    formats: FORMATS,
    keywords: [TUPLE_KEYWORD, REQUIRED_LAST_KEYWORD],
    logger: false,
  });
  const compiled = new Map<TSchema, ValidateFunction>();
  return (schema, body) => {
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    if (validate(body)) return;
    throw invalidBody(messageOfFirst(validate.errors ?? [], schema));
  };
}

function messageOfFirst(errors: readonly ErrorObject[], schema: TSchema): string {
  const ranked = errors
    .filter((error) => !isInsideAlternative(error))
    .map((error) => ({ error, rank: rankOf(error, schema) }))
    .sort((a, b) => compareRanks(a.rank, b.rank));
  const first = ranked[0]?.error;
  if (first === undefined) return 'The body is not valid.';
  if (first.keyword === 'format' && first.params.format === NAME_FORMAT) {
    return `An invalid 'name' value was provided. The name must be: ${NAME_RULE}`;
  }
  const text = textOf(first, errors);
  const field = first.instancePath.split('/').slice(1).at(-1);
  if (field === undefined) return text;
  const name = unescapePointer(field);
  return `Invalid input for field/attribute ${name}. Value: ${pythonText(first.data)}. ${text}`;
}

/** The branches of an `anyOf` report too; only the `anyOf` itself is told. */
const isInsideAlternative = (error: ErrorObject): boolean => error.schemaPath.includes('/anyOf/');

/** The places on the way through the schema to the fault, as numbers to be compared in order. */
function rankOf(error: ErrorObject, schema: TSchema): readonly number[] {
  const steps = error.schemaPath.split('/').slice(1).map(unescapeFragment);
  const rank: number[] = [];
  let node: unknown = schema;
  let inProperties = false;
  for (const step of steps) {
    rank.push(inProperties ? Object.keys(node ?? {}).indexOf(step) : rankOfKeyword(step, node));
    inProperties = !inProperties && (step === 'properties' || step === 'patternProperties');
    node = isRecord(node) ? node[step] : undefined;
  }
  return rank;
}

function rankOfKeyword(keyword: string, schema: unknown): number {
  const isLast = keyword === 'required' && isRecord(schema) && schema[REQUIRED_LAST_KEYWORD];
  return isLast === true ? KEYWORD_ORDER.length : KEYWORD_ORDER.indexOf(keyword);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place === -1 ? a.length - b.length : (a[place] ?? 0) - (b[place] ?? 0);
}

/** The text of Python's jsonschema for one fault. */
function textOf(error: ErrorObject, all: readonly ErrorObject[]): string {
  const value = pythonRepr(error.data);
  switch (error.keyword) {
    case 'type':
      return `${value} is not of type ${[error.schema].flat().map(pythonRepr).join(', ')}`;
    case 'required':
      return `${pythonRepr(error.params.missingProperty)} is a required property`;
    case 'additionalProperties':
      return unexpectedProperties(error, all);
    case 'anyOf':
      return `${value} is not valid under any of the given schemas`;
    case 'minProperties':
      return `${value} does not have enough properties`;
    case 'minLength':
      return `${value} is too short`;
    case 'maxLength':
      return `${value} is too long`;
    case 'pattern':
      return `${value} does not match ${pythonRepr(error.schema)}`;
    case 'format':
      return `${value} is not a ${pythonRepr(error.schema)}`;
    case 'enum':
      return `${value} is not one of ${enumText(error)}`;
    default:
      return `${value} ${error.message ?? 'is not valid'}`;
  }
}

function enumText(error: ErrorObject): string {
  const values: unknown[] = Array.isArray(error.schema) ? error.schema : [];
  return error.parentSchema?.[TUPLE_KEYWORD] === true ? pythonTuple(values) : pythonRepr(values);
}

function unexpectedProperties(error: ErrorObject, all: readonly ErrorObject[]): string {
  const names = all
    .filter((other) => other.schemaPath === error.schemaPath)
    .filter((other) => other.instancePath === error.instancePath)
    .map((other) => pythonRepr(other.params.additionalProperty));
  const declared: unknown = error.parentSchema?.patternProperties;
  const patterns = isRecord(declared) ? Object.keys(declared) : [];
  if (patterns.length > 0) {
    const verb = names.length === 1 ? 'does' : 'do';
    const shown = patterns.map(pythonRepr).join(', ');
    return `${names.sort().join(', ')} ${verb} not match any of the regexes: ${shown}`;
  }
  const verb = names.length === 1 ? 'was' : 'were';
  return `Additional properties are not allowed (${names.join(', ')} ${verb} unexpected)`;
}

const unescapePointer = (token: string): string =>
  token.replaceAll('~1', '/').replaceAll('~0', '~');
const unescapeFragment = (token: string): string => unescapePointer(decodeURIComponent(token));
