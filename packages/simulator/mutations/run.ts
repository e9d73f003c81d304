/**
 * Runs the mutations: each patch weakens one rule in a copy of the workspace, and seeded runs there
 * must break an invariant. The same seeds must find nothing in the product as it is. Ends with one
 * plain line of counts; exit code 1 on a failure, 2 on a wrong argument.
 *
 *   node packages/simulator/mutations/run.ts [--only NAME]... [--seeds N] [--from S] [--control N]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readMutations } from '../src/mutation/mutation.ts';
import { runMutations } from '../src/mutation/run-mutations.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Three times what the rarest mutation has taken. */
const SEEDS = 1_500;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new Error(`--${name} is ${text} and must be a whole number of at least ${least}`);
  }
  return value;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      seeds: { type: 'string', default: String(SEEDS) },
      from: { type: 'string', default: '1' },
      control: { type: 'string' },
    },
  });
  const seeds = wholeNumber('seeds', values.seeds, 1);
  const all = await readMutations(import.meta.dirname);
  const unknown = values.only.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`there is no mutation ${unknown}`);
  const isWanted = (name: string): boolean =>
    values.only.length === 0 || values.only.includes(name);
  const counts = await runMutations({
    root: ROOT,
    mutations: all.filter((one) => isWanted(one.name)),
    seeds,
    from: wholeNumber('from', values.from, 0),
    control: wholeNumber('control', values.control ?? values.seeds, seeds),
    write,
  });
  write(`\n${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
