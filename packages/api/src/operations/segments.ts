/** Failover segments: list, create, show, update and delete. */
import type { SegmentRecord, SegmentSortKey } from '@medevac/engine';
import { isUuid, newUuid, type SegmentUuid, unreachable } from '@medevac/kernel';
import type { ApiDependencies } from '../dependencies.ts';
import { segmentInUse, segmentNameTaken, segmentNotFound } from '../errors.ts';
import { readBoolean, readPage, rowsOf, type SortColumns, valueOf } from '../list-parameters.ts';
import { booleanOf } from '../schemas/fields.ts';
import {
  isRecoveryMethod,
  type SegmentUpdate,
  segmentAnswer,
  segmentCreate,
  segmentCreateWithEnabled,
  segmentFieldsOf,
  segmentListAnswer,
  segmentToWire,
  segmentUpdate,
  segmentUpdateWithEnabled,
} from '../schemas/segment.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';

const SORT_COLUMNS: SortColumns<SegmentSortKey> = {
  id: 'id',
  uuid: 'uuid',
  name: 'name',
  description: 'description',
  service_type: 'serviceType',
  recovery_method: 'recoveryMethod',
  enabled: 'enabled',
  created_at: 'createdAtMs',
  updated_at: 'updatedAtMs',
};
const everyVersion = { first: '1.0', last: '1.3' } as const;

/** The segment of an identifier from a path; throws a 404 when there is none. */
export async function requireSegment(id: string, api: ApiDependencies): Promise<SegmentRecord> {
  const record = isUuid(id) ? await api.stores.segments.readSegment(id as SegmentUuid) : undefined;
  if (record === undefined) throw segmentNotFound(id);
  return record;
}

async function list(call: OperationCall<unknown>, api: ApiDependencies) {
  const page = readPage(call.query, SORT_COLUMNS);
  const recoveryMethod = valueOf(call.query, 'recovery_method');
  const serviceType = valueOf(call.query, 'service_type');
  const enabled = readBoolean(call.query, 'enabled');
  if (recoveryMethod !== undefined && !isRecoveryMethod(recoveryMethod)) return { segments: [] };
  const filter = {
    ...(recoveryMethod === undefined ? {} : { recoveryMethod }),
    ...(serviceType === undefined ? {} : { serviceType }),
    ...(enabled === undefined ? {} : { enabled }),
  };
  const rows = await rowsOf(page, (asked) =>
    api.stores.segments.listSegments({ ...asked, filter }),
  );
  return { segments: rows.map(segmentToWire) };
}

const createSegment = withBody({
  id: 'segments:create',
  method: 'POST',
  path: '/segments',
  ...everyVersion,
  rule: 'os_masakari_api:segments:create',
  requests: [
    { first: '1.0', last: '1.1', schema: segmentCreate },
    { first: '1.2', last: '1.3', schema: segmentCreateWithEnabled },
  ],
  successStatus: 201,
  answer: segmentAnswer,
  body: segmentCreateWithEnabled,
  handle: async ({ body: { segment } }, api) => {
    const fields = {
      name: segment.name,
      description: segment.description ?? null,
      serviceType: segment.service_type,
      recoveryMethod: segment.recovery_method,
      enabled: segment.enabled === undefined || booleanOf(segment.enabled),
    };
    const uuid = newUuid<SegmentUuid>(api.random);
    const creation = await api.stores.segments.createSegment(uuid, fields, api.clock.wallMs());
    if (creation.kind !== 'created') throw segmentNameTaken(fields.name);
    return { segment: segmentToWire(creation.row) };
  },
});

async function update(body: SegmentUpdate, id: string, api: ApiDependencies) {
  const { uuid } = await requireSegment(id, api);
  const fields = segmentFieldsOf(body.segment);
  const change = await api.stores.segments.updateSegment(uuid, fields, api.clock.wallMs());
  switch (change.kind) {
    case 'changed':
      return { segment: segmentToWire(change.row) };
    case 'missing':
      throw segmentNotFound(id);
    case 'name-taken':
      throw segmentNameTaken(fields.name ?? '');
    case 'in-use':
      throw segmentInUse(id, 'updated');
    default:
      return unreachable(change);
  }
}

async function remove(call: OperationCall<unknown>, api: ApiDependencies): Promise<undefined> {
  const id = call.parameter('uuid');
  const { uuid } = await requireSegment(id, api);
  const deletion = await api.stores.segments.deleteSegment(uuid, api.clock.wallMs());
  if (deletion === 'missing') throw segmentNotFound(id);
  if (deletion === 'in-use') throw segmentInUse(id, 'deleted');
  return undefined;
}

export const SEGMENT_OPERATIONS: readonly Operation[] = [
  {
    id: 'segments:index',
    method: 'GET',
    path: '/segments',
    ...everyVersion,
    rule: 'os_masakari_api:segments:index',
    requests: [],
    successStatus: 200,
    answer: segmentListAnswer,
    list: { filters: ['recovery_method', 'service_type', 'enabled'], sortColumns: SORT_COLUMNS },
    handle: list,
  },
  createSegment,
  {
    id: 'segments:detail',
    method: 'GET',
    path: '/segments/{uuid}',
    ...everyVersion,
    rule: 'os_masakari_api:segments:detail',
    requests: [],
    successStatus: 200,
    answer: segmentAnswer,
    handle: async (call, api) => ({
      segment: segmentToWire(await requireSegment(call.parameter('uuid'), api)),
    }),
  },
  withBody({
    id: 'segments:update',
    method: 'PUT',
    path: '/segments/{uuid}',
    ...everyVersion,
    rule: 'os_masakari_api:segments:update',
    requests: [
      { first: '1.0', last: '1.1', schema: segmentUpdate },
      { first: '1.2', last: '1.3', schema: segmentUpdateWithEnabled },
    ],
    successStatus: 200,
    answer: segmentAnswer,
    body: segmentUpdateWithEnabled,
    handle: ({ body, parameter }, api) => update(body, parameter('uuid'), api),
  }),
  {
    id: 'segments:delete',
    method: 'DELETE',
    path: '/segments/{uuid}',
    ...everyVersion,
    rule: 'os_masakari_api:segments:delete',
    requests: [],
    successStatus: 204,
    handle: remove,
  },
];
