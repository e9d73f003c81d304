/**
 * The exclusive right on a state directory, for the life of this process. It is a tiny SQLite file
 * kept in an exclusive transaction: the operating system holds the lock and lets go when the
 * process dies, however it dies. Nothing is ever written into the file, so there is nothing to
 * clean up.
 */
import { OperationalError } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { STORE_ERRORS } from '../errors.ts';
import { classifySqliteError } from './dialect/sqlite.ts';

export interface StateDirectoryLock {
  release(): void;
}

/** Answers at once: a directory in use is an OperationalError that names it. */
export function lockStateDirectory(directory: string, lockFile: string): StateDirectoryLock {
  let lock: BetterSqlite.Database | undefined;
  try {
    lock = new BetterSqlite(lockFile, { timeout: 0 });
    lock.pragma('journal_mode = memory');
    lock.exec('begin exclusive');
    const held = lock;
    return { release: () => held.close() };
  } catch (error) {
    lock?.close();
    const trouble = classifySqliteError(error, lockFile);
    if (trouble?.kind !== 'failure') throw error;
    if (trouble.error.code === STORE_ERRORS.busy.code)
      throw new OperationalError(
        STORE_ERRORS.inUse,
        `the state directory ${directory} is in use by another process of Medevac`,
        { cause: error, fields: { directory } },
      );
    throw new OperationalError(trouble.error, trouble.message, { cause: error });
  }
}
