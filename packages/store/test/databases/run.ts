/**
 * `make test-databases`: installs Debian's servers where they are missing, starts MariaDB, a Galera
 * cluster of three nodes and PostgreSQL on loopback, runs the suites on them, stops what it has
 * started, and ends with one line of counts.
 *
 *   node packages/store/test/databases/run.ts [--keep | --schemas] [FILE]...
 *
 * `--keep` prints the addresses and waits for an interrupt instead of running the suites;
 * `--schemas` rewrites the dumps of the schema.
 */
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { messageOf } from '@medevac/kernel';
import { installServers } from './install-servers.ts';
import { writeSchemaFiles } from './schema-dumps.ts';
import type { ServerProcess } from './server-process.ts';
import {
  makeMariadbTemplate,
  type StartedServer,
  startGalera,
  startMariadb,
  timed,
} from './start-mariadb.ts';
import { startPostgresql } from './start-postgresql.ts';
import { type TestServers, VARIABLE } from './test-servers.ts';
import { makeTlsFiles } from './tls-files.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** The suite that leaves the cluster with a node less comes last, alone. */
const LAST = 'packages/store/test/databases/galera-node-loss.test.ts';
const SUITES_MS = 8 * 60_000;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'boolean', default: false },
      schemas: { type: 'boolean', default: false },
    },
  });
  const trouble = installServers(say);
  if (trouble !== undefined) return skipAll(trouble);
  const root = mkdtempSync(join(tmpdir(), 'medevac-databases-'));
  const processes: ServerProcess[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(processes.map((server) => server.stop()));
    rmSync(root, { recursive: true, force: true });
  };
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  try {
    const servers = await startAll(root, processes);
    if (values.keep) {
      say(`export ${VARIABLE}='${JSON.stringify(servers)}'`);
      await interrupted;
      return 0;
    }
    if (values.schemas) {
      await writeSchemaFiles(servers);
      return 0;
    }
    const suites = runSuites(servers, positionals);
    return await Promise.race([suites, interrupted.then(() => 130)]);
  } finally {
    await stopAll();
  }
}

async function startAll(root: string, processes: ServerProcess[]): Promise<TestServers> {
  const tls = makeTlsFiles(root);
  const watch = (server: StartedServer): StartedServer => {
    processes.push(server.process);
    return server;
  };
  const [template, templateMs] = await timed(async () => makeMariadbTemplate(root));
  say(`data folder of MariaDB made in ${(templateMs / 1000).toFixed(1)} s`);
  const place = { root, template, tls };
  const [mariadb, mariadbMs] = await timed(async () => watch(await startMariadb(place)));
  say(`MariaDB ready in ${(mariadbMs / 1000).toFixed(1)} s`);
  const [postgresql, postgresqlMs] = await timed(async () =>
    watch(await startPostgresql(root, tls)),
  );
  say(`PostgreSQL ready in ${(postgresqlMs / 1000).toFixed(1)} s`);
  const [galera, galeraMs] = await timed(async () => (await startGalera(place)).map(watch));
  say(`Galera, three nodes, ready in ${(galeraMs / 1000).toFixed(1)} s`);
  return {
    mariadb: mariadb.url,
    postgresql: postgresql.url,
    galera: galera.map(({ url, process: { pid } }) => ({ url, pid })),
    ca: tls.ca,
  };
}

async function runSuites(servers: TestServers, wanted: readonly string[]): Promise<number> {
  const contract = globSync('packages/store/test/contract/*.test.ts', { cwd: ROOT });
  const own = globSync('packages/*/test/databases/**/*.test.ts', { cwd: ROOT });
  const all =
    wanted.length > 0 ? wanted.map((file) => relative(ROOT, file)) : [...contract, ...own];
  const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const files of [all.filter((file) => file !== LAST), all.filter((file) => file === LAST)]) {
    if (files.length > 0) await runFiles(files.sort(), servers, sum);
  }
  say(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

/** The counts are taken from the runner's last line, which is printed only once, by us. */
async function runFiles(
  files: readonly string[],
  servers: TestServers,
  sum: Counts,
): Promise<void> {
  const child = spawn(process.execPath, ['tools/run-tests.ts', '--timeout', '240', ...files], {
    cwd: ROOT,
    env: { ...process.env, [VARIABLE]: JSON.stringify(servers) },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: SUITES_MS,
  });
  let counted: RegExpExecArray | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(line);
    if (counts === null) say(line);
    else counted = counts;
  }
  if (counted === null) say(`the suites were cut off: ${files.join(' ')}`);
  sum.passed += Number(counted?.[1] ?? 0);
  sum.failed += Number(counted?.[2] ?? 1);
  sum.skipped += Number(counted?.[3] ?? 0);
}

/** Loud, and no failure: a machine without Debian's packages cannot run them. */
function skipAll(trouble: string): number {
  say(`!!! no suite was run: ${trouble}`);
  say('\n0 passed, 0 failed, 1 skipped');
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  say('\n0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
