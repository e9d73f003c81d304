/** `medevac segment`: failover segments. */
import type { Command } from 'commander';
import { type ApiClient, findByName } from '../api-client.ts';
import { printObject, printRows, type Row } from '../print.ts';
import { addApiCommand, wireFields } from './api-command.ts';

const COLUMNS = ['uuid', 'name', 'recovery_method', 'service_type', 'enabled', 'description'];
const FIELDS = {
  name: 'name',
  description: 'description',
  recoveryMethod: 'recovery_method',
  serviceType: 'service_type',
  enabled: 'enabled',
};

export async function findSegment(api: ApiClient, given = ''): Promise<Row> {
  return findByName(await api.list('/segments', 'segments'), 'segment', given);
}

export function addSegment(program: Command): void {
  const segment = program.command('segment').description('failover segments');
  addApiCommand(segment, 'list', 'all segments', async (api, _words, _options, output) => {
    printRows(await api.list('/segments', 'segments'), COLUMNS, output);
  });
  addApiCommand(segment, 'show <segment>', 'one segment', async (api, [given], _, output) => {
    printObject(await findSegment(api, given), output);
  });
  addApiCommand(
    segment,
    'create <name>',
    'create a segment',
    async (api, [name], options, output) => {
      const defaults = { recovery_method: 'auto', service_type: 'COMPUTE' };
      const body = { segment: { name: name ?? '', ...defaults, ...wireFields(options, FIELDS) } };
      printObject((await api.post('/segments', body))['segment'] as Row, output);
    },
  )
    .option('--recovery-method <METHOD>', 'auto, reserved_host, auto_priority or rh_priority')
    .option('--service-type <TYPE>', 'a name of your own; COMPUTE unless given')
    .option('--description <TEXT>', 'for people')
    .option('--enabled <true|false>', 'whether failures in it are recovered');
  addApiCommand(
    segment,
    'update <segment>',
    'change a segment',
    async (api, [given], options, output) => {
      const { uuid } = await findSegment(api, given);
      const body = { segment: wireFields(options, FIELDS) };
      printObject((await api.put(`/segments/${String(uuid)}`, body))['segment'] as Row, output);
    },
  )
    .option('--name <NAME>', 'new name')
    .option('--recovery-method <METHOD>', 'auto, reserved_host, auto_priority or rh_priority')
    .option('--service-type <TYPE>', 'a name of your own')
    .option('--description <TEXT>', 'for people')
    .option('--enabled <true|false>', 'whether failures in it are recovered');
  addApiCommand(
    segment,
    'delete <segment>',
    'delete a segment with its hosts',
    async (api, [given]) => {
      const { uuid } = await findSegment(api, given);
      await api.remove(`/segments/${String(uuid)}`);
    },
  );
}
