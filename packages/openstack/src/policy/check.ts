/**
 * A rule of an oslo.policy file as data. Parsing, printing and judging are apart, so that what a
 * file says can be shown, compared and tested without any request.
 */

/** One part of the right side of `attribute:text%(name)s`. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** Stands for what the request is about, for instance `project_id`. */
  | { readonly kind: 'target'; readonly name: string };

export type Check =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'not'; readonly check: Check }
  | { readonly kind: 'and'; readonly checks: readonly Check[] }
  | { readonly kind: 'or'; readonly checks: readonly Check[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'role'; readonly role: readonly TemplatePart[] }
  /** A literal of the file compared with the target: `'Member':%(role)s`, `True:%(enabled)s`. */
  | { readonly kind: 'literal'; readonly text: string; readonly match: readonly TemplatePart[] }
  /** An attribute of the caller compared with text or target: `project_id:%(project_id)s`. */
  | {
      readonly kind: 'attribute';
      readonly path: readonly string[];
      readonly match: readonly TemplatePart[];
    };

/** What rules may know of a caller or of what a request is about. */
export type PolicyValue =
  | string
  | number
  | boolean
  | null
  | readonly PolicyValue[]
  | { readonly [name: string]: PolicyValue };

export type PolicyFacts = { readonly [name: string]: PolicyValue };

/** Every name that a check refers to with `rule:`, in the order of its text. */
export function referencesOf(check: Check): readonly string[] {
  switch (check.kind) {
    case 'rule':
      return [check.name];
    case 'not':
      return referencesOf(check.check);
    case 'and':
    case 'or':
      return check.checks.flatMap(referencesOf);
    default:
      return [];
  }
}
