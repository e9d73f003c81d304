/**
 * The implementations that every contract suite runs over: memory, SQLite as it is shipped, and
 * SQLite with a transaction per write, which is how databases with several connections will be
 * used.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { openMemory, openSqlite, type Stores } from '../../src/index.ts';
import { sqliteDialect } from '../../src/sql/dialect/sqlite.ts';
import { migrate } from '../../src/sql/migrate.ts';
import { SqlDatabase } from '../../src/sql/sql-database.ts';
import { sqlStores } from '../../src/sql/sql-stores.ts';

interface Opened {
  readonly stores: Stores;
  readonly close: () => Promise<void>;
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'medevac-store-'));
}

const IMPLEMENTATIONS: Readonly<Record<string, () => Promise<Opened>>> = {
  memory: async () => ({ stores: openMemory(), close: async () => {} }),
  SQLite: async () => {
    const directory = temporaryDirectory();
    const opened = await openSqlite({ directory, clock: new ManualClock() });
    const close = async (): Promise<void> => {
      await opened.close();
      rmSync(directory, { recursive: true });
    };
    return { stores: opened.stores, close };
  },
  'SQLite, a transaction per write': async () => {
    const raw = new BetterSqlite(':memory:');
    raw.pragma('foreign_keys = ON');
    const dialect = { ...sqliteDialect(raw, ':memory:'), sharesTransactions: false };
    const database = new SqlDatabase(dialect);
    await migrate(database, new ManualClock());
    return { stores: sqlStores(database), close: () => database.close() };
  },
};

/**
 * Defines the same tests for each implementation; `open` gives empty stores and closes them later.
 */
export function contract(port: string, define: (open: () => Promise<Stores>) => void): void {
  for (const [name, openOne] of Object.entries(IMPLEMENTATIONS))
    describe(`${port} in ${name}`, () => {
      const opened: Opened[] = [];
      after(async () => {
        for (const { close } of opened) await close();
      });
      define(async () => {
        const one = await openOne();
        opened.push(one);
        return one.stores;
      });
    });
}
