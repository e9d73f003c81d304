/**
 * Makes docs/reference from the tables that the program itself uses: the error catalogues of all
 * rooms and the settings of `medevac serve`. `node tools/reference.ts` writes the pages; a test
 * compares.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI_ERRORS } from '../packages/cli/src/errors.ts';
import {
  defaultText,
  optionOf,
  SETTINGS,
  type Setting,
  variableOf,
} from '../packages/cli/src/settings/settings-table.ts';
import { ENGINE_ERRORS } from '../packages/engine/src/errors.ts';
import type { ErrorKind } from '../packages/kernel/src/errors.ts';
import { cloudErrors } from '../packages/openstack/src/errors.ts';
import { SCENARIO_ERRORS } from '../packages/simulator/src/scenario/read-fields.ts';
import { STORE_ERRORS } from '../packages/store/src/errors.ts';
import { WORKFLOW_ERRORS } from '../packages/workflow/src/errors.ts';

export interface Page {
  readonly path: string;
  readonly text: string;
}

const MADE = '<!-- Made by tools/reference.ts; do not edit. -->';

export function referencePages(): readonly Page[] {
  return [
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/settings.md', text: settingsPage() },
  ];
}

function errorsPage(): string {
  const catalogues: readonly Readonly<Record<string, ErrorKind>>[] = [
    CLI_ERRORS,
    cloudErrors,
    ENGINE_ERRORS,
    SCENARIO_ERRORS,
    STORE_ERRORS,
    WORKFLOW_ERRORS,
  ];
  const kinds = catalogues.flatMap((catalogue) => Object.values(catalogue));
  const rows = kinds
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map((kind) => [`\`${kind.code}\``, kind.retry, kind.advice]);
  return page('Errors', [
    'Every error of the program carries one of these codes. `never`: trying again cannot help.\n' +
      '`after`: nothing was changed, it is tried again after a pause. `unknown-outcome`: it may\n' +
      'have been carried out; the program looks before it tries again.',
    table(['code', 'again', 'what to do'], rows),
  ]);
}

function settingsPage(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting<unknown>) => [
    `\`${optionOf(setting)}\``,
    `\`${variableOf(setting)}\``,
    `\`${setting.value}\``,
    defaultOf(setting),
    setting.meaning === undefined ? setting.help : `${setting.help}. ${setting.meaning}`,
  ]);
  return page('Settings of `medevac serve`', [
    'An option wins over the environment, the environment over the YAML file that `--config` or\n' +
      '`MEDEVAC_CONFIG` names. In the file a setting has the name of its option without dashes.',
    table(['option', 'environment', 'value', 'default', 'meaning'], rows),
  ]);
}

function defaultOf(setting: Setting<unknown>): string {
  if (!('fallback' in setting)) return 'none: must be declared';
  const text = defaultText(setting);
  return text === undefined ? '-' : `\`${text}\``;
}

const page = (title: string, parts: readonly string[]): string =>
  `${MADE}\n\n# ${title}\n\n${parts.join('\n\n')}\n`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.main) {
  for (const { path, text } of referencePages()) {
    const file = join(import.meta.dirname, '..', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
}
