/**
 * Databases on the servers of `make test-databases`, seen with the servers' own command-line
 * clients, so that nothing of ours stands between a test and what is really there.
 */
import { spawnSync } from 'node:child_process';
import { parseDatabaseUrl } from '@medevac/store';

export interface TestServers {
  readonly mariadb: string;
  readonly postgresql: string;
  readonly galera: readonly { readonly url: string }[];
}

/** The run hands them over in its environment. */
export function requiredServers(): TestServers {
  const text = process.env['MEDEVAC_TEST_DATABASES'];
  if (text === undefined) throw new Error('run these with: make test-databases');
  return JSON.parse(text) as TestServers;
}

/** Runs the statements and answers what they print, a row a line; throws what the client says. */
export function runSql(url: string, statements: string): string {
  const { kind, hosts, user, password, database } = parseDatabaseUrl(url);
  const [place] = hosts;
  const secret = password.kind === 'address' ? password.password : '';
  const at = ['-h', place?.host ?? '', kind === 'mariadb' ? '-P' : '-p', String(place?.port)];
  const [program, words] =
    kind === 'mariadb'
      ? ['mariadb', [...at, '-u', user, '--batch', '--skip-column-names', '--ssl=0', database]]
      : ['psql', [...at, '-U', user, '-XqAt', '-v', 'ON_ERROR_STOP=1', database]];
  const ran = spawnSync(program, words, {
    env: { PATH: process.env['PATH'], MYSQL_PWD: secret, PGPASSWORD: secret },
    input: statements,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (ran.status !== 0) throw new Error(`${program}: ${ran.stderr}${ran.error?.message ?? ''}`);
  return ran.stdout;
}

export const databaseIn = (url: string, name: string): string =>
  url.replace(/\/[^/?]+(?=$|\?)/, `/${name}`);

let made = 0;

/** An empty database of this process's own. */
export function createDatabase(url: string): { readonly name: string; readonly url: string } {
  const name = `medevac_cli_${process.pid}_${++made}`;
  runSql(url, `create database ${name};`);
  return { name, url: databaseIn(url, name) };
}

export function dropDatabase(url: string, name: string): void {
  const force = url.startsWith('postgresql') ? ' with (force)' : '';
  runSql(url, `drop database if exists ${name}${force};`);
}
