/**
 * Makes docs/reference from the tables that the program itself uses: the error catalogues of all
 * rooms, the settings of `medevac serve`, and the operations of the API with their policy and as
 * OpenAPI documents. `node tools/reference.ts` writes the pages; a test compares.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY_DEFAULTS } from '../packages/api/src/default-policy.ts';
import { MICROVERSIONS } from '../packages/api/src/microversion.ts';
import {
  masakariDocument,
  medevacDocument,
  type OpenApiDocument,
} from '../packages/api/src/openapi/openapi-document.ts';
import { MEDEVAC_OPERATIONS, OPERATIONS } from '../packages/api/src/operations/table.ts';
import { CLI_ERRORS } from '../packages/cli/src/errors.ts';
import {
  defaultText,
  optionOf,
  SETTINGS,
  type Setting,
  variableOf,
} from '../packages/cli/src/settings/settings-table.ts';
import {
  LEAVING_TASKS,
  STATE_TREATMENTS,
} from '../packages/core/src/protection/instance-states.ts';
import { INSTANCE_EVENTS } from '../packages/core/src/repair/failure-policy.ts';
import { ENGINE_ERRORS } from '../packages/engine/src/errors.ts';
import { FENCING_ERRORS } from '../packages/fencing/src/errors.ts';
import type { ErrorKind } from '../packages/kernel/src/errors.ts';
import { cloudErrors } from '../packages/openstack/src/errors.ts';
import type { RuleDefault } from '../packages/openstack/src/policy/policy-rules.ts';
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
    ...MICROVERSIONS.map((version) => openApiPage(version, masakariDocument(version))),
    openApiPage('medevac', medevacDocument()),
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/instance-events.md', text: instanceEventsPage() },
    { path: 'docs/reference/instance-states.md', text: instanceStatesPage() },
    { path: 'docs/reference/policy.md', text: policyPage() },
    { path: 'docs/reference/settings.md', text: settingsPage() },
  ];
}

const openApiPage = (name: string, document: OpenApiDocument): Page => ({
  path: `docs/reference/openapi-${name}.json`,
  text: `${JSON.stringify(document, null, 1)}\n`,
});

function errorsPage(): string {
  const catalogues: readonly Readonly<Record<string, ErrorKind>>[] = [
    CLI_ERRORS,
    cloudErrors,
    ENGINE_ERRORS,
    FENCING_ERRORS,
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

const TREATMENTS = { move: 'moved', leave: 'left alone', refuse: 'not moved' } as const;
const ENDS = {
  none: '-',
  stop: 'stopped',
  pause: 'paused',
  suspend: 'suspended',
  rescue: 'rescued',
  error: 'error',
} as const;

function instanceStatesPage(): string {
  const rows = STATE_TREATMENTS.map((one) => [
    `\`${one.vmState}\``,
    TREATMENTS[one.treatment],
    one.resetsFirst ? 'yes' : '-',
    one.treatment === 'move' && one.restoration === 'none' ? one.vmState : ENDS[one.restoration],
    one.reason,
  ]);
  const tasks = LEAVING_TASKS.map((task) => `\`${task}\``).join(' or ');
  return page('Instances by their state', [
    'What becomes of an instance when its host fails, by the state (`vm_state`) in which\n' +
      'Nova had it before, if its policy says that it is brought back. One that is moved ends\n' +
      'in that state again. "not moved" is told as a failure, "left alone" as ignored, each\n' +
      'with the reason. Nova evacuates some states only after they were reset.',
    table(['state', 'treatment', 'reset first', 'ends as', 'why, or what is lost'], rows),
    `An instance whose task is ${tasks} is left alone in any state.\n` +
      'A state that is not in the table is not moved: nobody knows how to bring it back.',
  ]);
}

function instanceEventsPage(): string {
  const rows = INSTANCE_EVENTS.map((one) => [`\`${one.event}\``, one.action, one.meaning]);
  return page('Reports of instances', [
    'What is done about a report of type `VM`, by its `event` and `vir_domain_event`, for\n' +
      'an instance whose policy says that it is brought back. `restart`: stopped and started;\n' +
      '`reboot`: rebooted hard; what does not help is followed by the next of restart, reboot\n' +
      'and a cold migration, as `--instance-ways` allows. `--instance-events` gives an event\n' +
      'another action.',
    table(['event', 'action', 'what has happened'], rows),
    'A guest that is dead cannot be migrated live, and Nova evacuates from no host that it\n' +
      'counts as up. The cold migration of the stopped instance is therefore the only move,\n' +
      'and only for instances with the policy `evacuate`.',
  ]);
}

function policyPage(): string {
  const defaults: readonly RuleDefault[] = POLICY_DEFAULTS;
  const rows = defaults.map(({ name, check, description }) => {
    const guarded = [...OPERATIONS, ...MEDEVAC_OPERATIONS].filter(({ rule }) => rule === name);
    const paths = guarded.map(({ method, path }) => `\`${method} ${path}\``).join(', ');
    return [`\`${name}\``, `\`${check}\``, description, paths === '' ? '-' : paths];
  });
  return page('Rules of the API', [
    'A file that `--policy-file` names puts others in their place. Paths stand below `/v1` or\n' +
      '`/v1/{project_id}`, those of `medevac_api` rules below `/medevac/v1`.',
    table(['rule', 'default', 'who or what', 'guards'], rows),
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
