/**
 * The implementations that every contract suite runs over. In an ordinary run: memory, SQLite as it
 * is shipped, SQLite with a transaction per write, and PGlite, which is PostgreSQL inside this
 * process. In `make test-databases`: MariaDB, PostgreSQL, and a Galera cluster whose node changes
 * with every call.
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
import { pgliteTables } from '../databases/pglite-tables.ts';
import { serverTables } from '../databases/server-tables.ts';
import { testServers } from '../databases/test-servers.ts';

interface Opened {
  readonly stores: Stores;
  readonly close: () => Promise<void>;
}

/** What is made once for a suite, and gives empty stores again and again, one after the other. */
export interface Implementation {
  readonly open: () => Promise<Opened>;
  readonly close: () => Promise<void>;
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'medevac-store-'));
}

const lasting = (open: () => Promise<Opened>) => (): Implementation => ({
  open,
  close: async () => {},
});

const IN_PROCESS: Readonly<Record<string, () => Implementation>> = {
  memory: lasting(async () => ({ stores: openMemory(), close: async () => {} })),
  SQLite: lasting(async () => {
    const directory = temporaryDirectory();
    const opened = await openSqlite({ directory, clock: new ManualClock() });
    const close = async (): Promise<void> => {
      await opened.close();
      rmSync(directory, { recursive: true });
    };
    return { stores: opened.stores, close };
  }),
  'SQLite, a transaction per write': lasting(async () => {
    const raw = new BetterSqlite(':memory:');
    raw.pragma('foreign_keys = ON');
    const dialect = { ...sqliteDialect(raw, ':memory:'), sharesTransactions: false };
    const database = new SqlDatabase(dialect);
    await migrate(database, new ManualClock());
    return { stores: sqlStores(database), close: () => database.close() };
  }),
  PGlite: pgliteTables,
};

function implementations(): Readonly<Record<string, () => Implementation>> {
  const servers = testServers();
  if (servers === undefined) return IN_PROCESS;
  return {
    'MariaDB 10.11': () => serverTables([servers.mariadb]),
    'a three-node Galera': () => serverTables(servers.galera.map(({ url }) => url)),
    'PostgreSQL 15': () => serverTables([servers.postgresql]),
  };
}

/**
 * Defines the same tests for each implementation; `open` gives empty stores and closes them later.
 */
export function contract(port: string, define: (open: () => Promise<Stores>) => void): void {
  for (const [name, implementation] of Object.entries(implementations()))
    describe(`${port} in ${name}`, () => {
      const opened: Opened[] = [];
      const made = implementation();
      after(async () => {
        for (const { close } of opened) await close();
        await made.close();
      });
      define(async () => {
        const one = await made.open();
        opened.push(one);
        return one.stores;
      });
    });
}
