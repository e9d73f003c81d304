/** `medevac host`: compute hosts under protection. */
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
import { addConfirmOff } from './confirm-off.ts';
import { addDrain } from './drain.ts';
import { findSegment } from './segment.ts';

const COLUMNS = ['uuid', 'name', 'type', 'control_attributes', 'reserved', 'on_maintenance'];
const FIELDS: readonly WireField[] = [
  { wire: 'type', value: 'TYPE', help: 'a name of your own', onCreate: 'COMPUTE' },
  {
    wire: 'control_attributes',
    value: 'TEXT',
    help: 'kept for compatibility',
    onCreate: 'SSH',
  },
  { wire: 'reserved', value: 'true|false', help: 'kept free for recoveries' },
  { wire: 'on_maintenance', value: 'true|false', help: 'failures are not recovered' },
];
const CHANGEABLE: readonly WireField[] = [
  { wire: 'name', value: 'NAME', help: 'name of the nova-compute service' },
  ...FIELDS,
];

const pathOf = (segment: Row): string => `/segments/${String(segment['uuid'])}/hosts`;

async function findHost(
  api: ApiClient,
  words: readonly string[],
): Promise<{ readonly path: string; readonly host: Row }> {
  const [segment, given = ''] = words;
  const hosts = pathOf(await findSegment(api, segment));
  const host = findByName(await api.list(hosts, 'hosts'), 'host', given);
  return { path: `${hosts}/${String(host['uuid'])}`, host };
}

export function addHost(program: Command): void {
  const host = program.command('host').description('compute hosts of a segment');
  addConfirmOff(host);
  addDrain(host);
  addApiCommand(host, 'list <segment>', 'hosts of a segment', async (api, [segment], _, output) => {
    const path = pathOf(await findSegment(api, segment));
    printRows(await api.list(path, 'hosts'), COLUMNS, output);
  });
  addApiCommand(host, 'show <segment> <host>', 'one host', async (api, words, _, output) => {
    printObject((await findHost(api, words)).host, output);
  });
  const create = addApiCommand(
    host,
    'create <segment> <name>',
    'protect a host',
    async (api, words, options, output) => {
      const [segment, name = ''] = words;
      const path = pathOf(await findSegment(api, segment));
      const body = { host: { name, ...wireFields(options, FIELDS) } };
      printObject((await api.post(path, body))['host'] as Row, output);
    },
  );
  addCreateOptions(create, FIELDS);
  const update = addApiCommand(
    host,
    'update <segment> <host>',
    'change a host',
    async (api, words, options, output) => {
      const { path } = await findHost(api, words);
      const body = { host: wireFields(options, CHANGEABLE) };
      printObject((await api.put(path, body))['host'] as Row, output);
    },
  );
  addUpdateOptions(update, CHANGEABLE);
  addApiCommand(host, 'delete <segment> <host>', 'protect a host no more', async (api, words) => {
    await api.remove((await findHost(api, words)).path);
  });
}
