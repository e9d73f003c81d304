/**
 * Brings a database to this program's schema. Kysely's own migrator is not used: on MariaDB it
 * relies on GET_LOCK, which two Galera nodes grant at once. Here the first statement of each step
 * inserts the version number, so that of two programs that migrate together one is refused by the
 * primary key. Embedded SQLite migrates itself when opened; other databases by the operator's
 * command alone.
 */
import { type Clock, OperationalError } from '@medevac/kernel';
import { STORE_ERRORS } from '../errors.ts';
import { initial } from './migrations/0001-initial.ts';
import type { Migration } from './migrations/migration.ts';
import type { SqlDatabase } from './sql-database.ts';

const MIGRATIONS: readonly Migration[] = [initial];

/** The version of the schema that this program reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

export interface MigrationReport {
  /** 0: the database was empty. */
  readonly fromVersion: number;
  readonly toVersion: number;
}

/**
 * Applies what is missing, each step in its own transaction. Refuses a newer database untouched;
 * `accepted` is called once the database is known to be ours, before anything is written.
 */
export async function migrate(
  database: SqlDatabase,
  clock: Clock,
  accepted: () => void = () => {},
): Promise<MigrationReport> {
  const fromVersion = await schemaVersion(database);
  refuseNewer(database, fromVersion);
  accepted();
  if (fromVersion === 0) await createVersionTable(database);
  for (const migration of MIGRATIONS.slice(fromVersion)) {
    await database.write(async (db) => {
      const { version, name } = migration;
      await db
        .insertInto('schema_version')
        .values({ version, name, applied_at_ms: clock.wallMs() })
        .execute();
      await migration.up(db, database.dialect.columns);
    });
  }
  return { fromVersion, toVersion: SCHEMA_VERSION };
}

function refuseNewer(database: SqlDatabase, version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new OperationalError(
    STORE_ERRORS.newerSchema,
    `${database.dialect.location} has schema version ${version}, ` +
      `this program knows up to ${SCHEMA_VERSION}`,
    { fields: { databaseVersion: version, programVersion: SCHEMA_VERSION } },
  );
}

async function createVersionTable(database: SqlDatabase): Promise<void> {
  const { integer, key } = database.dialect.columns;
  await database.write(async (db) => {
    await db.schema
      .createTable('schema_version')
      .ifNotExists()
      .addColumn('version', integer, (column) => column.primaryKey().notNull())
      .addColumn('name', key(255), (column) => column.notNull())
      .addColumn('applied_at_ms', integer, (column) => column.notNull())
      .execute();
  });
}

/**
 * Looks, changes nothing; 0 is an empty database. One with tables of another program is an
 * OperationalError, so that a wrong address never gets our tables beside somebody else's.
 */
async function schemaVersion(database: SqlDatabase): Promise<number> {
  const tables = await database.read((db) => db.introspection.getTables());
  if (!tables.some(({ name }) => name === 'schema_version')) {
    const [other] = tables;
    if (other === undefined) return 0;
    throw new OperationalError(
      STORE_ERRORS.foreign,
      `${database.dialect.location} holds tables of another program ("${other.name}")`,
    );
  }
  const newest = await database.read((db) =>
    db
      .selectFrom('schema_version')
      .select((row) => row.fn.max('version').as('version'))
      .executeTakeFirst(),
  );
  return newest?.version ?? 0;
}
