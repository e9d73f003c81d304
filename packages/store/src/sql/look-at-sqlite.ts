/**
 * A look at the embedded database from outside, for `medevac doctor`: is a process using it, which
 * schema has it, which hosts are registered. It makes no file, migrates nothing and takes no right;
 * only while it asks the lock, for well under a millisecond, could a starting process be refused.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HostName } from '@medevac/kernel';
import { OperationalError } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { STORE_ERRORS } from '../errors.ts';
import { classifySqliteError } from './dialect/sqlite.ts';
import type { SqlitePlace } from './open-sqlite.ts';
import { realDatabaseFile } from './real-database-file.ts';

/** `behind` databases are migrated when `serve` starts; `foreign` and `newer` ones are refused. */
export type DatabaseView =
  | { readonly kind: 'absent' | 'in-use' | 'empty' }
  | { readonly kind: 'foreign'; readonly table: string }
  | {
      readonly kind: 'ours';
      readonly version: number;
      readonly hosts: readonly HostName[];
      readonly segments: readonly SegmentView[];
    }
  | { readonly kind: 'unreadable'; readonly error: OperationalError };

/** A segment and its reserved hosts that are not on maintenance. */
export interface SegmentView {
  readonly name: string;
  readonly recoveryMethod: string;
  readonly reserved: readonly HostName[];
}

/** Rows of segments with their reserved hosts, one for each pair. */
interface ReservedRow {
  readonly segment: string;
  readonly method: string;
  readonly host: string | null;
}

export function segmentsOf(rows: readonly ReservedRow[]): readonly SegmentView[] {
  const groups = Map.groupBy(rows, (row) => row.segment);
  return [...groups].map(([name, all]) => ({
    name,
    recoveryMethod: all[0]?.method ?? '',
    reserved: all.flatMap(({ host }) => (host === null ? [] : [host as HostName])),
  }));
}

const RESERVED_ROWS = `
  select segment.name as segment, segment.recovery_method as method, host.name as host
  from segment left join host on host.segment_uuid = segment.uuid and host.deleted_id = 0
    and host.reserved = 1 and host.on_maintenance = 0
  where segment.deleted_id = 0 order by segment.name, host.name`;

export const sqliteFile = (place: SqlitePlace): string =>
  resolve('file' in place ? place.file : join(place.directory, 'medevac.db'));

export function lookAtSqlite(file: string): DatabaseView {
  if (!existsSync(file)) return { kind: 'absent' };
  let raw: BetterSqlite.Database | undefined;
  try {
    if (isInUse(`${realDatabaseFile(file)}.lock`)) return { kind: 'in-use' };
    raw = new BetterSqlite(file, { readonly: true, fileMustExist: true, timeout: 0 });
    return read(raw);
  } catch (error) {
    const trouble = classifySqliteError(error, file);
    if (trouble?.kind !== 'failure') throw error;
    const cause = { cause: error };
    return {
      kind: 'unreadable',
      error: new OperationalError(trouble.error, trouble.message, cause),
    };
  } finally {
    raw?.close();
  }
}

/** The holder of a state directory keeps its lock file in an exclusive transaction. */
function isInUse(lockFile: string): boolean {
  if (!existsSync(lockFile)) return false;
  let lock: BetterSqlite.Database | undefined;
  try {
    lock = new BetterSqlite(lockFile, { readonly: true, fileMustExist: true, timeout: 0 });
    lock.prepare('select count(*) from sqlite_schema').get();
    return false;
  } catch (error) {
    const trouble = classifySqliteError(error, lockFile);
    if (trouble?.kind === 'failure' && trouble.error.code === STORE_ERRORS.busy.code) return true;
    throw error;
  } finally {
    lock?.close();
  }
}

function read(raw: BetterSqlite.Database): DatabaseView {
  const names = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
  const tables = column(raw, names);
  const [first] = tables;
  if (first === undefined) return { kind: 'empty' };
  if (!tables.includes('schema_version')) return { kind: 'foreign', table: first };
  const version = Number(column(raw, 'select max(version) from schema_version')[0] ?? 0);
  const hosts = tables.includes('host')
    ? column(raw, 'select name from host where deleted_id = 0 order by name')
    : [];
  const rows = tables.includes('host') ? raw.prepare<[], ReservedRow>(RESERVED_ROWS).all() : [];
  const segments = segmentsOf(rows);
  return { kind: 'ours', version, hosts: hosts as readonly HostName[], segments };
}

function column(raw: BetterSqlite.Database, query: string): readonly string[] {
  return raw
    .prepare<[], unknown>(query)
    .pluck()
    .all()
    .filter((value) => value !== null)
    .map(String);
}
