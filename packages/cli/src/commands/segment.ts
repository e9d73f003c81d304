/** `medevac segment`: failover segments. */
import type { Command } from 'commander';
import { type ApiClient, findByName } from '../api-client.ts';
import { printObject, printRows, type Row } from '../print.ts';
import {
  addApiCommand,
  addCreateOptions,
  addUpdateOptions,
  type WireField,
  wireFields,
} from './api-command.ts';

const COLUMNS = ['uuid', 'name', 'recovery_method', 'service_type', 'enabled', 'description'];
const FIELDS: readonly WireField[] = [
  {
    wire: 'recovery_method',
    value: 'METHOD',
    help: 'auto, reserved_host, auto_priority or rh_priority',
    onCreate: 'auto',
  },
  { wire: 'service_type', value: 'TYPE', help: 'a name of your own', onCreate: 'COMPUTE' },
  { wire: 'description', value: 'TEXT', help: 'for people' },
  { wire: 'enabled', value: 'true|false', help: 'whether failures in it are recovered' },
];
const CHANGEABLE: readonly WireField[] = [
  { wire: 'name', value: 'NAME', help: 'new name' },
  ...FIELDS,
];

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
  const create = addApiCommand(
    segment,
    'create <name>',
    'create a segment',
    async (api, [name], options, output) => {
      const body = { segment: { name: name ?? '', ...wireFields(options, FIELDS) } };
      printObject((await api.post('/segments', body))['segment'] as Row, output);
    },
  );
  addCreateOptions(create, FIELDS);
  const update = addApiCommand(
    segment,
    'update <segment>',
    'change a segment',
    async (api, [given], options, output) => {
      const { uuid } = await findSegment(api, given);
      const body = { segment: wireFields(options, CHANGEABLE) };
      printObject((await api.put(`/segments/${String(uuid)}`, body))['segment'] as Row, output);
    },
  );
  addUpdateOptions(update, CHANGEABLE);
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
