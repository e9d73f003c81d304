/**
 * Runs the tests of this repository with node:test and ends with one plain line of counts. Without
 * arguments it runs every room and the tools, but not the test beds, which need a cloud, nor the
 * folders `databases`, which need servers (`make test-databases` names their files).
 *
 *   node tools/run-tests.ts [--only ROOM]... [--unit] [--serial] [--timeout SECONDS] [PATH]...
 *
 * Exit code 1 on a failure or when nothing ran, 2 on a wrong argument.
 */
import { globSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

interface Choice {
  readonly rooms: readonly string[];
  readonly paths: readonly string[];
  /** Leaves out the contract and API suites below `packages/ROOM/test`. */
  readonly isUnitOnly: boolean;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const ROOT = join(import.meta.dirname, '..');
const ROOM_TIMEOUT_SECONDS = 300;

function parseArguments() {
  return parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      unit: { type: 'boolean', default: false },
      serial: { type: 'boolean', default: false },
      timeout: { type: 'string', default: String(ROOM_TIMEOUT_SECONDS) },
    },
  });
}

/** The test files of a choice, sorted, as absolute paths. */
function testFiles(choice: Choice): readonly string[] {
  const patterns = [
    ...choice.rooms.map((room) => (room === 'tools' ? 'tools' : `packages/${room}`)),
    ...choice.paths,
  ];
  const wanted = patterns.length > 0 ? patterns : ['packages', 'tools'];
  const found = wanted.flatMap((pattern) => filesBelow(pattern));
  const kept = choice.isUnitOnly
    ? found.filter((file) => !/packages\/[^/]+\/test\//.test(file))
    : found;
  return [...new Set(kept)].sort();
}

function filesBelow(path: string): readonly string[] {
  const place = join(ROOT, path);
  if (statSync(place, { throwIfNoEntry: false })?.isFile() === true) return [place];
  return globSync(`${path}/**/*.test.ts`, {
    cwd: ROOT,
    exclude: (name) => name === 'node_modules' || name === 'databases',
  }).map((file) => join(ROOT, file));
}

/** Runs the files, shows them as they go and resolves with the counts over all of them. */
async function runFiles(
  files: readonly string[],
  concurrency: number,
  timeoutMs: number,
): Promise<Counts> {
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const stream = run({ files: [...files], concurrency, timeout: timeoutMs });
  stream.on('test:summary', (summary) => {
    if (summary.file !== undefined) return;
    const { tests, passed, skipped, todo } = summary.counts;
    // A failed hook of a suite is counted nowhere; only `success` tells of it.
    const failed = Math.max(tests - passed - skipped - todo, summary.success ? 0 : 1);
    counts = { passed, failed, skipped: skipped + todo };
  });
  const shown = stream.compose(spec);
  for await (const text of shown) process.stdout.write(String(text));
  return counts;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArguments();
  const files = testFiles({ rooms: values.only, paths: positionals, isUnitOnly: values.unit });
  const concurrency = values.serial ? 1 : availableParallelism();
  const counts = await runFiles(files, concurrency, Number(values.timeout) * 1000);
  const ran = counts.passed + counts.failed;
  process.stdout.write(
    `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
  );
  if (ran + counts.skipped === 0) process.stderr.write('no tests found\n');
  return counts.failed > 0 || ran + counts.skipped === 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
