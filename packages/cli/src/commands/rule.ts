/** `medevac rule`: what holds for one segment or one instance above the settings of `serve`. */
import { isUuid, type Json, OperationalError } from '@medevac/kernel';
import { type Command, Option } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { printObject, printRows, type Row } from '../print.ts';
import { type ApiCommandOptions, addMedevacCommand } from './api-command.ts';

const COLUMNS = ['instance_uuid', 'policy', 'priority', 'changed_by', 'changed_at', 'note'];
const POLICIES = 'evacuate, restart, stop, never';
/** Takes a decision back. */
const INHERIT = 'inherit';

function uuidOf(given = ''): string {
  if (isUuid(given)) return given;
  const message = `${JSON.stringify(given)} is no UUID`;
  throw new OperationalError(CLI_ERRORS.uuidInvalid, message);
}

/** The options that were given, under their names on the wire. */
function changeOf(options: ApiCommandOptions, names: readonly string[]): Record<string, Json> {
  const given = names.flatMap((name) => {
    const value = options[name];
    if (typeof value !== 'string') return [];
    const wire = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [[wire, valueOf(name, value)] as const];
  });
  return Object.fromEntries(given);
}

const valueOf = (name: string, text: string): Json => {
  if (text === INHERIT) return null;
  return name === 'priority' && /^\d+$/.test(text) ? Number(text) : text;
};

export function addRule(program: Command): void {
  const rule = program.command('rule').description('what holds for one segment or one instance');
  addSegmentRules(rule);
  addInstanceRule(rule);
  addMedevacCommand(rule, 'list', 'rules of single instances', async (api, _, _options, output) =>
    printRows(await api.list('/instance-rules', 'rules', {}, 'instance_uuid'), COLUMNS, output),
  );
  addMedevacCommand(rule, 'clear <instance>', 'forget the rule of an instance', async (api, [id]) =>
    api.remove(`/instance-rules/${uuidOf(id)}`),
  );
}

function addSegmentRules(rule: Command): void {
  const command = addMedevacCommand(
    rule,
    'segment <uuid>',
    'show the rules of a segment, or change those that are given',
    async (api, [uuid], options, output) => {
      const path = `/segments/${uuidOf(uuid)}/rules`;
      const names = ['fencing', 'storage', 'returnPolicy', 'instancePolicy', 'note'];
      const rules = changeOf(options, names);
      const isChange = Object.keys(rules).length > 0;
      const answer = isChange ? await api.put(path, { rules }) : await api.get(path);
      printObject(answer['rules'] as Row, output);
    },
  );
  command
    .addOption(new Option('--fencing <WORD>', `required or trusted; ${INHERIT} takes it back`))
    .addOption(new Option('--storage <WORD>', `shared or local; ${INHERIT} takes it back`))
    .addOption(
      new Option('--return-policy <WORD>', `approval or automatic; ${INHERIT} takes it back`),
    )
    .addOption(
      new Option(
        '--instance-policy <WORD>',
        `of instances of which nobody says more: ${POLICIES}; ${INHERIT} takes it back`,
      ),
    )
    .addOption(new Option('--note <TEXT>', 'why, for those who read it later'));
}

function addInstanceRule(rule: Command): void {
  const command = addMedevacCommand(
    rule,
    'instance <uuid>',
    'show the rule of an instance, or change what is given of it',
    async (api, [uuid], options, output) => {
      const path = `/instance-rules/${uuidOf(uuid)}`;
      const change = changeOf(options, ['policy', 'priority', 'note']);
      const isChange = Object.keys(change).length > 0;
      const answer = isChange ? await api.put(path, { rule: change }) : await api.get(path);
      printObject(answer['rule'] as Row, output);
    },
  );
  command
    .addOption(new Option('--policy <WORD>', `${POLICIES}; ${INHERIT} takes it back`))
    .addOption(new Option('--priority <0-10>', `10 comes first; ${INHERIT} takes it back`))
    .addOption(new Option('--note <TEXT>', 'why, for those who read it later'));
}
