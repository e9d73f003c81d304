/**
 * Opens the embedded database: makes the state directory, takes the exclusive right on the file
 * itself whatever name it was given by, refuses what is not ours or newer than this program, and
 * migrates the rest. Whatever fails on the way is an OperationalError that names the file, and
 * nothing stays open or half-made behind it.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Clock, messageOf, OperationalError } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { STORE_ERRORS } from '../errors.ts';
import type { Stores } from '../stores.ts';
import { classifySqliteError, sqliteDialect } from './dialect/sqlite.ts';
import { type MigrationReport, migrate } from './migrate.ts';
import { realDatabaseFile } from './real-database-file.ts';
import { SqlDatabase } from './sql-database.ts';
import { sqlStores } from './sql-stores.ts';
import { lockStateDirectory } from './state-directory-lock.ts';

export type SqlitePlace = { readonly directory: string } | { readonly file: string };

export type OpenSqliteOptions = SqlitePlace & {
  readonly clock: Clock;
  /** Called before every statement with its text; for crash tests and for looking closely. */
  readonly onStatement?: (statement: string) => void;
};

export interface OpenedSqlite {
  readonly stores: Stores;
  readonly database: SqlDatabase;
  /** Where it really is, every symbolic link followed. */
  readonly file: string;
  /**
   * Nobody else writes here while we live: leases of the process before us may be taken at once.
   */
  readonly soleProcess: true;
  readonly migration: MigrationReport;
  /** Waits for the writes under way, then gives the state directory back. */
  close(): Promise<void>;
}

/**
 * A statement waits this long for a backup or a shell of the operator, and the event loop with it.
 * A holder stops acting after 0.6 of its lease without a beat, and a lease may be as short as 1 s,
 * so that a longer wait would cost leases. Whoever asked for the statement is told `store_busy`
 * (`after`: nothing was written) and tries again by its own policy, the event loop running.
 */
const BUSY_TIMEOUT_MS = 250;

export async function openSqlite(options: OpenSqliteOptions): Promise<OpenedSqlite> {
  const named = resolve('file' in options ? options.file : join(options.directory, 'medevac.db'));
  makeDirectory(dirname(named));
  const file = realDatabaseFile(named);
  const directory = dirname(file);
  const lock = lockStateDirectory(directory, `${file}.lock`);
  let opened: BetterSqlite.Database | undefined;
  try {
    const raw = openFile(file, options.onStatement);
    opened = raw;
    const database = new SqlDatabase(sqliteDialect(raw, file));
    // Before the first write of our own, so that a newer database stays exactly as it is.
    const migration = await migrate(database, options.clock, {
      accepted: () => useWriteAheadLog(raw, file),
    });
    const close = async (): Promise<void> => {
      await database.close();
      raw.close();
      lock.release();
    };
    return { stores: sqlStores(database), database, file, soleProcess: true, migration, close };
  } catch (error) {
    opened?.close();
    lock.release();
    throw error;
  }
}

function makeDirectory(directory: string): void {
  try {
    makeWithParents(directory);
  } catch (error) {
    throw new OperationalError(
      STORE_ERRORS.unwritable,
      `the state directory ${directory} cannot be made: ${messageOf(error)}`,
      { cause: error, fields: { directory } },
    );
  }
}

/** Not `mkdirSync` with `recursive`: that never ends on file systems such as /proc. */
function makeWithParents(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(directory);
  if (parent !== directory) makeWithParents(parent);
  mkdirSync(directory, { mode: 0o750 });
}

function openFile(
  file: string,
  onStatement: ((statement: string) => void) | undefined,
): BetterSqlite.Database {
  return namingFile(file, () => {
    const verbose = onStatement && ((text: unknown) => onStatement(String(text)));
    const raw = new BetterSqlite(file, { timeout: BUSY_TIMEOUT_MS, ...(verbose && { verbose }) });
    // A commit is on the disk when it returns; the driver's own choice could lose the last ones.
    raw.pragma('synchronous = FULL');
    raw.pragma('foreign_keys = ON');
    return raw;
  });
}

function useWriteAheadLog(raw: BetterSqlite.Database, file: string): void {
  namingFile(file, () => raw.pragma('journal_mode = WAL'));
}

function namingFile<Answer>(file: string, work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    const trouble = classifySqliteError(error, file);
    if (trouble?.kind !== 'failure') throw error;
    throw new OperationalError(trouble.error, trouble.message, { cause: error });
  }
}
