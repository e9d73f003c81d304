/** Where the database is, and the way in: embedded SQLite, or a server that replicas share. */
import type { Clock } from '@medevac/kernel';
import { isServerUrl, openServer, openSqlite, type Stores } from '@medevac/store';
import type { ServeSettings } from './settings/settings-table.ts';

/** `server` is an address with everything in it; it is never shown. */
export type DatabasePlace =
  | { readonly file: string }
  | { readonly directory: string }
  | { readonly server: string };

const SQLITE = 'sqlite:';

export function databasePlace({
  database,
  state,
}: Pick<ServeSettings, 'database' | 'state'>): DatabasePlace {
  if (database === undefined) return { directory: state };
  return isServerUrl(database) ? { server: database } : { file: database.slice(SQLITE.length) };
}

export interface OpenedDatabase {
  readonly stores: Stores;
  /** For people: the file, or kind, name and place of a database on a server. */
  readonly place: string;
  /** Nobody else uses the database while we live: leases of others need no waiting for. */
  readonly soleProcess: boolean;
  close(): Promise<void>;
}

/** SQLite is made and migrated on the way; a database on a server must have our schema already. */
export async function openDatabase(place: DatabasePlace, clock: Clock): Promise<OpenedDatabase> {
  if ('server' in place) return await openServer({ url: place.server, clock });
  const opened = await openSqlite({ ...place, clock });
  const { stores, soleProcess, file } = opened;
  return { stores, soleProcess, place: file, close: () => opened.close() };
}
