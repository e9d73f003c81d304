/** `medevac host confirm-off`: a person's word that a failed host is off. */
import { OperationalError } from '@medevac/kernel';
import { type Command, Option } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { printObject, type Row } from '../print.ts';
import { addMedevacCommand } from './api-command.ts';

export function addConfirmOff(host: Command): void {
  const command = addMedevacCommand(
    host,
    'confirm-off <host>',
    'say that a failed host is off for certain, so that its instances are brought back',
    async (api, [name = ''], options, output) => {
      const open = await api.list('/incidents', 'incidents', { host_name: name, open: 'true' });
      const [incident] = open;
      if (incident === undefined) {
        const message = `no incident of ${name} is open; report its failure first`;
        throw new OperationalError(CLI_ERRORS.notFound, message);
      }
      const path = `/incidents/${String(incident['id'])}/confirm-fenced`;
      const answer = await api.post(path, { reason: String(options['reason']) });
      printObject(answer['incident'] as Row, output);
    },
  );
  const reason = new Option('--reason <TEXT>', 'how you know, for those who read it later');
  command.addOption(reason.makeOptionMandatory());
}
