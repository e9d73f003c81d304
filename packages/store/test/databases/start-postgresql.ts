/** PostgreSQL from Debian's packages, on a data folder of its own, over loopback only. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgresql } from '../../src/sql/dialect/postgresql.ts';
import { SERVING_TIMES } from '../../src/sql/dialect/server-dialect.ts';
import { parseDatabaseUrl } from '../../src/sql/server/database-url.ts';
import { accountOf, freePort, giveTo, runTool, ServerProcess } from './server-process.ts';
import { PASSWORD, type StartedServer } from './start-mariadb.ts';
import type { TlsFiles } from './tls-files.ts';

const VERSIONS = '/usr/lib/postgresql';
const START_MS = 30_000;

export async function startPostgresql(root: string, tls: TlsFiles): Promise<StartedServer> {
  const account = accountOf('postgres');
  const folder = join(root, 'postgresql');
  const passwordFile = join(root, 'postgresql-password');
  const key = join(root, 'postgresql-key.pem');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(passwordFile, PASSWORD);
  copyFileSync(tls.key, key);
  chmodSync(key, 0o600);
  giveTo(account, folder, passwordFile, key);
  const newest = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0] ?? '15';
  const programs = join(VERSIONS, newest, 'bin');
  runTool(
    join(programs, 'initdb'),
    [
      '--pgdata',
      folder,
      '--username=medevac',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-instructions',
    ],
    { account },
  );
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    ssl: 'on',
    ssl_ca_file: tls.ca,
    ssl_cert_file: tls.certificate,
    ssl_key_file: key,
  };
  const server = new ServerProcess(
    join(programs, 'postgres'),
    [
      '-D',
      folder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { account, logFile: join(root, 'postgresql.log') },
  );
  const url = `postgresql://medevac:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
  const address = parseDatabaseUrl(url);
  try {
    await server.ready(START_MS, async () => {
      const connection = await connectPostgresql(address, address.hosts[0], SERVING_TIMES);
      await connection.close();
    });
  } catch (error) {
    await server.stop('SIGKILL');
    throw error;
  }
  return { url, process: server };
}
