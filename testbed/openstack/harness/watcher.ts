/**
 * Tells when each instance became active on another host. It reads Nova's database through one
 * `mariadb` client, because polling Nova's API costs the very CPU that the recovery under
 * measurement needs. It never writes, and what tests assert comes from Nova's API instead.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BED } from './bed.ts';
import { BedTrouble } from './waiting.ts';

const STEP_MS = 100;
const END_OF_ANSWER = 'end-of-answer';

/** Milliseconds since `t0Ms` by instance, in the order in which they came back. */
export type Recovered = ReadonlyMap<string, number>;

export interface Watch {
  readonly sourceHost: string;
  readonly instanceIds: readonly string[];
  /** The instant that counts as zero, by `performance.now()`. */
  readonly t0Ms: number;
  readonly timeoutMs: number;
  /** Stops the watch early, for instance when the product has given up. */
  readonly isOver?: () => boolean;
}

function openClient(): ChildProcessWithoutNullStreams {
  const address = ['-h127.0.0.1', `-P${BED.mysqlPort}`, '-uroot', `-p${BED.password}`];
  const quiet = ['--batch', '--skip-column-names', '--unbuffered', '--quick'];
  return spawn('mariadb', ['--no-defaults', ...address, ...quiet, 'nova_cell1']);
}

/** Sends the query over and over and yields the rows of each answer. */
async function* answers(
  client: ChildProcessWithoutNullStreams,
  query: string,
): AsyncGenerator<readonly string[]> {
  const ask = (): boolean => client.stdin.write(`${query}; SELECT '${END_OF_ANSWER}';\n`);
  let rows: string[] = [];
  ask();
  for await (const line of createInterface({ input: client.stdout })) {
    if (line !== END_OF_ANSWER) {
      rows.push(line);
      continue;
    }
    yield rows;
    rows = [];
    await sleep(STEP_MS);
    ask();
  }
}

/** Watches until every instance is active elsewhere, the time is up, or `isOver` says so. */
export async function watchRecovery(watch: Watch): Promise<Recovered> {
  const wanted = new Set(watch.instanceIds);
  const recovered = new Map<string, number>();
  const client = openClient();
  const failed = new Promise<never>((_, reject) => client.once('error', reject));
  client.stdin.on('error', () => {});
  const query =
    `SELECT uuid FROM instances WHERE deleted = 0 AND vm_state = 'active' ` +
    `AND task_state IS NULL AND host <> '${watch.sourceHost}'`;
  const follow = async (): Promise<void> => {
    for await (const rows of answers(client, query)) {
      const sinceMs = performance.now() - watch.t0Ms;
      for (const id of rows) if (wanted.has(id) && !recovered.has(id)) recovered.set(id, sinceMs);
      const isDone = recovered.size === wanted.size || watch.isOver?.() === true;
      if (isDone || sinceMs > watch.timeoutMs) return;
    }
    throw new BedTrouble('the database client ended before the recovery did');
  };
  try {
    await Promise.race([follow(), failed]);
  } finally {
    client.kill();
  }
  return recovered;
}

export interface Figures {
  readonly firstSeconds: number;
  readonly medianSeconds: number;
  readonly lastSeconds: number;
}

/** First, median and last return; `undefined` unless all `count` instances came back. */
export function figuresOf(recovered: Recovered, count: number): Figures | undefined {
  const times = [...recovered.values()].sort((a, b) => a - b);
  const at = (index: number): number => Math.round((times[index] ?? Number.NaN) / 10) / 100;
  if (times.length !== count || count === 0) return undefined;
  return {
    firstSeconds: at(0),
    medianSeconds: at(Math.floor(times.length / 2)),
    lastSeconds: at(times.length - 1),
  };
}
