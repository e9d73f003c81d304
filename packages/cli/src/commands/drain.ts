/** `medevac host drain`, `undrain` and `drains`: planned maintenance of a host. */
import { type Json, OperationalError } from '@medevac/kernel';
import { type Command, Option } from 'commander';
import type { ApiClient } from '../api-client.ts';
import { CLI_ERRORS } from '../errors.ts';
import { type Output, printObject, printRows, type Row } from '../print.ts';
import { type ApiCommandOptions, addMedevacCommand } from './api-command.ts';
import { readWholeNumber } from './whole-number.ts';

const COLUMNS = ['id', 'host_name', 'state', 'opened_at', 'closed_at', 'reason'];
const INSTANCES = ['instance_uuid', 'instance_name', 'status', 'dest_host', 'message'];
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MOST_PARALLEL = 20;

export function addDrain(host: Command): void {
  const drain = addMedevacCommand(
    host,
    'drain <host>',
    'move every instance away and take the host out of service',
    async (api, [name = ''], options, output) => {
      if (options['status'] === true) return await showNewest(api, name, output);
      if (options['cancel'] === true) {
        return printObject(await order(api, name, 'cancel', options), output);
      }
      const answer = await api.post('/drains', { drain: requestOf(name, options) });
      printObject(answer['drain'] as Row, output);
    },
  );
  drain
    .addOption(
      new Option('--deadline <TIME>', 'begin nothing after this long: 90m, 2h').default('2h'),
    )
    .addOption(new Option('--parallel <N>', 'instances moved at once').default('2'))
    .addOption(new Option('--note <TEXT>', 'why, for those who read it later'))
    .addOption(new Option('--status', 'show how its newest drain stands').conflicts('cancel'))
    .addOption(new Option('--cancel', 'begin nothing more and leave the host in service'));
  const undrain = addMedevacCommand(
    host,
    'undrain <host>',
    'put a drained host back to service, as it was before',
    async (api, [name = ''], options, output) =>
      printObject(await order(api, name, 'undrain', options), output),
  );
  undrain.addOption(new Option('--note <TEXT>', 'why, for those who read it later'));
  const drains = addMedevacCommand(
    host,
    'drains',
    'drains of all hosts, the newest first',
    async (api, _words, options, output) => {
      const query = {
        ...(typeof options['host'] === 'string' ? { host_name: options['host'] } : {}),
        ...(options['open'] === true ? { open: 'true' } : {}),
      };
      printRows(await api.list('/drains', 'drains', query), COLUMNS, output);
    },
  );
  drains
    .addOption(new Option('--host <NAME>', 'only those of this host'))
    .addOption(new Option('--open', 'only those that have not ended'));
}

function requestOf(host: string, { deadline, note, parallel }: ApiCommandOptions): Json {
  const range = { least: 1, most: MOST_PARALLEL };
  return {
    host_name: host,
    deadline_seconds: readSeconds(String(deadline)),
    parallel: readWholeNumber('--parallel', String(parallel), range),
    ...(typeof note === 'string' ? { note } : {}),
  };
}

/** `90m`, `2h`, `1d`, or seconds. */
export function readSeconds(text: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,7})([smhd])?$/.exec(text) ?? [];
  if (number !== '') return Number(number) * (UNIT_SECONDS[unit] ?? 1);
  const message = `--deadline is ${JSON.stringify(text)}, but it must be a time such as 90m or 2h`;
  throw new OperationalError(CLI_ERRORS.settingInvalid, message);
}

/** The newest drain of the host. */
async function findNewest(api: ApiClient, host: string): Promise<Row> {
  const answer = await api.get('/drains', { host_name: host, limit: '1' });
  const [newest] = answer['drains'] as readonly Row[];
  if (newest !== undefined) return newest;
  throw new OperationalError(CLI_ERRORS.notFound, `there is no drain of ${host}`);
}

async function showNewest(api: ApiClient, host: string, output: Output): Promise<void> {
  const { id } = await findNewest(api, host);
  const { instances, ...drain } = (await api.get(`/drains/${String(id)}`))['drain'] as Row;
  if (output.json) return printObject({ ...drain, instances: instances ?? [] }, output);
  printObject(drain, output);
  printRows(instances as readonly Row[], INSTANCES, output);
}

async function order(
  api: ApiClient,
  host: string,
  what: 'cancel' | 'undrain',
  { note }: ApiCommandOptions,
): Promise<Row> {
  const { id } = await findNewest(api, host);
  const body: Json = typeof note === 'string' ? { note } : {};
  const answer = await api.post(`/drains/${String(id)}/${what}`, body);
  return answer['drain'] as Row;
}
