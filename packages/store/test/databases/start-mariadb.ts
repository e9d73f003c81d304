/**
 * MariaDB from Debian's packages: one server, or a Galera cluster of three nodes, on a copy of one
 * freshly made data folder. The superuser of the tests is `medevac`; it comes over loopback only.
 */
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@medevac/kernel';
import { connectMariadb } from '../../src/sql/dialect/mariadb.ts';
import { SERVING_TIMES } from '../../src/sql/dialect/server-dialect.ts';
import { parseDatabaseUrl } from '../../src/sql/server/database-url.ts';
import { accountOf, freePort, giveTo, runTool, ServerProcess } from './server-process.ts';
import type { TlsFiles } from './tls-files.ts';

export const PASSWORD = 'Pass/word:1@?';

export interface StartedServer {
  readonly url: string;
  readonly process: ServerProcess;
}

const SERVER = '/usr/sbin/mariadbd';
const GALERA = '/usr/lib/galera/libgalera_smm.so';
const START_MS = 60_000;

/** The data folder that every server starts from. */
export function makeMariadbTemplate(root: string): string {
  const template = join(root, 'mariadb-template');
  const account = accountOf('mysql');
  mkdirSync(template);
  chmodSync(root, 0o755);
  giveTo(account, template);
  runTool(
    '/usr/bin/mariadb-install-db',
    ['--no-defaults', `--datadir=${template}`, '--skip-test-db', '--skip-name-resolve'],
    { account },
  );
  const user = `medevac@127.0.0.1 identified by '${PASSWORD}'`;
  const statements = [
    'flush privileges;',
    `create user ${user};`,
    'grant all privileges on *.* to medevac@127.0.0.1;',
    'create database medevac;',
  ];
  runTool(SERVER, ['--no-defaults', `--datadir=${template}`, '--bootstrap'], {
    account,
    input: `${statements.join('\n')}\n`,
  });
  return template;
}

interface Place {
  readonly root: string;
  readonly template: string;
  readonly tls: TlsFiles;
}

export async function startMariadb(place: Place): Promise<StartedServer> {
  return await start(place, 'mariadb', await freePort(), []);
}

/** Three nodes, the second and third by a state transfer from the first. */
export async function startGalera(place: Place): Promise<readonly StartedServer[]> {
  const ports = await Promise.all(Array.from({ length: 12 }, freePort));
  const nodes = [0, 1, 2].map((n) => ports.slice(n * 4, n * 4 + 4));
  const members = nodes.map(([, group]) => `127.0.0.1:${group}`).join(',');
  const started: StartedServer[] = [];
  try {
    for (const [n, [port = 0, group, incremental, transfer]] of nodes.entries()) {
      const provider = [
        `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
        `ist.recv_addr=127.0.0.1:${incremental}`,
        'gcache.size=32M',
        'pc.wait_prim_timeout=PT20S',
      ];
      const options = [
        '--wsrep-on=ON',
        `--wsrep-provider=${GALERA}`,
        `--wsrep-cluster-address=gcomm://${members}`,
        '--wsrep-cluster-name=medevac-tests',
        `--wsrep-node-name=node-${n + 1}`,
        `--wsrep-node-address=127.0.0.1:${group}`,
        `--wsrep-provider-options=${provider.join(';')}`,
        '--wsrep-sst-method=rsync',
        `--wsrep-sst-receive-address=127.0.0.1:${transfer}`,
        '--binlog-format=ROW',
        '--innodb-autoinc-lock-mode=2',
        ...(n === 0 ? ['--wsrep-new-cluster'] : []),
      ];
      started.push(await start(place, `galera-${n + 1}`, port, options));
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((node) => node.process.stop('SIGKILL')));
    throw error;
  }
}

async function start(
  { root, template, tls }: Place,
  name: string,
  port: number,
  options: readonly string[],
): Promise<StartedServer> {
  const account = accountOf('mysql');
  const folder = join(root, name);
  cpSync(template, folder, { recursive: true });
  runTool('chown', ['-R', account === undefined ? '--reference=.' : 'mysql:mysql', folder]);
  const logFile = join(root, `${name}.log`);
  const server = new ServerProcess(
    SERVER,
    [
      '--no-defaults',
      `--datadir=${folder}`,
      `--socket=${join(folder, 's')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=32M',
      '--performance-schema=OFF',
      '--max-connections=300',
      `--ssl-ca=${tls.ca}`,
      `--ssl-cert=${tls.certificate}`,
      `--ssl-key=${tls.key}`,
      ...options,
    ],
    { account, logFile },
  );
  const url = `mysql+pymysql://medevac:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/medevac`;
  const address = parseDatabaseUrl(url);
  try {
    await server.ready(START_MS, async () => {
      const connection = await connectMariadb(address, address.hosts[0], SERVING_TIMES);
      await connection.close();
    });
  } catch (error) {
    await server.stop('SIGKILL');
    throw error;
  }
  return { url, process: server };
}

/** Milliseconds that `work` takes, for the report of the run. */
export async function timed<Answer>(
  work: () => Promise<Answer>,
): Promise<readonly [Answer, number]> {
  const startedMs = systemClock.monotonicMs();
  return [await work(), systemClock.monotonicMs() - startedMs];
}
