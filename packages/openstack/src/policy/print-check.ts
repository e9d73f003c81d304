/** A check in the policy language again: what is printed here is read back as the same check. */
import type { Check, TemplatePart } from './check.ts';

export function printCheck(check: Check): string {
  switch (check.kind) {
    case 'always':
      return '@';
    case 'never':
      return '!';
    case 'rule':
      return `rule:${check.name}`;
    case 'role':
      return `role:${printTemplate(check.role)}`;
    case 'literal':
      return `${printLiteral(check.text)}:${printTemplate(check.match)}`;
    case 'attribute':
      return `${check.path.join('.')}:${printTemplate(check.match)}`;
    case 'not':
      return `not ${inBrackets(check.check)}`;
    case 'and':
    case 'or':
      return check.checks.map(inBrackets).join(` ${check.kind} `);
  }
}

const inBrackets = (check: Check): string =>
  check.kind === 'and' || check.kind === 'or' ? `(${printCheck(check)})` : printCheck(check);

const printLiteral = (text: string): string =>
  /^(True|False|None|0|-?[1-9]\d{0,14})$/.test(text) ? text : `'${text}'`;

const printTemplate = (parts: readonly TemplatePart[]): string =>
  parts
    .map((part) => (part.kind === 'target' ? `%(${part.name})s` : part.text.replaceAll('%', '%%')))
    .join('');
