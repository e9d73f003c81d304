/**
 * Brings a database to this program's schema. Kysely's own migrator is not used: on MariaDB it
 * relies on GET_LOCK, which two Galera nodes grant at once. Here the first statement of each step
 * inserts the version number, so that of two programs that migrate together one is refused by the
 * primary key. Embedded SQLite migrates itself when opened; other databases by the operator's
 * command alone.
 *
 * Where a change of the schema cannot be undone with its transaction (MariaDB), the version number
 * is inserted first with the time -1, which says "begun", and gets its time at the end. A step that
 * was cut off in between is repeated on the operator's word, passing over what is there already;
 * hence every statement of a migration that is no change of the schema must bear repetition.
 */
import { type Clock, InvariantError, OperationalError } from '@medevac/kernel';
import type { Kysely } from 'kysely';
import { STORE_ERRORS } from '../errors.ts';
import { MIGRATIONS } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';
import type { Schema } from './schema.ts';
import { DuplicateKeyError, type SqlDatabase } from './sql-database.ts';

/** The version of the schema that this program reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** In place of the time of a version whose migration has not ended. */
const BEGUN = -1;

export interface MigrationReport {
  /** 0: the database was empty. */
  readonly fromVersion: number;
  readonly toVersion: number;
}

export interface MigrateOptions {
  /** Called once the database is known to be ours, before anything is written. */
  readonly accepted?: () => void;
  /** The operator says that no other migration runs: one that was cut off is done again. */
  readonly resume?: boolean;
}

/** What stands in a database; `unfinished` is a version that was begun and has no end yet. */
export type SchemaState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'foreign'; readonly table: string }
  | { readonly kind: 'ours'; readonly version: number; readonly unfinished: boolean };

/** Applies what is missing, step by step. Refuses a newer database untouched. */
export async function migrate(
  database: SqlDatabase,
  clock: Clock,
  { accepted = () => {}, resume = false }: MigrateOptions = {},
): Promise<MigrationReport> {
  const state = await readSchemaState(database);
  const { version: fromVersion, unfinished } = refuseUnusable(database, state, resume);
  accepted();
  if (state.kind === 'empty') await createVersionTable(database);
  for (const migration of MIGRATIONS.slice(fromVersion - Number(unfinished))) {
    const isAgain = unfinished && migration.version === fromVersion;
    try {
      if (database.dialect.transactionalDdl) await applyAtOnce(database, clock, migration);
      else await applyInSteps(database, clock, migration, isAgain);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      throw underWay(database, migration.version);
    }
  }
  return { fromVersion: fromVersion - Number(unfinished), toVersion: SCHEMA_VERSION };
}

/** For programs that use a database and never migrate it: refuses any version but their own. */
export async function requireCurrentSchema(database: SqlDatabase): Promise<void> {
  const state = await readSchemaState(database);
  const { version } = refuseUnusable(database, state, false);
  if (version === SCHEMA_VERSION) return;
  throw new OperationalError(
    STORE_ERRORS.schemaBehind,
    `the ${database.dialect.location} has ` +
      (version === 0 ? 'no tables yet' : `schema version ${version}`) +
      `, this program needs ${SCHEMA_VERSION}`,
    { fields: { databaseVersion: version, programVersion: SCHEMA_VERSION } },
  );
}

async function applyAtOnce(
  database: SqlDatabase,
  clock: Clock,
  { version, name, up }: Migration,
): Promise<void> {
  await database.write(async (db) => {
    const appliedAtMs = clock.wallMs();
    await db
      .insertInto('schema_version')
      .values({ version, name, applied_at_ms: appliedAtMs })
      .execute();
    await up(db, database.dialect.columns);
  });
}

async function applyInSteps(
  database: SqlDatabase,
  clock: Clock,
  { version, name, up }: Migration,
  isAgain: boolean,
): Promise<void> {
  if (!isAgain)
    await database.write((db) =>
      db.insertInto('schema_version').values({ version, name, applied_at_ms: BEGUN }).execute(),
    );
  await database.changeSchema((db) => up(db, database.dialect.columns), isAgain);
  await database.write((db) =>
    db
      .updateTable('schema_version')
      .set({ applied_at_ms: clock.wallMs() })
      .where('version', '=', version)
      .execute(),
  );
}

function refuseUnusable(
  database: SqlDatabase,
  state: SchemaState,
  resume: boolean,
): { readonly version: number; readonly unfinished: boolean } {
  const place = `the ${database.dialect.location}`;
  switch (state.kind) {
    case 'empty':
      return { version: 0, unfinished: false };
    case 'foreign':
      throw new OperationalError(
        STORE_ERRORS.foreign,
        `${place} holds tables of another program ("${state.table}")`,
      );
    case 'ours': {
      const { version, unfinished } = state;
      if (version > SCHEMA_VERSION)
        throw new OperationalError(
          STORE_ERRORS.newerSchema,
          `${place} has schema version ${version}, this program knows up to ${SCHEMA_VERSION}`,
          { fields: { databaseVersion: version, programVersion: SCHEMA_VERSION } },
        );
      if (unfinished && !resume) throw underWay(database, version);
      return { version, unfinished };
    }
  }
}

const underWay = (database: SqlDatabase, version: number): OperationalError =>
  new OperationalError(
    STORE_ERRORS.migrationUnfinished,
    `the migration of the ${database.dialect.location} to version ${version} has begun and not ` +
      'ended',
    { fields: { version } },
  );

async function createVersionTable(database: SqlDatabase): Promise<void> {
  const { integer, key } = database.dialect.columns;
  const create = async (db: Kysely<Schema>): Promise<void> => {
    await db.schema
      .createTable('schema_version')
      .ifNotExists()
      .addColumn('version', integer, (column) => column.primaryKey().notNull())
      .addColumn('name', key(255), (column) => column.notNull())
      .addColumn('applied_at_ms', integer, (column) => column.notNull())
      .execute();
  };
  try {
    await database.write(create);
  } catch (error) {
    // PostgreSQL, when two make it at the same moment: now it is there.
    if (!(error instanceof DuplicateKeyError)) throw error;
  }
}

/** Looks, changes nothing. */
export async function readSchemaState(database: SqlDatabase): Promise<SchemaState> {
  const tables = await database.read((db) => db.introspection.getTables());
  if (!tables.some(({ name }) => name === 'schema_version')) {
    const [other] = tables;
    return other === undefined ? { kind: 'empty' } : { kind: 'foreign', table: other.name };
  }
  const rows = await database.read((db) =>
    db.selectFrom('schema_version').select(['version', 'applied_at_ms']).execute(),
  );
  const version = Math.max(0, ...rows.map((row) => row.version));
  const newest = rows.find((row) => row.version === version);
  if (newest === undefined && tables.some(({ name }) => name === 'lease'))
    throw new InvariantError(`${database.dialect.location} has our tables but no version`);
  return { kind: 'ours', version, unfinished: newest?.applied_at_ms === BEGUN };
}
