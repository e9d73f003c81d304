/** The `medevac` command. Every expected failure is one line on stderr and exit code 1. */
import { Command } from 'commander';
import { addDatabase } from './commands/db.ts';
import { addHost } from './commands/host.ts';
import { addNotification } from './commands/notification.ts';
import { addSegment } from './commands/segment.ts';
import { addServe } from './commands/serve.ts';
import { errorLine } from './print.ts';

const program = new Command('medevac')
  .description('keeps the instances of an OpenStack cloud running when their hosts fail')
  .showHelpAfterError('(run with --help for the options)');
addServe(program);
addSegment(program);
addHost(program);
addNotification(program);
addDatabase(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(errorLine(error));
  process.exit(1);
}
