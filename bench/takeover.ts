/**
 * How long a recovery stands still when the replica that holds it is killed (kill -9): three
 * `medevac serve` processes with default leases on one database, a simulated cloud over HTTP. From
 * the kill to the moment at which another one has taken the recovery, and to its first evacuate
 * call. It starts the database servers itself (Debian 12).
 *
 *   node bench/takeover.ts [--rounds 7] [--database mariadb] [--bound 5]
 *
 * Exit code 1 when the median of the first calls is above the bound.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { keep, spreadOf, spreadText } from './results.ts';

const ROOT = join(import.meta.dirname, '..');
const SERVERS = 'packages/store/test/databases/run.ts';
const MEASURE = 'packages/cli/test/databases/measure-takeover.ts';
const READY_MS = 180_000;
const ROUND_MS = 120_000;

interface Round {
  readonly round: number;
  readonly taken: number;
  readonly firstCall: number;
}

const start = (words: readonly string[], timeoutMs: number): ChildProcess =>
  spawn(process.execPath, words, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: timeoutMs,
  });

const linesOf = (child: ChildProcess): AsyncIterable<string> => {
  if (child.stdout === null) throw new Error('its output is not read');
  return createInterface({ input: child.stdout });
};

/** The address of one server among those that the run has started. */
async function addressOf(run: ChildProcess, database: string): Promise<string> {
  for await (const line of linesOf(run)) {
    const servers = /^export \w+='(.+)'$/.exec(line)?.[1];
    if (servers === undefined) continue;
    const address = (JSON.parse(servers) as Readonly<Record<string, unknown>>)[database];
    if (typeof address === 'string') return address;
    throw new Error(`there is no server ${database}: it is mariadb or postgresql`);
  }
  throw new Error('the database servers did not start');
}

async function measure(address: string, rounds: number): Promise<readonly Round[]> {
  const child = start([MEASURE, address, String(rounds)], rounds * ROUND_MS);
  const measured: Round[] = [];
  for await (const line of linesOf(child)) {
    process.stdout.write(`${line}\n`);
    measured.push(JSON.parse(line) as Round);
  }
  if (measured.length < rounds) throw new Error(`${measured.length} of ${rounds} rounds ended`);
  return measured;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    database: { type: 'string', default: 'mariadb' },
    bound: { type: 'string', default: '5' },
  },
});
const rounds = Number(values.rounds);
const run = start([SERVERS, '--keep'], READY_MS + rounds * ROUND_MS);
const ended = once(run, 'exit');
try {
  const measured = await measure(await addressOf(run, values.database), rounds);
  for (const round of measured) keep('takeover', { database: values.database, ...round });
  const taken = spreadOf(measured.map((one) => one.taken));
  const firstCall = spreadOf(measured.map((one) => one.firstCall));
  process.stdout.write(`seconds after kill -9, ${values.database}, ${rounds} rounds, median `);
  process.stdout.write('(least to most)\n');
  process.stdout.write(`taken over       ${spreadText(taken)}\n`);
  process.stdout.write(`first call       ${spreadText(firstCall)}, bound ${values.bound}\n`);
  process.exitCode = firstCall.median <= Number(values.bound) ? 0 : 1;
} finally {
  run.kill('SIGTERM');
  await ended;
}
