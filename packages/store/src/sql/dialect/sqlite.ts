/**
 * SQLite through better-sqlite3: one connection, one file, and the errors of both. A transaction
 * takes the right to write when it begins, so that it never has to be given up half-way for another
 * process.
 */
import type BetterSqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  SqliteDialect,
  SqliteDriver,
  sql,
} from 'kysely';
import { STORE_ERRORS } from '../../errors.ts';
import type { ColumnTypes, SqlDialect, SqlTrouble } from './dialect.ts';

class ImmediateSqliteDriver extends SqliteDriver {
  readonly #database: BetterSqlite.Database;

  constructor(database: BetterSqlite.Database) {
    super({ database });
    this.#database = database;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** A full disk ends the transaction by itself; there is nothing left to roll back then. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #database: BetterSqlite.Database;

  constructor(database: BetterSqlite.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new ImmediateSqliteDriver(this.#database);
  }
}

const COLUMNS: ColumnTypes = {
  identity: sql`integer primary key autoincrement`,
  integer: sql`integer`,
  fraction: sql`real`,
  key: (length) => sql`varchar(${sql.lit(length)})`,
  text: sql`text`,
};

/** `file` is for messages. */
export function sqliteDialect(database: BetterSqlite.Database, file: string): SqlDialect {
  return {
    location: `SQLite file ${file}`,
    kysely: new ImmediateSqliteDialect(database),
    sharesTransactions: true,
    nullsFirst: true,
    transactionalDdl: true,
    columns: COLUMNS,
    classify: (error) => classifySqliteError(error, file),
  };
}

/** Also for the moments before there is a database: opening the file and its lock. */
export function classifySqliteError(error: unknown, file: string): SqlTrouble | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return { kind: 'duplicate-key' };
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return { kind: 'missing-reference' };
  const failure = FAILURES.find(({ prefix }) => code.startsWith(prefix));
  if (failure === undefined) return undefined;
  const said = error instanceof Error ? error.message : code;
  return {
    kind: 'failure',
    error: failure.error,
    message: `${failure.text(file)} (${said}, ${code})`,
  };
}

const FAILURES = [
  {
    prefix: 'SQLITE_FULL',
    error: STORE_ERRORS.full,
    text: (file: string) => `no space left for the database ${file}`,
  },
  {
    prefix: 'SQLITE_READONLY',
    error: STORE_ERRORS.readOnly,
    text: (file: string) => `the database ${file} cannot be written`,
  },
  {
    prefix: 'SQLITE_PERM',
    error: STORE_ERRORS.readOnly,
    text: (file: string) => `no permission to use the database ${file}`,
  },
  {
    prefix: 'SQLITE_NOTADB',
    error: STORE_ERRORS.notADatabase,
    text: (file: string) => `${file} is not a database`,
  },
  {
    prefix: 'SQLITE_CORRUPT',
    error: STORE_ERRORS.corrupt,
    text: (file: string) => `the database ${file} is damaged`,
  },
  {
    prefix: 'SQLITE_CANTOPEN',
    error: STORE_ERRORS.unwritable,
    text: (file: string) => `the database ${file} cannot be opened`,
  },
  {
    prefix: 'SQLITE_BUSY',
    error: STORE_ERRORS.busy,
    text: (file: string) => `the database ${file} is locked by another program`,
  },
  {
    prefix: 'SQLITE_IOERR',
    error: STORE_ERRORS.unavailable,
    text: (file: string) => `the disk failed under the database ${file}`,
  },
] as const;

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_')
    ? error.code
    : undefined;
}
