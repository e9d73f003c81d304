/**
 * Reads a Masakari database on MariaDB or PostgreSQL, all of it at one moment, in one transaction
 * that may only read. Releases differ in their columns and tables; what is there is asked first.
 */
import { OperationalError } from '@medevac/kernel';
import { STORE_ERRORS } from '../errors.ts';
import { classifyMariadbError, connectMariadb } from '../sql/dialect/mariadb.ts';
import { classifyPostgresqlError, connectPostgresql } from '../sql/dialect/postgresql.ts';
import { MIGRATION_TIMES } from '../sql/dialect/server-dialect.ts';
import { locationOf, parseDatabaseUrl, type ServerAddress } from '../sql/server/database-url.ts';
import type { ServerConnection } from '../sql/server/server-connection.ts';
import {
  type MasakariContents,
  type RawRow,
  toHost,
  toNotification,
  toSegment,
  toVmove,
} from './masakari-rows.ts';

/** Rows of one query. */
const PAGE = 1_000;
const REQUIRED = ['failover_segments', 'hosts', 'notifications'] as const;

/** Throws an OperationalError that names the place when it is not Masakari's or cannot be read. */
export async function readMasakari(url: string): Promise<MasakariContents> {
  const address = parseDatabaseUrl(url);
  const isMariadb = address.kind === 'mariadb';
  try {
    const connect = isMariadb ? connectMariadb : connectPostgresql;
    const connection = await anyHost(address, (host) => connect(address, host, MIGRATION_TIMES));
    try {
      return await readAll(connection, address);
    } finally {
      await connection.close().catch(() => connection.cut());
    }
  } catch (error) {
    const classify = isMariadb ? classifyMariadbError : classifyPostgresqlError;
    const trouble = classify(error, address);
    if (trouble?.kind !== 'failure') throw error;
    throw new OperationalError(trouble.error, trouble.message, { cause: error });
  }
}

async function anyHost(
  { hosts }: ServerAddress,
  connect: (host: ServerAddress['hosts'][number] | undefined) => Promise<ServerConnection>,
): Promise<ServerConnection> {
  for (const host of hosts.slice(0, -1)) {
    const connection = await connect(host).catch(() => undefined);
    if (connection !== undefined) return connection;
  }
  return await connect(hosts.at(-1));
}

async function readAll(
  connection: ServerConnection,
  address: ServerAddress,
): Promise<MasakariContents> {
  const isMariadb = address.kind === 'mariadb';
  for (const statement of isMariadb ? MARIADB_BEGIN : POSTGRESQL_BEGIN)
    await connection.query(statement, []);
  const columns = await columnsOf(connection, isMariadb);
  const missing = REQUIRED.find((table) => !columns.has(table));
  if (missing !== undefined)
    throw new OperationalError(
      STORE_ERRORS.notMasakari,
      `the ${locationOf(address)} has no table ${missing}`,
    );
  const read = (table: string): Promise<readonly RawRow[]> =>
    readTable(connection, { table, columns: columns.get(table) ?? [], isMariadb });
  return {
    segments: (await read('failover_segments')).map(toSegment),
    hosts: (await read('hosts')).map(toHost),
    notifications: (await read('notifications')).map(toNotification),
    vmoves: columns.has('vmoves') ? (await read('vmoves')).map(toVmove) : [],
  };
}

const MARIADB_BEGIN = [
  'set session transaction isolation level repeatable read',
  'start transaction with consistent snapshot, read only',
];
const POSTGRESQL_BEGIN = ['begin transaction isolation level repeatable read, read only'];

/** Columns by table, those of the four tables only. */
async function columnsOf(
  connection: ServerConnection,
  isMariadb: boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const schema = isMariadb ? 'database()' : 'current_schema()';
  const { rows } = await connection.query(
    `select table_name as table_name, column_name as column_name, data_type as data_type
     from information_schema.columns where table_schema = ${schema}
     and table_name in ('failover_segments', 'hosts', 'notifications', 'vmoves')`,
    [],
  );
  const columns = new Map<string, string[]>();
  for (const row of rows as readonly RawRow[]) {
    const table = String(row['table_name']);
    const name = String(row['column_name']);
    // A time would come as a moment of this machine's time zone; as text it is what was written.
    const isTime = !isMariadb && String(row['data_type']).startsWith('timestamp');
    const list = columns.get(table) ?? [];
    list.push(isTime ? `cast("${name}" as text) as "${name}"` : quoted(name, isMariadb));
    columns.set(table, list);
  }
  return columns;
}

const quoted = (name: string, isMariadb: boolean): string =>
  isMariadb ? `\`${name}\`` : `"${name}"`;

async function readTable(
  connection: ServerConnection,
  {
    table,
    columns,
    isMariadb,
  }: {
    readonly table: string;
    readonly columns: readonly string[];
    readonly isMariadb: boolean;
  },
): Promise<readonly RawRow[]> {
  const all: RawRow[] = [];
  let lastId = 0;
  for (;;) {
    const { rows } = await connection.query(
      `select ${columns.join(', ')} from ${quoted(table, isMariadb)}
       where id > ${lastId} order by id limit ${PAGE}`,
      [],
    );
    const page = rows as readonly RawRow[];
    all.push(...page);
    lastId = Number(page.at(-1)?.['id'] ?? lastId);
    if (page.length < PAGE) return all;
  }
}
