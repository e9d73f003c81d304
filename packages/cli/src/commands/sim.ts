/** `medevac sim`: the whole product on a simulated cloud, in seeded runs and in told stories. */
import { systemClock } from '@medevac/kernel';
import type { RunResult } from '@medevac/simulator';
import type { Command } from 'commander';
import { readWholeNumber } from './whole-number.ts';

interface FuzzWords {
  readonly seeds: string;
  readonly from: string;
  readonly log?: boolean;
  readonly minimise: boolean;
}

const MOST_SEEDS = 10_000_000;
const MOST_SEED = 2 ** 32 - 1;

export function addSimulation(program: Command): void {
  const simulation = program
    .command('sim')
    .description('run the product on a simulated cloud under faults');
  simulation
    .command('run')
    .argument('<SCENARIO>', 'a folder, or the name of a shipped scenario')
    .description('tell one story and compare its log with the golden one; fails when they differ')
    .option('--write', 'keep the log of this run as the golden one')
    .action(runStory);
  simulation
    .command('fuzz')
    .description('seeded runs on virtual time; fails when a rule of safety or progress is broken')
    .option('--seeds <N>', 'how many runs, each with the next seed', '100')
    .option('--from <SEED>', 'seed of the first run; the same seed repeats a run exactly', '1')
    .option('--log', 'print the log of every run')
    .option('--no-minimise', 'show all faults of a failing run instead of the smallest list')
    .action(fuzzSeeds);
}

/** Exit code 1 when the log is another one than before, or a rule was broken. */
async function runStory(nameOrFolder: string, words: { readonly write?: boolean }): Promise<void> {
  const { compareWithGolden, loadScenario, rewriteCommand, runScenario } = await import(
    '@medevac/simulator'
  );
  const run = await runScenario(loadScenario(nameOrFolder));
  write(run.log.join('\n'));
  const options = { rewrites: words.write === true, writesNew: false };
  const outcome = compareWithGolden(run, options);
  if (outcome.kind === 'written') write('\nlog.expect is written; read it before it is committed');
  if (outcome.kind === 'same') write('\nthe log is as expected');
  if (outcome.kind === 'different') {
    const keep = `to keep the new log: ${rewriteCommand(nameOrFolder)}`;
    write(`\nthe log differs from log.expect:\n${outcome.difference}\n${keep}`);
  }
  const isBroken = run.violations.length > 0;
  if (isBroken) write(`${run.violations.length} rules are broken; see VIOLATION in the log`);
  process.exitCode = outcome.kind === 'different' || isBroken ? 1 : 0;
}

/** Exit code 1 when a run has broken a rule. */
async function fuzzSeeds(words: FuzzWords): Promise<void> {
  const seeds = readWholeNumber('--seeds', words.seeds, { least: 1, most: MOST_SEEDS });
  const most = MOST_SEED - seeds + 1;
  const from = readWholeNumber('--from', words.from, { least: 0, most });
  // Read only here: every other command starts faster without the simulator.
  const { describeFigures, fuzz } = await import('@medevac/simulator');
  const figures = await fuzz(seeds, from, {
    clock: systemClock,
    minimises: words.minimise,
    onSeed: (result) => {
      if (words.log === true) write([`seed ${result.plan.seed}`, ...result.log].join('\n'));
      tellViolations(result);
    },
  });
  for (const failure of figures.failures) write(`\n${failure.text}`);
  if (figures.failures.length > 0) write('');
  write(describeFigures(figures));
  process.exitCode = figures.failures.length === 0 ? 0 : 1;
}

/** At once, because many seeds take long; the faults that it takes are found later. */
function tellViolations({ plan, violations }: RunResult): void {
  const broken = [...new Set(violations.map((one) => one.invariant))];
  if (broken.length > 0) write(`seed ${plan.seed} breaks ${broken.join(', ')}`);
}

const write = (text: string): void => void process.stdout.write(`${text}\n`);
