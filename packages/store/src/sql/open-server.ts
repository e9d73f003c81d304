/**
 * Opens a database on a server: MariaDB, a Galera cluster or PostgreSQL. Nothing is migrated here,
 * because other replicas may be running: a schema that is not exactly ours is refused, and the
 * operator migrates by command. Whatever fails is an OperationalError that names the place.
 */
import type { Clock } from '@medevac/kernel';
import type { Stores } from '../stores.ts';
import type { SqlDialect } from './dialect/dialect.ts';
import { mariadbDialect } from './dialect/mariadb.ts';
import { postgresqlDialect } from './dialect/postgresql.ts';
import { MIGRATION_TIMES, SERVING_TIMES, type ServerTimes } from './dialect/server-dialect.ts';
import { type MigrationReport, migrate, requireCurrentSchema } from './migrate.ts';
import { locationOf, parseDatabaseUrl, type ServerAddress } from './server/database-url.ts';
import { SqlDatabase } from './sql-database.ts';
import { sqlStores } from './sql-stores.ts';

export interface OpenServerOptions {
  readonly url: string;
  readonly clock: Clock;
}

export interface OpenedServer {
  readonly stores: Stores;
  readonly database: SqlDatabase;
  /** For people: kind, name and place of the database, without credentials. */
  readonly place: string;
  /** Other replicas may use it too: their leases are waited for. */
  readonly soleProcess: false;
  /** Waits for the writes under way, then gives the connections back. */
  close(): Promise<void>;
}

export async function openServer({ url, clock }: OpenServerOptions): Promise<OpenedServer> {
  const address = parseDatabaseUrl(url);
  const database = new SqlDatabase(serverDialect(address, clock, SERVING_TIMES));
  try {
    await requireCurrentSchema(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    stores: sqlStores(database),
    database,
    place: locationOf(address),
    soleProcess: false,
    close: () => database.close(),
  };
}

export interface MigrateServerOptions extends OpenServerOptions {
  /** The operator says that no other migration runs: one that was cut off is done again. */
  readonly resume: boolean;
}

/** The operator's command: brings the database to this program's schema. */
export async function migrateServer({
  url,
  clock,
  resume,
}: MigrateServerOptions): Promise<MigrationReport & { readonly place: string }> {
  const address = parseDatabaseUrl(url);
  const database = new SqlDatabase(serverDialect(address, clock, MIGRATION_TIMES));
  try {
    return { ...(await migrate(database, clock, { resume })), place: locationOf(address) };
  } finally {
    await database.close();
  }
}

export function serverDialect(
  address: ServerAddress,
  clock: Clock,
  times: ServerTimes,
): SqlDialect {
  switch (address.kind) {
    case 'mariadb':
      return mariadbDialect(address, clock, times);
    case 'postgresql':
      return postgresqlDialect(address, clock, times);
  }
}
