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
import { CONFIRMATION_BASES } from '../packages/core/src/fencing/confirmation-bases.ts';
import { PROOF_ELEMENTS } from '../packages/core/src/fencing/proof-sets.ts';
import { DRAIN_TREATMENTS } from '../packages/core/src/maintenance/drain-treatments.ts';
import { DEVICE_CLASSES } from '../packages/core/src/protection/device-classes.ts';
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
    { path: 'docs/reference/confirmations.md', text: confirmationsPage() },
    { path: 'docs/reference/device-classes.md', text: deviceClassesPage() },
    { path: 'docs/reference/drain-states.md', text: drainStatesPage() },
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

const REREAD = {
  'must-read-off': 'before every effect; it must read Off at each device that confirmed',
  'must-not-read-on': 'before every effect; no device may read On',
  'not-read': 'no',
} as const;
const SIDES = { guests: 'the guests', power: 'the power', storage: 'the storage' } as const;

function confirmationsPage(): string {
  const bases = CONFIRMATION_BASES.map((one) => [
    `\`${one.basis}\``,
    one.kinds.map((kind) => `\`${kind}\``).join(', '),
    one.proof,
    one.voidBy,
    REREAD[one.power],
  ]);
  const elements = PROOF_ELEMENTS.map((one) => [`\`${one.element}\``, one.says, SIDES[one.side]]);
  return page('Confirmations', [
    'What counts as proof that the guests of a failed host are dead. Nothing is evacuated\n' +
      'without one. `off`: the host stays off. `reset`: its guests died at that moment, and it\n' +
      'may come back; then the power is not read again, and the first sign of life spends the\n' +
      'confirmation. What comes after a sign of life by the order of receipt is newer than it.',
    table(['basis', 'kinds', 'what proves it', 'what voids it', 'is the power read again'], bases),
    'Where the power is read again it is also read every few seconds while evacuations are\n' +
      'open. Power that reads On without a sign of life sends the incident to `refencing`: the\n' +
      'host is fenced again, and the recovery goes on where it was. With a sign of life it is\n' +
      'held.',
    'Elements of proof sets (`--fencing-proof-sets`). A set needs an element that looks at the\n' +
      'guests, or elements of two sides: a storage that takes nothing from a host leaves its\n' +
      'guests running with their addresses, and a silent BMC may only have lost its network.',
    table(['element', 'what it says', 'looks at'], elements),
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
    'A lock makes no difference: Nova lets administrators pass, and the lock stays with its\n' +
      'reason. One that is not locked is locked while it waits on the dead host, with the\n' +
      'reason `medevac <incident>`, so that its owner cannot ask for what nobody would carry\n' +
      'out. That lock is taken away with the final answer, or as soon as the recovery does not\n' +
      'go on.',
  ]);
}

const DEVICE_TREATMENTS = {
  recover: 'recovered',
  degrade: 'recovered with less',
  refuse: 'not touched',
} as const;

function deviceClassesPage(): string {
  const rows = DEVICE_CLASSES.map((one) => [
    one.name,
    one.sign,
    one.isKnownBy === undefined ? 'no' : 'yes',
    one.nova,
    DEVICE_TREATMENTS[one.treatment],
    one.reason,
  ]);
  return page('Instances with devices', [
    'What becomes of an instance that has a device, encrypted memory or an encrypted volume\n' +
      'when its host fails. Where the sign is seen, the plan knows the class before anything\n' +
      'is done, and `medevac doctor` before the host fails. Image properties are read from\n' +
      'Glance: of an instance that boots from a volume, or whose image is deleted, only those\n' +
      'of the flavor are seen.',
    table(['class', 'sign', 'seen', 'Nova 26', 'treatment', 'what it needs or loses'], rows),
    'An instance that is not touched is told as a failure with the reason, from the plan on. A\n' +
      'class that is not seen and that Nova refuses for good has its final answer at the first\n' +
      'call, with the words of Nova.',
  ]);
}

const DRAINED = {
  live: 'migrated live',
  cold: 'migrated cold',
  wait: 'waited for',
  leave: 'left alone; the host counts as empty',
  stay: 'stays; the host is not empty',
} as const;

function drainStatesPage(): string {
  const rows = DRAIN_TREATMENTS.map((one) => [
    `\`${one.vmState}\``,
    DRAINED[one.treatment],
    one.reason,
  ]);
  return page('Instances in a drain', [
    'How an instance leaves a host that is drained (`medevac host drain`), by the state\n' +
      '(`vm_state`) in which Nova has it. One that has a task is waited for in any state.',
    table(['state', 'treatment', 'why, or what to do'], rows),
    'A state that is not in the table stays: nobody knows how to move it.',
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
