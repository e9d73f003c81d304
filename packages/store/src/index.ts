/** The stores: embedded SQLite, memory, and what the operator may do to a database. */
export * from './errors.ts';
export { openMemory } from './memory/open-memory.ts';
export type { DatabaseView } from './sql/look-at-sqlite.ts';
export { lookAtSqlite, sqliteFile } from './sql/look-at-sqlite.ts';
export type { MigrationReport } from './sql/migrate.ts';
export { migrate, SCHEMA_VERSION } from './sql/migrate.ts';
export type { OpenedSqlite, OpenSqliteOptions } from './sql/open-sqlite.ts';
export { openSqlite } from './sql/open-sqlite.ts';
export type { SqlDatabase } from './sql/sql-database.ts';
export type { Stores } from './stores.ts';
