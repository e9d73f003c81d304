/** Debian's Masakari on the bed, and what it tells of itself through its own API. */
import { spawnSync } from 'node:child_process';
import { BED, cloud } from './bed.ts';
import { newToken } from './nova.ts';
import { BedTrouble } from './waiting.ts';

const START_TIMEOUT_MS = 420_000;
const CALL_TIMEOUT_MS = 60_000;
const SQL_TIMEOUT_MS = 30_000;
const URL = `http://127.0.0.1:${BED.instanceHaPort}/v1`;
const DATABASE = 'masakari';

/** As an operator finds it in `[database] connection` of masakari.conf. */
export const MASAKARI_DATABASE =
  `mysql+pymysql://root:${BED.password}@127.0.0.1:${BED.mysqlPort}/` + `${DATABASE}?charset=utf8`;

export type Row = Readonly<Record<string, unknown>>;
export type Call = (method: string, path: string, body?: object) => Promise<Row>;

function sql(statement: string): string {
  const address = ['-h127.0.0.1', `-P${BED.mysqlPort}`, '-uroot', `-p${BED.password}`];
  const quiet = ['--batch', '--skip-column-names', `--execute=${statement}`];
  const ran = spawnSync('mariadb', ['--no-defaults', ...address, ...quiet, DATABASE], {
    encoding: 'utf8',
    timeout: SQL_TIMEOUT_MS,
  });
  if (ran.status !== 0) throw new BedTrouble(`mariadb: ${ran.error?.message ?? ran.stderr}`);
  return ran.stdout;
}

/** Those that refer to others first, so that they can be emptied in this order. */
const TABLES = ['notifications', 'hosts', 'failover_segments'];

/** A sum over every row of Masakari's tables: the same as long as nobody has written there. */
export const masakariChecksum = (): string => sql(`CHECKSUM TABLE ${TABLES.join(', ')}`);

/** Runs `use` with Masakari up and its tables empty; it is stopped afterwards, its rows stay. */
export async function withMasakari(use: (call: Call) => Promise<void>): Promise<void> {
  cloud(['masakari', '--profile', 'tuned'], START_TIMEOUT_MS);
  try {
    sql(TABLES.map((table) => `DELETE FROM ${table};`).join(' '));
    const token = await newToken();
    await use((method, path, body) => callAt(URL, token, { method, path, body }));
  } finally {
    cloud(['masakari', '--stop']);
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: object | undefined;
}

/** Microversion 1.2, the highest that Debian's Masakari answers. */
export async function callAt(url: string, token: string, asked: Asked): Promise<Row> {
  const response = await fetch(`${url}${asked.path}`, {
    method: asked.method,
    headers: {
      'x-auth-token': token,
      'openstack-api-version': 'instance-ha 1.2',
      'content-type': 'application/json',
    },
    body: asked.body === undefined ? null : JSON.stringify(asked.body),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${asked.method} ${asked.path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Row);
}

export interface Told {
  readonly segments: readonly Row[];
  readonly hosts: readonly Row[];
  readonly notifications: readonly Row[];
}

/** All that an instance-ha API tells: its segments, their hosts, its notifications. */
export async function everythingTold(call: Call): Promise<Told> {
  const list = async (path: string, key: string): Promise<readonly Row[]> =>
    (await call('GET', path))[key] as readonly Row[];
  const segments = await list('/segments?sort_key=uuid', 'segments');
  const hosts: Row[] = [];
  for (const { uuid } of segments) {
    hosts.push(...(await list(`/segments/${String(uuid)}/hosts?sort_key=uuid`, 'hosts')));
  }
  const notifications = await list('/notifications?sort_key=generated_time', 'notifications');
  return { segments, hosts, notifications };
}
