/**
 * Incidents in Medevac's own API: list, show with everything that is known, and the three commands
 * that an operator needs at night. A command is taken at once and carried out by the engine.
 */
import { IncidentState } from '@medevac/core';
import {
  type CommandResult,
  IncidentCommands,
  type IncidentOrder,
  type IncidentRecord,
  IncidentSteering,
} from '@medevac/engine';
import {
  type HostName,
  type IncidentId,
  type InstanceUuid,
  LIMITS,
  type SegmentUuid,
  unreachable,
} from '@medevac/kernel';
import type { TSchema } from 'typebox';
import { callerOf } from '../authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { incidentNotFound, incidentRefuses, unknownMarker } from '../errors.ts';
import { readBoolean, readLimit, valueOf } from '../list-parameters.ts';
import {
  eventToWire,
  evidenceToWire,
  incidentAnswer,
  incidentDetailAnswer,
  incidentListAnswer,
  incidentOrder,
  incidentToWire,
  instanceToWire,
  methodOrder,
  retryOrder,
} from '../schemas/incident.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';

const everyVersion = { first: '1.0', last: '1.3' } as const;
const MEMBER = '/incidents/{id}';
/** What an identifier may look like; nothing else is looked for. */
const ID = /^[\w-]{1,64}$/;
const STATES = Object.values(IncidentState);

const commandsOf = (api: ApiDependencies): IncidentCommands => new IncidentCommands(api);

async function requireIncident(id: string, api: ApiDependencies): Promise<IncidentRecord> {
  const record = ID.test(id) ? await api.stores.incidents.read(id as IncidentId) : undefined;
  if (record === undefined) throw incidentNotFound(id);
  return record;
}

async function list({ query }: OperationCall<unknown>, api: ApiDependencies) {
  const limit = readLimit(query);
  const marker = valueOf(query, 'marker');
  const stateText = valueOf(query, 'state');
  const state = STATES.find((known) => known === stateText);
  const hostName = valueOf(query, 'host_name');
  const segmentUuid = valueOf(query, 'segment_uuid');
  const isOpen = readBoolean(query, 'open');
  const isAcknowledged = readBoolean(query, 'acknowledged');
  if (stateText !== undefined && state === undefined) return { incidents: [] };
  const page = await api.stores.incidentCommands.list({
    filter: {
      ...(state === undefined ? {} : { state }),
      ...(hostName === undefined ? {} : { hostName: hostName as HostName }),
      ...(segmentUuid === undefined ? {} : { segmentUuid: segmentUuid as SegmentUuid }),
      ...(isOpen === undefined ? {} : { isOpen }),
      ...(isAcknowledged === undefined ? {} : { isAcknowledged }),
    },
    limit,
    ...(marker === undefined ? {} : { marker: marker as IncidentId }),
  });
  if (page.kind === 'unknown-marker') throw unknownMarker(marker ?? '');
  return { incidents: page.rows.map(incidentToWire) };
}

async function show(call: OperationCall<unknown>, api: ApiDependencies) {
  const incident = await requireIncident(call.parameter('id'), api);
  const { incidents, notifications, vmoves } = api.stores;
  const oldestFirst = [{ key: 'id', direction: 'asc' }] as const;
  const ofIncident = {
    filter: { incidentId: incident.id },
    sort: oldestFirst,
    limit: LIMITS.apiPageSize,
  };
  const [events, evidence, reports, moves, cancelAsked] = await Promise.all([
    incidents.readEvents(incident.id),
    incidents.readEvidence(incident.id),
    notifications.list(ofIncident),
    vmoves.list(ofIncident),
    commandsOf(api).cancelAsked(incident),
  ]);
  return {
    incident: {
      ...incidentToWire(incident),
      cancel_asked: cancelAsked,
      notifications: reports.kind === 'page' ? reports.rows.map(({ uuid }) => uuid) : [],
      timeline: events.map(eventToWire),
      evidence: evidence.map(evidenceToWire),
      instances: moves.kind === 'page' ? moves.rows.map(instanceToWire) : [],
    },
  };
}

type Command = 'cancel' | 'retry' | 'acknowledge' | 'pause' | 'resume' | 'method';
type OrderBody = {
  readonly note?: string | null;
  readonly instance_uuid?: string;
  readonly method?: string;
} | null;

async function command(call: OperationCall<OrderBody>, api: ApiDependencies, what: Command) {
  const { id } = await requireIncident(call.parameter('id'), api);
  const order: IncidentOrder = { by: callerOf(call.identity), note: call.body?.note ?? null };
  const result = await carryOutCommand(api, { what, id, order, body: call.body });
  switch (result.kind) {
    case 'taken':
      return { incident: incidentToWire(result.incident) };
    case 'missing':
      throw incidentNotFound(id);
    case 'refused':
      throw incidentRefuses(id, what, result.reason);
    default:
      return unreachable(result);
  }
}

interface GivenCommand {
  readonly what: Command;
  readonly id: IncidentId;
  readonly order: IncidentOrder;
  readonly body: OrderBody;
}

function carryOutCommand(
  api: ApiDependencies,
  { what, id, order, body }: GivenCommand,
): Promise<CommandResult> {
  const commands = commandsOf(api);
  const steering = new IncidentSteering(api);
  switch (what) {
    case 'cancel':
      return commands.cancel(id, order);
    case 'retry':
      return body?.instance_uuid === undefined
        ? commands.retry(id, order)
        : commands.retryInstance(id, body.instance_uuid as InstanceUuid, order);
    case 'acknowledge':
      return commands.acknowledge(id, order);
    case 'pause':
      return steering.pause(id, order);
    case 'resume':
      return steering.resume(id, order);
    case 'method':
      return steering.useMethod(id, body?.method ?? '', order);
    default:
      return unreachable(what);
  }
}

const commandOperation = (
  what: Command,
  successStatus: 200 | 202,
  body: TSchema = incidentOrder,
): Operation =>
  withBody({
    id: `incidents:${what}`,
    method: 'POST',
    path: `${MEMBER}/${what}`,
    ...everyVersion,
    rule: `medevac_api:incidents:${what}`,
    requests: [{ ...everyVersion, schema: body }],
    successStatus,
    answer: incidentAnswer,
    body,
    // The schemas of all commands are parts of this one.
    handle: (call, api) => command(call as OperationCall<OrderBody>, api, what),
  });

export const INCIDENT_OPERATIONS: readonly Operation[] = [
  {
    id: 'incidents:index',
    method: 'GET',
    path: '/incidents',
    ...everyVersion,
    rule: 'medevac_api:incidents:index',
    requests: [],
    successStatus: 200,
    answer: incidentListAnswer,
    list: { filters: ['state', 'host_name', 'segment_uuid', 'open', 'acknowledged'] },
    handle: list,
  },
  {
    id: 'incidents:detail',
    method: 'GET',
    path: MEMBER,
    ...everyVersion,
    rule: 'medevac_api:incidents:detail',
    requests: [],
    successStatus: 200,
    answer: incidentDetailAnswer,
    handle: show,
  },
  commandOperation('cancel', 202),
  commandOperation('retry', 202, retryOrder),
  commandOperation('acknowledge', 200),
  commandOperation('pause', 202),
  commandOperation('resume', 202),
  commandOperation('method', 202, methodOrder),
];
