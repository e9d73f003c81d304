/**
 * A look at a database on a server, for `medevac doctor`: can it be reached, which schema has it,
 * which hosts are registered. It changes nothing, and the server's other users notice nothing.
 */
import type { Clock, HostName } from '@medevac/kernel';
import { OperationalError } from '@medevac/kernel';
import { SERVING_TIMES } from './dialect/server-dialect.ts';
import { type DatabaseView, segmentsOf } from './look-at-sqlite.ts';
import { readSchemaState } from './migrate.ts';
import { serverDialect } from './open-server.ts';
import { locationOf, parseDatabaseUrl } from './server/database-url.ts';
import { SqlDatabase } from './sql-database.ts';

export interface ServerView {
  /** Kind, name and place, without credentials. */
  readonly place: string;
  /** Of these, `absent` and `in-use` never come. */
  readonly database: DatabaseView;
}

/** What cannot be reached or read is part of the answer. */
export async function lookAtServer(url: string, clock: Clock): Promise<ServerView> {
  const address = parseDatabaseUrl(url);
  const place = locationOf(address);
  const database = new SqlDatabase(serverDialect(address, clock, SERVING_TIMES));
  try {
    return { place, database: await look(database) };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return { place, database: { kind: 'unreadable', error } };
  } finally {
    await database.close();
  }
}

async function look(database: SqlDatabase): Promise<DatabaseView> {
  const state = await readSchemaState(database);
  if (state.kind !== 'ours') return state;
  if (state.version === 0) return { kind: 'empty' };
  const named = await database.read((db) =>
    db.selectFrom('host').select('name').where('deleted_id', '=', 0).orderBy('name').execute(),
  );
  const hosts = named.map(({ name }) => name as HostName);
  const rows = await database.read((db) =>
    db
      .selectFrom('segment')
      .leftJoin('host', (join) =>
        join
          .onRef('host.segment_uuid', '=', 'segment.uuid')
          .on('host.deleted_id', '=', 0)
          .on('host.reserved', '=', 1)
          .on('host.on_maintenance', '=', 0),
      )
      .select(['segment.name as segment', 'segment.recovery_method as method', 'host.name as host'])
      .where('segment.deleted_id', '=', 0)
      .orderBy('segment.name')
      .orderBy('host.name')
      .execute(),
  );
  return { kind: 'ours', version: state.version, hosts, segments: segmentsOf(rows) };
}
