/**
 * Returns of recovered hosts in Medevac's own API: list, show, and approve. The approval is the
 * same one as through Masakari's API: `on_maintenance` set to false. The engine carries it out.
 */
import { type ReturnRecord, ReturnState } from '@medevac/engine';
import { type HostName, type IncidentId, LIMITS } from '@medevac/kernel';
import { callerOf } from '../authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { returnNotFound, returnRefuses, unknownMarker } from '../errors.ts';
import { readBoolean, readLimit, valueOf } from '../list-parameters.ts';
import { incidentOrder } from '../schemas/incident.ts';
import {
  returnAnswer,
  returnDetailAnswer,
  returnEventToWire,
  returnListAnswer,
  returnToWire,
} from '../schemas/return.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';

const everyVersion = { first: '1.0', last: '1.3' } as const;
const MEMBER = '/returns/{id}';
const ID = /^[\w-]{1,64}$/;

async function requireReturn(id: string, api: ApiDependencies): Promise<ReturnRecord> {
  const record = ID.test(id) ? await api.stores.returns.read(id as IncidentId) : undefined;
  if (record === undefined) throw returnNotFound(id);
  return record;
}

async function list({ query }: OperationCall<unknown>, api: ApiDependencies) {
  const marker = valueOf(query, 'marker');
  const hostName = valueOf(query, 'host_name');
  const isOpen = readBoolean(query, 'open');
  const page = await api.stores.returns.list({
    filter: {
      ...(hostName === undefined ? {} : { hostName: hostName as HostName }),
      ...(isOpen === undefined ? {} : { isOpen }),
    },
    limit: Math.min(readLimit(query), LIMITS.apiPageSize),
    ...(marker === undefined ? {} : { marker: marker as IncidentId }),
  });
  if (page.kind === 'unknown-marker') throw unknownMarker(marker ?? '');
  return { returns: page.rows.map(returnToWire) };
}

async function show(call: OperationCall<unknown>, api: ApiDependencies) {
  const record = await requireReturn(call.parameter('id'), api);
  const events = await api.stores.returns.readEvents(record.incidentId);
  return { return: { ...returnToWire(record), events: events.map(returnEventToWire) } };
}

async function approve(
  call: OperationCall<{ readonly note?: string | null } | null>,
  api: ApiDependencies,
) {
  const record = await requireReturn(call.parameter('id'), api);
  const { hostName, hostUuid, incidentId, state } = record;
  if (state !== ReturnState.cleared) {
    throw returnRefuses(incidentId, `it is ${state}, and only a cleared host can be approved`);
  }
  const changed = await api.stores.segments.updateHost(
    hostUuid,
    { onMaintenance: false },
    api.clock.wallMs(),
  );
  if (changed.kind === 'missing') {
    throw returnRefuses(incidentId, `${hostName} is not registered any more`);
  }
  if (changed.kind !== 'changed') {
    throw returnRefuses(incidentId, `a recovery is under way in the segment of ${hostName}`);
  }
  const note = call.body?.note ?? null;
  api.log.info('return.approved', { host: hostName, by: callerOf(call.identity), note });
  return { return: returnToWire(record) };
}

export const RETURN_OPERATIONS: readonly Operation[] = [
  {
    id: 'returns:index',
    method: 'GET',
    path: '/returns',
    ...everyVersion,
    rule: 'medevac_api:returns:index',
    requests: [],
    successStatus: 200,
    answer: returnListAnswer,
    list: { filters: ['host_name', 'open'] },
    handle: list,
  },
  {
    id: 'returns:detail',
    method: 'GET',
    path: MEMBER,
    ...everyVersion,
    rule: 'medevac_api:returns:detail',
    requests: [],
    successStatus: 200,
    answer: returnDetailAnswer,
    handle: show,
  },
  withBody({
    id: 'returns:approve',
    method: 'POST',
    path: `${MEMBER}/approve`,
    ...everyVersion,
    rule: 'medevac_api:returns:approve',
    requests: [{ ...everyVersion, schema: incidentOrder }],
    successStatus: 202,
    answer: returnAnswer,
    body: incidentOrder,
    handle: approve,
  }),
];
