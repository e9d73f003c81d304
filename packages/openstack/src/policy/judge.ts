/**
 * Whether a check lets a caller pass. Values are compared as text, in the spelling that Python
 * gives them, because files in the field say `is_admin:True`. What is not known never lets anybody
 * pass.
 */
import type { Check, PolicyFacts, PolicyValue, TemplatePart } from './check.ts';

export interface PolicyRequest {
  /** What is known of the caller; `roles` is the list of its roles. */
  readonly caller: PolicyFacts;
  /** What the request is about. */
  readonly target: PolicyFacts;
}

/** `rules` holds every rule by name and no cycle; a rule that is not there lets nobody pass. */
export function passes(
  check: Check,
  request: PolicyRequest,
  rules: ReadonlyMap<string, Check>,
): boolean {
  switch (check.kind) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'not':
      return !passes(check.check, request, rules);
    case 'and':
      return check.checks.every((one) => passes(one, request, rules));
    case 'or':
      return check.checks.some((one) => passes(one, request, rules));
    case 'rule': {
      const rule = rules.get(check.name);
      return rule !== undefined && passes(rule, request, rules);
    }
    case 'role':
      return hasRole(request, fill(check.role, request.target));
    case 'literal':
      return fill(check.match, request.target) === check.text;
    case 'attribute': {
      const wanted = fill(check.match, request.target);
      return wanted !== undefined && holds(request.caller, check.path, wanted);
    }
  }
}

function hasRole({ caller }: PolicyRequest, wanted: string | undefined): boolean {
  const { roles } = caller;
  if (wanted === undefined || !isList(roles)) return false;
  return roles.some(
    (role) => typeof role === 'string' && role.toLowerCase() === wanted.toLowerCase(),
  );
}

/** The text of a template; `undefined` when the target lacks a name of it. */
function fill(parts: readonly TemplatePart[], target: PolicyFacts): string | undefined {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (Object.hasOwn(target, part.name)) text += pythonText(target[part.name] ?? null);
    else return undefined;
  }
  return text;
}

/** Whether the value at `path` is `wanted`; of a list on the way, whether one of its members is. */
function holds(value: PolicyValue, path: readonly string[], wanted: string): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return pythonText(value) === wanted;
  if (!isRecord(value) || !Object.hasOwn(value, name)) return false;
  const inside = value[name] ?? null;
  if (isList(inside)) return inside.some((member) => holds(member, rest, wanted));
  return holds(inside, rest, wanted);
}

function pythonText(value: PolicyValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const isList = (value: PolicyValue | undefined): value is readonly PolicyValue[] =>
  Array.isArray(value);

const isRecord = (value: PolicyValue): value is PolicyFacts =>
  typeof value === 'object' && value !== null && !isList(value);
