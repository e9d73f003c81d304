/**
 * MariaDB, alone or as a Galera cluster, through mysql2: how a connection is made ready, how its
 * columns are spelled, and what its errors mean. Transactions read what is committed, statement by
 * statement: gaps are not locked then, so that two openers of one incident meet on its unique key
 * and not in a deadlock.
 */
import { type Clock, type ErrorKind, messageOf, OperationalError } from '@medevac/kernel';
import { type Driver, MysqlDialect, type QueryResult, sql } from 'kysely';
import type { Connection, ConnectionOptions } from 'mysql2';
import { STORE_ERRORS } from '../../errors.ts';
import { locationOf, type ServerAddress, type ServerHost } from '../server/database-url.ts';
import { readPassword, type ServerConnection, tlsOptions } from '../server/server-connection.ts';
import type { ColumnTypes, SqlDialect, SqlTrouble } from './dialect.ts';
import {
  type Classify,
  type Connect,
  classifyPoolTrouble,
  type ServerTimes,
  serverDriver,
  textCode,
} from './server-dialect.ts';

const UTF8 = sql.raw('character set utf8mb4 collate utf8mb4_nopad_bin');

const COLUMNS: ColumnTypes = {
  identity: sql`bigint auto_increment primary key`,
  integer: sql`bigint`,
  fraction: sql`double`,
  key: (length) => sql`varchar(${sql.lit(length)}) ${UTF8}`,
  text: sql`longtext ${UTF8}`,
};

export function mariadbDialect(
  address: ServerAddress,
  clock: Clock,
  times: ServerTimes,
): SqlDialect {
  const classify: Classify = (error) => classifyMariadbError(error, address);
  const connect: Connect = (host) => connectMariadb(address, host, times);
  const parts = { address, clock, times, connect, classify };
  return {
    location: locationOf(address),
    kysely: new PooledMysqlDialect(() => serverDriver(parts)),
    sharesTransactions: false,
    nullsFirst: true,
    transactionalDdl: false,
    columns: COLUMNS,
    classify,
  };
}

class PooledMysqlDialect extends MysqlDialect {
  readonly #driver: () => Driver;

  constructor(driver: () => Driver) {
    super({ pool: async () => Promise.reject(new Error('the driver has a pool of its own')) });
    this.#driver = driver;
  }

  override createDriver(): Driver {
    return this.#driver();
  }
}

/**
 * Literals are escaped by the driver, which relies on the backslash; hence the mode of our own.
 * Each of the last two is unknown to some builds of the server that do without it.
 */
const session = (times: ServerTimes): readonly string[] => [
  "set session sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  'set session transaction isolation level read committed',
  `set session max_statement_time = ${times.serverStatementMs / 1000}`,
  `set session innodb_lock_wait_timeout = ${times.lockWaitMs / 1000}`,
  `set session lock_wait_timeout = ${times.lockWaitMs / 1000}`,
];
const sessionWhereKnown = (times: ServerTimes): readonly string[] => [
  `set session idle_transaction_timeout = ${times.idleTransactionMs / 1000}`,
  // On Galera: what any node has committed before is seen by every transaction and every read.
  'set session wsrep_sync_wait = 1',
];
const UNKNOWN_VARIABLE = 1193;

export async function connectMariadb(
  address: ServerAddress,
  host: ServerHost | undefined,
  times: ServerTimes,
): Promise<ServerConnection> {
  // Loaded by those who need it: SQLite starts as fast as ever.
  const { createConnection } = await import('mysql2');
  const connection = new MariadbConnection(createConnection(optionsOf(address, host, times)));
  try {
    await connection.ready();
    for (const statement of session(times)) await connection.query(statement, []);
    for (const statement of sessionWhereKnown(times))
      await connection.query(statement, []).catch((error: unknown) => {
        if (numberOf(error) !== UNKNOWN_VARIABLE) throw error;
      });
    const { rows } = await connection.query('select version() as version', []);
    refuseMysql(rows[0], address);
    return connection;
  } catch (error) {
    connection.cut();
    throw error;
  }
}

function optionsOf(
  address: ServerAddress,
  host: ServerHost | undefined,
  times: ServerTimes,
): ConnectionOptions {
  const { tls } = address;
  return {
    ...(host === undefined ? { socketPath: address.socket ?? '' } : host),
    user: address.user,
    password: readPassword(address.password),
    database: address.database,
    charset: 'utf8mb4',
    connectTimeout: times.connectMs,
    dateStrings: true,
    ...(tls === undefined ? {} : { ssl: { ...tlsOptions(tls), verifyIdentity: tls.verifiesName } }),
  };
}

function refuseMysql(row: unknown, address: ServerAddress): void {
  const version = String(Object.values(row ?? {})[0]);
  if (/mariadb/i.test(version)) return;
  throw new OperationalError(
    STORE_ERRORS.unsupportedServer,
    `the ${locationOf(address)} is served by MySQL ${version}, not by MariaDB`,
  );
}

class MariadbConnection implements ServerConnection {
  readonly #raw: Connection;
  #isOpen = true;

  constructor(raw: Connection) {
    this.#raw = raw;
    const ended = (): void => {
      this.#isOpen = false;
    };
    raw.on('error', ended);
    raw.on('end', ended);
  }

  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#raw.connect((error) => (error === null ? resolve() : reject(error)));
    });
  }

  isOpen(): boolean {
    return this.#isOpen;
  }

  query(text: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#raw.query(text, [...parameters], (error, result: unknown) => {
        if (error === null) resolve(resultOf(result));
        else reject(error);
      });
    });
  }

  cut(): void {
    this.#isOpen = false;
    this.#raw.destroy();
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return new Promise((resolve, reject) => {
      this.#raw.end((error: unknown) => (error ? reject(error) : resolve()));
    });
  }
}

/** Rows of a query, or the packet that tells how many a change has matched. */
function resultOf(result: unknown): QueryResult<unknown> {
  if (Array.isArray(result)) return { rows: result as unknown[] };
  const affected = Reflect.get(Object(result), 'affectedRows') as unknown;
  return { rows: [], numAffectedRows: BigInt(typeof affected === 'number' ? affected : 0) };
}

const DUPLICATE: readonly number[] = [1062, 1586];
const MISSING_REFERENCE: readonly number[] = [1216, 1217, 1451, 1452];
/** Lock wait, deadlock or certification, and a row that changed under a snapshot. */
const CONFLICT: readonly number[] = [1205, 1213, 1020];
const DOES_NOT_FIT: readonly number[] = [1048, 1264, 1364, 1366, 1406];
const THERE_ALREADY: readonly number[] = [1050, 1060, 1061, 1091];

export function classifyMariadbError(
  error: unknown,
  address: ServerAddress,
): SqlTrouble | undefined {
  const number = numberOf(error);
  if (number === undefined || number <= 0) return classifyClientError(error, address);
  if (DUPLICATE.includes(number)) return { kind: 'duplicate-key' };
  if (MISSING_REFERENCE.includes(number)) return { kind: 'missing-reference' };
  if (CONFLICT.includes(number)) return { kind: 'conflict' };
  if (DOES_NOT_FIT.includes(number)) return { kind: 'value-refused' };
  if (THERE_ALREADY.includes(number)) return { kind: 'there-already' };
  const failure = FAILURES.find(({ numbers }) => numbers.includes(number));
  if (failure === undefined) return undefined;
  const said = `${messageOf(error)} (${number})`;
  return {
    kind: 'failure',
    error: failure.error,
    message: `the ${locationOf(address)} ${failure.text}: ${said}`,
  };
}

/** Of the driver itself: broken off, or told to go on with a connection that has ended. */
function classifyClientError(error: unknown, address: ServerAddress): SqlTrouble | undefined {
  const code = textCode(error);
  if (code?.startsWith('HANDSHAKE_'))
    return {
      kind: 'failure',
      error: STORE_ERRORS.tls,
      message: `no TLS with the ${locationOf(address)}: ${messageOf(error)}`,
    };
  const isBroken =
    code?.startsWith('PROTOCOL_') ||
    (error instanceof Error && /connection is in closed state/.test(error.message));
  if (!isBroken) return classifyPoolTrouble(error, address);
  return {
    kind: 'failure',
    error: STORE_ERRORS.unavailable,
    message: `the connection to the ${locationOf(address)} broke: ${messageOf(error)}`,
  };
}

const FAILURES: readonly {
  readonly numbers: readonly number[];
  readonly error: ErrorKind;
  readonly text: string;
}[] = [
  {
    // Access to the server, the database and the tables.
    numbers: [1044, 1045, 1142, 1143, 1227, 1251, 1698],
    error: STORE_ERRORS.accessDenied,
    text: 'refuses us',
  },
  { numbers: [1049], error: STORE_ERRORS.databaseMissing, text: 'is not there' },
  { numbers: [1054, 1146], error: STORE_ERRORS.schemaBehind, text: 'lacks our tables' },
  { numbers: [3, 1021, 1114], error: STORE_ERRORS.full, text: 'has no space left' },
  { numbers: [1290, 1792, 1836], error: STORE_ERRORS.readOnly, text: 'can only be read' },
  {
    // Too many connections, not yet part of its cluster, shutting down, killed, interrupted, out
    // of time, failed while committing, out of memory, host blocked, refused by the client limits.
    numbers: [
      1040, 1041, 1047, 1053, 1077, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1203,
      1226, 1317, 1927, 1969,
    ],
    error: STORE_ERRORS.unavailable,
    text: 'does not work',
  },
];

/** mysql2 gives its own errors no number, or a text or a negative one. */
function numberOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? error.errno : undefined;
}
