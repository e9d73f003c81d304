/**
 * `medevac serve --database URL` carries a recovery through on each kind of database: two replicas
 * as processes of their own, on two nodes where there are several, over a simulated cloud.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { systemClock } from '@medevac/kernel';
import { DEMO_REPORT_MS, runDemo } from '@medevac/simulator';
import { openServer } from '@medevac/store';
import { createDatabase, databaseIn, dropDatabase, requiredServers } from './database-client.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/medevac.js');
const READY_MS = 60_000;
const servers = requiredServers();
const folder = mkdtempSync(join(tmpdir(), 'medevac-serve-'));
after(() => rmSync(folder, { recursive: true }));

const [firstNode, secondNode] = servers.galera.map(({ url }) => url);

interface Served {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Its environment is what the simulated cloud gives, and nothing else. */
async function serve(database: string, cloud: Readonly<Record<string, string>>): Promise<Served> {
  const words = ['--fencing=trusted', '--storage=shared', '--listen=127.0.0.1:0'];
  const interval = `--nova-report-interval=${DEMO_REPORT_MS / 1000}`;
  const child = spawn(
    process.execPath,
    [PROGRAM, 'serve', ...words, interval, '--log-level=error'],
    {
      cwd: folder,
      env: { ...cloud, PATH: process.env['PATH'], HOME: folder, MEDEVAC_DATABASE: database },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout });
  const patience = AbortSignal.timeout(READY_MS);
  const [line] = (await once(lines, 'line', { signal: patience })) as [string];
  const url = /^medevac listens on (.+)$/.exec(line)?.[1];
  assert.ok(url, line);
  return { url, process: child };
}

async function stop({ process: child }: Served): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

for (const [name, urls] of [
  ['MariaDB', [servers.mariadb, servers.mariadb]],
  ['two Galera nodes', [firstNode ?? '', secondNode ?? '']],
  ['PostgreSQL', [servers.postgresql, servers.postgresql]],
] as const)
  describe(`medevac serve on ${name}`, () => {
    it('refuses an empty database, is content after db migrate, and recovers a host', async () => {
      const [first] = urls;
      const { name: own, url: database } = createDatabase(first);
      const migrate = () =>
        spawnSync(process.execPath, [PROGRAM, 'db', 'migrate', '--database', database], {
          cwd: folder,
          encoding: 'utf8',
          timeout: READY_MS,
        });
      assert.match(migrate().stdout, new RegExp(`database ${own} at .* from version 0 to \\d+`));
      assert.match(migrate().stdout, /is at version \d+ already/);
      const told: string[] = [];
      const outcome = await runDemo({
        seed: 7,
        hosts: 4,
        instances: 20,
        method: 'auto',
        clock: systemClock,
        write: (line) => told.push(line),
        startReplica: async (cloud) => {
          const replicas = [
            await serve(databaseIn(urls[0], own), cloud),
            await serve(databaseIn(urls[1], own), cloud),
          ];
          return {
            url: replicas[1]?.url ?? '',
            stop: async () => {
              await Promise.all(replicas.map(stop));
            },
          };
        },
      });
      assert.deepEqual(outcome.faults, [], told.join('\n'));
      const opened = await openServer({ url: database, clock: systemClock });
      const list = { filter: {}, sort: [], limit: 10 };
      const notifications = await opened.stores.notifications.list(list);
      assert.ok(notifications.kind === 'page');
      assert.deepEqual(
        notifications.rows.map(({ status }) => status),
        ['finished'],
      );
      await opened.close();
      dropDatabase(first, own);
    });
  });
