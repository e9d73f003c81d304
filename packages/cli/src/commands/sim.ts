/** `medevac sim`: seeded runs of the whole product on a simulated cloud under faults. */
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
  program
    .command('sim')
    .description('run the product on a simulated cloud under faults')
    .command('fuzz')
    .description('seeded runs on virtual time; fails when a rule of safety or progress is broken')
    .option('--seeds <N>', 'how many runs, each with the next seed', '100')
    .option('--from <SEED>', 'seed of the first run; the same seed repeats a run exactly', '1')
    .option('--log', 'print the log of every run')
    .option('--no-minimise', 'show all faults of a failing run instead of the smallest list')
    .action(fuzzSeeds);
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
