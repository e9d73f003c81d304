/** PostgreSQL inside this process: one PGlite for a suite, whose tables are emptied in between. */
import { PGlite, types } from '@electric-sql/pglite';
import { ManualClock } from '@medevac/kernel';
import { PGliteDialect, sql } from 'kysely';
import { classifyPostgresqlError, POSTGRESQL_COLUMNS } from '../../src/sql/dialect/postgresql.ts';
import { migrate } from '../../src/sql/migrate.ts';
import { parseDatabaseUrl } from '../../src/sql/server/database-url.ts';
import { SqlDatabase } from '../../src/sql/sql-database.ts';
import { sqlStores } from '../../src/sql/sql-stores.ts';
import type { Implementation } from '../contract/implementations.ts';

const ADDRESS = parseDatabaseUrl('postgresql://nobody@pglite/medevac');

export function pgliteDatabase(): SqlDatabase {
  const pglite = new PGlite({ parsers: { [types.INT8]: Number } });
  return new SqlDatabase({
    location: 'PGlite',
    kysely: new PGliteDialect({ pglite }),
    sharesTransactions: false,
    nullsFirst: false,
    transactionalDdl: true,
    columns: POSTGRESQL_COLUMNS,
    classify: (error) => classifyPostgresqlError(error, ADDRESS),
  });
}

export function pgliteTables(): Implementation {
  let ready: Promise<SqlDatabase> | undefined;
  const make = async (): Promise<SqlDatabase> => {
    const database = pgliteDatabase();
    await migrate(database, new ManualClock());
    return database;
  };
  return {
    open: async () => {
      ready ??= make();
      const database = await ready;
      const tables = await database.read((db) => db.introspection.getTables());
      const names = tables.map(({ name }) => name).filter((name) => name !== 'schema_version');
      await database.write((db) =>
        sql`truncate ${sql.join(names.map((name) => sql.table(name)))} cascade`.execute(db),
      );
      return { stores: sqlStores(database), close: async () => {} };
    },
    close: async () => (await ready)?.close(),
  };
}
