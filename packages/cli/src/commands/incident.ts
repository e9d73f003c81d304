/** `medevac incident`: what failed, what was done, what is left to do, and the commands for it. */
import { type Json, OperationalError } from '@medevac/kernel';
import { type Command, Option } from 'commander';
import type { ApiClient } from '../api-client.ts';
import { CLI_ERRORS } from '../errors.ts';
import { type Output, printObject, printRows, type Row } from '../print.ts';
import { type ApiCommandOptions, addMedevacCommand } from './api-command.ts';

const COLUMNS = ['id', 'host_name', 'state', 'opened_at', 'acknowledged_by', 'reason'];
const TIMELINE_COLUMNS = ['at', 'step', 'message'];
const INSTANCE_COLUMNS = ['instance_name', 'instance_uuid', 'status', 'dest_host', 'message'];
const EVIDENCE_COLUMNS = ['at', 'kind', 'source', 'observer'];
const ID = /^[\w-]{1,64}$/;

/** What is no identifier must not become another path of the API. */
function pathOf(given = ''): string {
  if (!ID.test(given)) {
    const message = `${JSON.stringify(given)} is no identifier of an incident`;
    throw new OperationalError(CLI_ERRORS.uuidInvalid, message);
  }
  return `/incidents/${given}`;
}

interface Told {
  readonly by: string;
  readonly at: string;
  readonly note: string | null;
}

function rowOf(incident: Row): Row {
  const { acknowledged, chosen_method, paused, ...rest } = incident;
  const method = chosen_method as (Told & { readonly method: string }) | null;
  return {
    ...rest,
    acknowledged_by: inWords(acknowledged as Told | null),
    paused_by: inWords(paused as Told | null),
    chosen_method: method === null ? null : `${method.method} by ${inWords(method)}`,
  };
}

function inWords(told: Told | null): string | null {
  if (told === null) return null;
  return `${told.by} at ${told.at}${told.note === null ? '' : `: ${told.note}`}`;
}

export function addIncident(program: Command): void {
  const incident = program
    .command('incident')
    .description('failures of hosts, and what is done about them');
  addList(incident);
  addMedevacCommand(incident, 'show <id>', 'one incident with its timeline', show);
  addOrder(incident, 'cancel', 'end a recovery; the host keeps its way back to service');
  addOrder(incident, 'retry', 'try the instances again that were not recovered');
  addOrder(incident, 'acknowledge', 'write down that somebody has taken note');
  addOrder(incident, 'pause', 'begin nothing more until it is resumed; what is under way ends');
  addOrder(incident, 'resume', 'go on, after the host was judged and confirmed off anew');
  addMethod(incident);
}

function addList(incident: Command): void {
  const command = addMedevacCommand(incident, 'list', 'all incidents, the newest first', list);
  command
    .addOption(new Option('--state <STATE>', 'only those in this state'))
    .addOption(new Option('--host <NAME>', 'only those of this host'))
    .addOption(new Option('--open', 'only those that have not ended'));
}

async function list(
  api: ApiClient,
  _words: readonly string[],
  options: ApiCommandOptions,
  output: Output,
): Promise<void> {
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [state, host] = [text('state'), text('host')];
  const query = {
    ...(state === undefined ? {} : { state }),
    ...(host === undefined ? {} : { host_name: host }),
    ...(options['open'] === true ? { open: 'true' } : {}),
  };
  const rows = await api.list('/incidents', 'incidents', query);
  printRows(output.json ? rows : rows.map(rowOf), COLUMNS, output);
}

async function show(
  api: ApiClient,
  [id]: readonly string[],
  _options: ApiCommandOptions,
  output: Output,
): Promise<void> {
  const incident = (await api.get(pathOf(id)))['incident'] as Row;
  if (output.json) {
    printObject(incident, output);
    return;
  }
  const { timeline, evidence, instances, ...facts } = incident;
  printObject(rowOf(facts), output);
  for (const [title, rows, columns] of [
    ['timeline', timeline, TIMELINE_COLUMNS],
    ['instances', instances, INSTANCE_COLUMNS],
    ['evidence', evidence, EVIDENCE_COLUMNS],
  ] as const) {
    output.write(`\n${title}\n`);
    printRows(rows as readonly Row[], columns, output);
  }
}

type Order = 'cancel' | 'retry' | 'acknowledge' | 'pause' | 'resume';

function addOrder(incident: Command, order: Order, help: string): void {
  const command = addMedevacCommand(
    incident,
    `${order} <id>`,
    help,
    async (api, [id], options, output) => {
      const { instance } = options;
      const more = typeof instance === 'string' ? { instance_uuid: instance } : {};
      await send(api, `${pathOf(id)}/${order}`, { ...noteOf(options), ...more }, output);
    },
  );
  command.addOption(noteOption());
  if (order !== 'retry') return;
  command.addOption(
    new Option('--instance <UUID>', 'only this one; the others keep their answers'),
  );
}

function addMethod(incident: Command): void {
  const help = 'use another recovery method for what is left (auto, reserved_host, ...)';
  addMedevacCommand(
    incident,
    'method <id> <method>',
    help,
    async (api, [id, method = ''], options, output) => {
      await send(api, `${pathOf(id)}/method`, { method, ...noteOf(options) }, output);
    },
  ).addOption(noteOption());
}

const noteOption = (): Option => new Option('--note <TEXT>', 'why, for those who read it later');

const noteOf = ({ note }: ApiCommandOptions): { readonly note?: string } =>
  typeof note === 'string' ? { note } : {};

async function send(api: ApiClient, path: string, body: Json, output: Output): Promise<void> {
  const told = (await api.post(path, body))['incident'] as Row;
  printObject(output.json ? told : rowOf(told), output);
}
