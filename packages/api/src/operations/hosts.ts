/** The hosts of a segment: list, create, show, update and delete. */
import type { HostRecord, HostSortKey } from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  isUuid,
  messageOf,
  newUuid,
  OperationalError,
  unreachable,
} from '@medevac/kernel';
import type { ApiDependencies } from '../dependencies.ts';
import {
  computeServiceNotFound,
  hostInUse,
  hostNameTaken,
  hostNotFound,
  hostNotInSegment,
  novaFailed,
  novaForbids,
  segmentNotFound,
} from '../errors.ts';
import { readBoolean, readPage, rowsOf, type SortColumns, valueOf } from '../list-parameters.ts';
import { booleanOf } from '../schemas/fields.ts';
import {
  type HostCreate,
  type HostUpdate,
  hostAnswer,
  hostCreate,
  hostFieldsOf,
  hostListAnswer,
  hostsToWire,
  hostToWire,
  hostUpdate,
} from '../schemas/host.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';
import { requireSegment } from './segments.ts';

const SORT_COLUMNS: SortColumns<HostSortKey> = {
  id: 'id',
  uuid: 'uuid',
  name: 'name',
  type: 'type',
  control_attributes: 'controlAttributes',
  reserved: 'reserved',
  on_maintenance: 'onMaintenance',
  created_at: 'createdAtMs',
  updated_at: 'updatedAtMs',
};
const COLLECTION = '/segments/{segment_uuid}/hosts';
const MEMBER = '/segments/{segment_uuid}/hosts/{uuid}';
const everyVersion = { first: '1.0', last: '1.3' } as const;
const FORBIDDEN = 403;

/** The host of the path; throws a 404 unless it is in the segment of the path. */
async function requireHost(
  call: OperationCall<unknown>,
  api: ApiDependencies,
): Promise<HostRecord> {
  const id = call.parameter('uuid');
  if (!isUuid(id)) throw hostNotFound(id);
  const record = await api.stores.segments.readHost(id as HostUuid);
  const segment = call.parameter('segment_uuid');
  if (record?.segmentUuid !== segment) throw hostNotInSegment(id, segment);
  return record;
}

/** Throws unless Nova knows a compute service of this name. */
async function requireComputeService(name: string, api: ApiDependencies): Promise<void> {
  let exists: boolean;
  try {
    exists = await api.computeServiceExists(name as HostName);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (error.fields.status === FORBIDDEN) throw novaForbids(name, error);
    throw novaFailed(name, messageOf(error), error);
  }
  if (!exists) throw computeServiceNotFound(name);
}

async function answerWith(host: HostRecord, api: ApiDependencies) {
  return { host: hostToWire(host, await requireSegment(host.segmentUuid, api)) };
}

async function list(call: OperationCall<unknown>, api: ApiDependencies) {
  const page = readPage(call.query, SORT_COLUMNS, ['failover_segment_id']);
  const type = valueOf(call.query, 'type');
  const name = valueOf(call.query, 'name');
  const controlAttributes = valueOf(call.query, 'control_attributes');
  const reserved = readBoolean(call.query, 'reserved');
  const onMaintenance = readBoolean(call.query, 'on_maintenance');
  const segment = await requireSegment(call.parameter('segment_uuid'), api);
  const filter = {
    segmentUuid: segment.uuid,
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name: name as HostName }),
    ...(controlAttributes === undefined ? {} : { controlAttributes }),
    ...(reserved === undefined ? {} : { reserved }),
    ...(onMaintenance === undefined ? {} : { onMaintenance }),
  };
  const rows = await rowsOf(page, (asked) => api.stores.segments.listHosts({ ...asked, filter }));
  return { hosts: hostsToWire(rows, segment) };
}

async function create(call: OperationCall<HostCreate>, api: ApiDependencies) {
  const { host } = call.body;
  const segment = await requireSegment(call.parameter('segment_uuid'), api);
  await requireComputeService(host.name, api);
  const fields = {
    name: host.name as HostName,
    type: host.type,
    controlAttributes: host.control_attributes,
    reserved: booleanOf(host.reserved ?? false),
    onMaintenance: booleanOf(host.on_maintenance ?? false),
  };
  const uuid = newUuid<HostUuid>(api.random);
  const atMs = api.clock.wallMs();
  const creation = await api.stores.segments.createHost(uuid, segment.uuid, fields, atMs);
  switch (creation.kind) {
    case 'created':
      return { host: hostToWire(creation.row, segment) };
    case 'missing':
      throw segmentNotFound(segment.uuid);
    case 'name-taken':
      throw hostNameTaken(host.name);
    default:
      return unreachable(creation);
  }
}

async function update(call: OperationCall<HostUpdate>, api: ApiDependencies) {
  const { uuid, segmentUuid } = await requireHost(call, api);
  const fields = hostFieldsOf(call.body.host);
  if (fields.name !== undefined) await requireComputeService(fields.name, api);
  const change = await api.stores.segments.updateHost(uuid, fields, api.clock.wallMs());
  switch (change.kind) {
    case 'changed':
      return answerWith(change.row, api);
    case 'missing':
      throw hostNotInSegment(uuid, segmentUuid);
    case 'name-taken':
      throw hostNameTaken(fields.name ?? '');
    case 'in-use':
      throw hostInUse(uuid, 'updated');
    default:
      return unreachable(change);
  }
}

async function remove(call: OperationCall<unknown>, api: ApiDependencies): Promise<undefined> {
  const { uuid, segmentUuid } = await requireHost(call, api);
  const deletion = await api.stores.segments.deleteHost(uuid, api.clock.wallMs());
  if (deletion === 'missing') throw hostNotInSegment(uuid, segmentUuid);
  if (deletion === 'in-use') throw hostInUse(uuid, 'deleted');
  return undefined;
}

export const HOST_OPERATIONS: readonly Operation[] = [
  {
    id: 'hosts:index',
    method: 'GET',
    path: COLLECTION,
    ...everyVersion,
    rule: 'os_masakari_api:os-hosts:index',
    requests: [],
    successStatus: 200,
    answer: hostListAnswer,
    list: {
      filters: ['type', 'name', 'control_attributes', 'reserved', 'on_maintenance'],
      sortColumns: SORT_COLUMNS,
    },
    handle: list,
  },
  withBody({
    id: 'hosts:create',
    method: 'POST',
    path: COLLECTION,
    ...everyVersion,
    rule: 'os_masakari_api:os-hosts:create',
    requests: [{ ...everyVersion, schema: hostCreate }],
    successStatus: 201,
    answer: hostAnswer,
    body: hostCreate,
    handle: create,
  }),
  {
    id: 'hosts:detail',
    method: 'GET',
    path: MEMBER,
    ...everyVersion,
    rule: 'os_masakari_api:os-hosts:detail',
    requests: [],
    successStatus: 200,
    answer: hostAnswer,
    handle: async (call, api) => answerWith(await requireHost(call, api), api),
  },
  withBody({
    id: 'hosts:update',
    method: 'PUT',
    path: MEMBER,
    ...everyVersion,
    rule: 'os_masakari_api:os-hosts:update',
    requests: [{ ...everyVersion, schema: hostUpdate }],
    successStatus: 200,
    answer: hostAnswer,
    body: hostUpdate,
    handle: update,
  }),
  {
    id: 'hosts:delete',
    method: 'DELETE',
    path: MEMBER,
    ...everyVersion,
    rule: 'os_masakari_api:os-hosts:delete',
    requests: [],
    successStatus: 204,
    handle: remove,
  },
];
