/** The `medevac` command. Every expected failure is one line on stderr and exit code 1. */
import { Command } from 'commander';
import { addDatabase } from './commands/db.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addHost } from './commands/host.ts';
import { addImport } from './commands/import.ts';
import { addIncident } from './commands/incident.ts';
import { addNotification } from './commands/notification.ts';
import { addPolicy } from './commands/policy.ts';
import { addReturn } from './commands/return.ts';
import { addRule } from './commands/rule.ts';
import { addSegment } from './commands/segment.ts';
import { addServe } from './commands/serve.ts';
import { addSimulation } from './commands/sim.ts';
import { errorLine } from './print.ts';
import { endingOf, throwUsageErrors } from './usage-error.ts';

const program = new Command('medevac').description(
  'keeps the instances of an OpenStack cloud running when their hosts fail',
);
throwUsageErrors(program);
addServe(program);
addSegment(program);
addHost(program);
addNotification(program);
addIncident(program);
addReturn(program);
addRule(program);
addDatabase(program);
addImport(program);
addDemo(program);
addSimulation(program);
addDoctor(program);
addPolicy(program);

try {
  await program.parseAsync();
} catch (thrown) {
  const ending = endingOf(thrown);
  if (ending.kind === 'failed') process.stderr.write(errorLine(ending.error));
  process.exit(ending.kind === 'failed' ? 1 : ending.exitCode);
}
