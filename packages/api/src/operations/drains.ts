/**
 * Planned maintenance in Medevac's own API: drains of hosts are asked for, listed, shown with every
 * instance, called off, and undone. A command is taken at once and carried out by the engine.
 */
import { DrainCommands, type DrainRecord, type DrainResult } from '@medevac/engine';
import { type DrainId, type HostName, LIMITS, unreachable } from '@medevac/kernel';
import { callerOf } from '../authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { drainNotFound, drainRefuses, reportedHostNotFound, unknownMarker } from '../errors.ts';
import { readBoolean, readLimit, valueOf } from '../list-parameters.ts';
import {
  type DrainRequestWire,
  drainAnswer,
  drainDetailAnswer,
  drainInstanceToWire,
  drainListAnswer,
  drainRequest,
  drainToWire,
} from '../schemas/drain.ts';
import { incidentOrder } from '../schemas/incident.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';

const everyVersion = { first: '1.0', last: '1.3' } as const;
const MEMBER = '/drains/{id}';
const ID = /^[\w-]{1,64}$/;
const MS = 1000;

type OrderBody = { readonly note?: string | null } | null;

async function requireDrain(id: string, api: ApiDependencies): Promise<DrainRecord> {
  const record = ID.test(id) ? await api.stores.drains.read(id as DrainId) : undefined;
  if (record === undefined) throw drainNotFound(id);
  return record;
}

async function list({ query }: OperationCall<unknown>, api: ApiDependencies) {
  const marker = valueOf(query, 'marker');
  const hostName = valueOf(query, 'host_name');
  const isOpen = readBoolean(query, 'open');
  const page = await api.stores.drains.list({
    filter: {
      ...(hostName === undefined ? {} : { hostName: hostName as HostName }),
      ...(isOpen === undefined ? {} : { isOpen }),
    },
    limit: Math.min(readLimit(query), LIMITS.apiPageSize),
    ...(marker === undefined ? {} : { marker: marker as DrainId }),
  });
  if (page.kind === 'unknown-marker') throw unknownMarker(marker ?? '');
  return { drains: page.rows.map(drainToWire) };
}

async function show(call: OperationCall<unknown>, api: ApiDependencies) {
  const drain = await requireDrain(call.parameter('id'), api);
  const instances = await api.stores.drains.instancesOf(drain.id);
  return { drain: { ...drainToWire(drain), instances: instances.map(drainInstanceToWire) } };
}

async function create(call: OperationCall<DrainRequestWire>, api: ApiDependencies) {
  const { deadline_seconds: seconds, host_name: host, note, parallel } = call.body.drain;
  const result = await new DrainCommands(api).drain({
    host: host as HostName,
    by: callerOf(call.identity),
    note: note ?? null,
    ...(parallel === undefined ? {} : { parallel }),
    ...(seconds === undefined ? {} : { deadlineMs: seconds * MS }),
  });
  if (result.kind === 'missing') throw reportedHostNotFound(host);
  return answerOf(result, host, api);
}

async function order(
  call: OperationCall<OrderBody>,
  api: ApiDependencies,
  what: 'cancel' | 'undrain',
) {
  const { hostName, id } = await requireDrain(call.parameter('id'), api);
  const by = { by: callerOf(call.identity), note: call.body?.note ?? null };
  const commands = new DrainCommands(api);
  const result = what === 'cancel' ? await commands.cancel(id, by) : await commands.undrain(id, by);
  return answerOf(result, hostName, api);
}

function answerOf(result: DrainResult, host: string, api: ApiDependencies) {
  switch (result.kind) {
    case 'taken':
      api.dispatch();
      return { drain: drainToWire(result.drain) };
    case 'missing':
      throw drainNotFound(host);
    case 'refused':
      throw drainRefuses(host, result.reason);
    default:
      return unreachable(result);
  }
}

const orderOf = (what: 'cancel' | 'undrain'): Operation =>
  withBody({
    id: `drains:${what}`,
    method: 'POST',
    path: `${MEMBER}/${what}`,
    ...everyVersion,
    rule: `medevac_api:drains:${what}`,
    requests: [{ ...everyVersion, schema: incidentOrder }],
    successStatus: 202,
    answer: drainAnswer,
    body: incidentOrder,
    handle: (call, api) => order(call, api, what),
  });

export const DRAIN_OPERATIONS: readonly Operation[] = [
  {
    id: 'drains:index',
    method: 'GET',
    path: '/drains',
    ...everyVersion,
    rule: 'medevac_api:drains:index',
    requests: [],
    successStatus: 200,
    answer: drainListAnswer,
    list: { filters: ['host_name', 'open'] },
    handle: list,
  },
  {
    id: 'drains:detail',
    method: 'GET',
    path: MEMBER,
    ...everyVersion,
    rule: 'medevac_api:drains:detail',
    requests: [],
    successStatus: 200,
    answer: drainDetailAnswer,
    handle: show,
  },
  withBody({
    id: 'drains:create',
    method: 'POST',
    path: '/drains',
    ...everyVersion,
    rule: 'medevac_api:drains:create',
    requests: [{ ...everyVersion, schema: drainRequest }],
    successStatus: 202,
    answer: drainAnswer,
    body: drainRequest,
    handle: create,
  }),
  orderOf('cancel'),
  orderOf('undrain'),
];
