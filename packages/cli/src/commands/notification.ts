/** `medevac notification`: reports of failures, and what became of the instances. */
import { isUuid, OperationalError, systemClock } from '@medevac/kernel';
import type { Command } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { printObject, printRows, type Row } from '../print.ts';
import { addApiCommand } from './api-command.ts';

const COLUMNS = [
  'notification_uuid',
  'type',
  'status',
  'source_host_uuid',
  'generated_time',
  'message',
];
const VMOVE_COLUMNS = [
  'instance_name',
  'instance_uuid',
  'status',
  'source_host',
  'dest_host',
  'message',
];

/** What is no UUID must not become another path of the API. */
function pathOf(given = ''): string {
  const uuid = given.toLowerCase();
  if (!isUuid(uuid)) {
    const message = `${JSON.stringify(given)} is no UUID of a notification`;
    throw new OperationalError(CLI_ERRORS.uuidInvalid, message);
  }
  return `/notifications/${encodeURIComponent(uuid)}`;
}

export function addNotification(program: Command): void {
  const notification = program.command('notification').description('reports of failures');
  addApiCommand(
    notification,
    'list',
    'all notifications',
    async (api, _words, _options, output) => {
      printRows(await api.list('/notifications', 'notifications'), COLUMNS, output);
    },
  );
  addApiCommand(notification, 'show <uuid>', 'one notification', async (api, [uuid], _, output) => {
    printObject((await api.get(pathOf(uuid)))['notification'] as Row, output);
  });
  addApiCommand(
    notification,
    'create <host>',
    'report that a compute host has failed and is off',
    async (api, [hostname], _options, output) => {
      const body = {
        notification: {
          type: 'COMPUTE_HOST',
          hostname: hostname ?? '',
          generated_time: new Date(systemClock.wallMs()).toISOString(),
          payload: { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' },
        },
      };
      printObject((await api.post('/notifications', body))['notification'] as Row, output);
    },
  );
  addApiCommand(
    notification,
    'vmoves <uuid>',
    'what became of each instance',
    async (api, [uuid], _options, output) => {
      const rows = await api.list(`${pathOf(uuid)}/vmoves`, 'vmoves');
      printRows(rows, VMOVE_COLUMNS, output);
    },
  );
}
