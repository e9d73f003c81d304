/**
 * Nova's instances and migrations on the wire. Nova's silence about cells that are down is kept: a
 * filtered list leaves their instances out without a word, and one instance is a partial record.
 */
import { type HostName, type InstanceUuid, OperationalError } from '@medevac/kernel';
import { cloudErrors, type MigrationQuery, type ServerList } from '@medevac/openstack';
import {
  migrationRecord,
  migrationUuid,
  serverRecord,
  unseenServerRecord,
} from './nova-records.ts';
import type { NovaRequest } from './nova-request.ts';
import { pageOf } from './paging.ts';
import { ok, Refusal, type WireAnswer } from './wire.ts';

export async function listServers(asked: NovaRequest): Promise<WireAnswer> {
  const { request } = asked;
  const host = request.query.get('host');
  if (host === null || request.query.get('all_tenants') !== '1') {
    throw new Refusal(400, 'Only the instances of all projects on one host are simulated.');
  }
  const { servers, unseen } = await serversOf(asked, host as HostName);
  const records = [
    ...servers
      .toSorted((a, b) => order(b.createdAt, a.createdAt) || order(b.uuid, a.uuid))
      .map((server) => ({ uuid: server.uuid, record: serverRecord(server) })),
    ...unseen.map((uuid) => ({ uuid, record: unseenServerRecord(uuid) })),
  ];
  const page = pageOf(request, {
    all: records,
    idOf: (one) => one.uuid,
    markerGone: (marker) => `marker [${marker}] not found`,
  });
  const links = page.nextHref === undefined ? [] : [{ rel: 'next', href: page.nextHref }];
  return ok({
    servers: page.items.map((one) => one.record),
    ...(links.length === 0 ? {} : { servers_links: links }),
  });
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function serversOf(
  { request, nova, call }: NovaRequest,
  host: HostName,
): Promise<ServerList> {
  const changedSince = request.query.get('changes-since');
  if (changedSince !== null && Number.isNaN(Date.parse(changedSince))) {
    const what = 'Invalid input for query parameters changes-since.';
    throw new Refusal(
      400,
      `${what} Value: ${changedSince}. '${changedSince}' is not a 'date-time'`,
    );
  }
  try {
    const query = changedSince === null ? { host } : { host, changedSince };
    return await nova.listServers(query, call);
  } catch (error) {
    if (isCellDown(error)) return { servers: [], unseen: [] };
    throw error;
  }
}

export async function readServer({ nova, id, call }: NovaRequest): Promise<WireAnswer> {
  const uuid = id as InstanceUuid;
  try {
    const server = await nova.readServer(uuid, call);
    if (server !== undefined) return ok({ server: serverRecord(server) });
  } catch (error) {
    if (!isCellDown(error)) throw error;
    return ok({ server: unseenServerRecord(uuid) });
  }
  throw instanceNotFound(id);
}

export async function listMigrations({ request, nova, call }: NovaRequest): Promise<WireAnswer> {
  const instance = request.query.get('instance_uuid');
  const found = await nova.listMigrations(migrationQuery(request.query), call);
  const all = found.filter((one) => instance === null || one.instanceUuid === instance);
  const page = pageOf(request, {
    all: all.toSorted((a, b) => b.id - a.id),
    idOf: migrationUuid,
    markerGone: (marker) => `Marker ${marker} could not be found.`,
  });
  return ok({
    migrations: page.items.map(migrationRecord),
    ...(page.nextHref === undefined
      ? {}
      : { migrations_links: [{ rel: 'next', href: page.nextHref }] }),
  });
}

/** With `host` Nova does not look at `source_compute`. */
function migrationQuery(query: URLSearchParams): MigrationQuery {
  const host = query.get('host');
  const sourceHost = host === null ? query.get('source_compute') : null;
  const type = query.get('migration_type');
  return {
    ...(host === null ? {} : { host: host as HostName }),
    ...(sourceHost === null ? {} : { sourceHost: sourceHost as HostName }),
    ...(type === null ? {} : { type }),
  };
}

export const instanceNotFound = (uuid: string): Refusal =>
  new Refusal(404, `Instance ${uuid} could not be found.`);

const isCellDown = (error: unknown): boolean =>
  error instanceof OperationalError && error.code === cloudErrors.cellDown.code;
