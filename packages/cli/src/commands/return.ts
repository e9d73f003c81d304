/** `medevac return`: recovered hosts on their way back to service, and the approval of it. */
import { type Json, OperationalError } from '@medevac/kernel';
import { type Command, Option } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { printObject, printRows, type Row } from '../print.ts';
import { addMedevacCommand } from './api-command.ts';

const COLUMNS = ['incident_id', 'host_name', 'state', 'updated_at', 'reason'];
const ID = /^[\w-]{1,64}$/;

/** What is no identifier must not become another path of the API. */
function pathOf(given = ''): string {
  if (!ID.test(given)) {
    const message = `${JSON.stringify(given)} is no identifier of an incident`;
    throw new OperationalError(CLI_ERRORS.uuidInvalid, message);
  }
  return `/returns/${given}`;
}

export function addReturn(program: Command): void {
  const parent = program.command('return').description('recovered hosts on their way back');
  addList(parent);
  addMedevacCommand(parent, 'show <incident>', 'one return', async (api, [id], _options, output) =>
    printObject((await api.get(pathOf(id)))['return'] as Row, output),
  );
  addApprove(parent);
}

function addList(parent: Command): void {
  const command = addMedevacCommand(
    parent,
    'list',
    'all returns, the newest first',
    async (api, _words, options, output) => {
      const host = options['host'];
      const query = {
        ...(typeof host === 'string' ? { host_name: host } : {}),
        ...(options['open'] === true ? { open: 'true' } : {}),
      };
      const rows = await api.list('/returns', 'returns', query, 'incident_id');
      printRows(rows, COLUMNS, output);
    },
  );
  command
    .addOption(new Option('--host <NAME>', 'only those of this host'))
    .addOption(new Option('--open', 'only those that have not ended'));
}

function addApprove(parent: Command): void {
  const command = addMedevacCommand(
    parent,
    'approve <incident>',
    'let the host go back to service now',
    async (api, [id], { note }, output) => {
      const body: Json = typeof note === 'string' ? { note } : {};
      const answer = await api.post(`${pathOf(id)}/approve`, body);
      printObject(answer['return'] as Row, output);
    },
  );
  command.addOption(new Option('--note <TEXT>', 'why, for those who read it later'));
}
