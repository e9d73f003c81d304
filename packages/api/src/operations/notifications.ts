/**
 * Notifications: list, create and show. A report is stored and the engine is told; what it means is
 * the engine's to decide. Monitors take 400 and 409 as final answers and repeat everything else.
 */

import { NotificationStatus } from '@medevac/core';
import {
  EvidenceKind,
  type HostRecord,
  type NewIncidentEvent,
  type NewNotification,
  type NotificationRecord,
  type NotificationSortKey,
  NotificationType,
  ReturnState,
} from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  invariant,
  isUuid,
  messageOf,
  type NotificationUuid,
  newUuid,
} from '@medevac/kernel';
import { callerOf } from '../authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import {
  duplicateNotification,
  hostOnMaintenance,
  notificationNotFound,
  reportedHostNotFound,
} from '../errors.ts';
import { readPage, readTime, rowsOf, type SortColumns, valueOf } from '../list-parameters.ts';
import { isAtLeast } from '../microversion.ts';
import {
  isNotificationType,
  type NotificationCreate,
  notificationAnswer,
  notificationCreate,
  notificationListAnswer,
  notificationShowAnswer,
  notificationToWire,
  PAYLOAD_OF_TYPE,
  recoveryDetailsOf,
} from '../schemas/notification.ts';
import { parseIsoTime } from '../wire-time.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';

const SORT_COLUMNS: SortColumns<NotificationSortKey> = {
  id: 'id',
  uuid: 'uuid',
  notification_uuid: 'uuid',
  type: 'type',
  status: 'status',
  generated_time: 'generatedAtMs',
  source_host_uuid: 'hostUuid',
  failover_segment_uuid: 'segmentUuid',
  payload: 'payload',
  message: 'message',
  created_at: 'createdAtMs',
  updated_at: 'updatedAtMs',
};
/** Reports generated this close to an equal one are one report, unless configured otherwise. */
export const DEFAULT_DUPLICATE_WINDOW_MS = 180_000;
/** Two watchers of one hypervisor, or a repeated post, tell one crash within this time. */
const VM_DUPLICATE_WINDOW_MS = 1_000;
const STATUSES = Object.values(NotificationStatus);
const everyVersion = { first: '1.0', last: '1.3' } as const;

/** The notification of an identifier from a path; throws a 404 when there is none. */
export async function requireNotification(
  id: string,
  api: ApiDependencies,
): Promise<NotificationRecord> {
  const record = isUuid(id)
    ? await api.stores.notifications.read(id as NotificationUuid)
    : undefined;
  if (record === undefined) throw notificationNotFound(id);
  return record;
}

async function list(call: OperationCall<unknown>, api: ApiDependencies) {
  const page = readPage(call.query, SORT_COLUMNS);
  const type = valueOf(call.query, 'type');
  const status = STATUSES.find((known) => known === valueOf(call.query, 'status'));
  const host = valueOf(call.query, 'source_host_uuid');
  const generatedSinceMs = readTime(call.query, 'generated-since');
  const isUnknownStatus = status === undefined && valueOf(call.query, 'status') !== undefined;
  if (isUnknownStatus || (type !== undefined && !isNotificationType(type))) {
    return { notifications: [] };
  }
  const filter = {
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
    ...(host === undefined ? {} : { hostUuid: host as HostUuid }),
    ...(generatedSinceMs === undefined ? {} : { generatedSinceMs }),
  };
  const rows = await rowsOf(page, (asked) => api.stores.notifications.list({ ...asked, filter }));
  return { notifications: rows.map(notificationToWire) };
}

async function show(call: OperationCall<unknown>, api: ApiDependencies) {
  const record = await requireNotification(call.parameter('uuid'), api);
  const notification = notificationToWire(record);
  if (!isAtLeast(call.version, '1.1')) return { notification };
  const events = await eventsOf(record, api);
  return {
    notification: { ...notification, recovery_workflow_details: recoveryDetailsOf(events) },
  };
}

/** What was done for it: the timeline of its incident, or of its repair. */
async function eventsOf(
  { incidentId, uuid }: NotificationRecord,
  { stores }: ApiDependencies,
): Promise<readonly NewIncidentEvent[]> {
  if (incidentId !== null) return await stores.incidents.readEvents(incidentId);
  const repair = await stores.repairs.ofNotification(uuid);
  return repair === undefined ? [] : await stores.repairs.readEvents(repair.id);
}

/** When what it began had ended; `null`: it has not, or it began nothing. */
async function closedAtMsOf(
  { incidentId, uuid }: NotificationRecord,
  { stores }: ApiDependencies,
): Promise<number | null> {
  const began =
    incidentId === null
      ? await stores.repairs.ofNotification(uuid)
      : await stores.incidents.read(incidentId);
  return began?.closedAtMs ?? null;
}

/**
 * Stores a report unless it is a copy of one. Masakari looks at the time alone; here a report that
 * was made after what its predecessor began had ended is news, and is kept.
 */
async function keep(report: NewNotification, api: ApiDependencies) {
  const { notifications } = api.stores;
  const windowMs = duplicateWindowMs(report.type, api);
  const outcome = await notifications.create(report, windowMs);
  if (outcome.kind === 'created') return outcome;
  const closedAtMs = await closedAtMsOf(outcome.of, api);
  if (closedAtMs === null || report.generatedAtMs <= closedAtMs) return outcome;
  // Of several at once again only one is kept: they are duplicates from that end on.
  return await notifications.create(report, report.generatedAtMs - closedAtMs - 1);
}

/** An instance may crash again as soon as it runs again; each crash is a report of its own. */
function duplicateWindowMs(type: NotificationType, api: ApiDependencies): number {
  const windowMs = api.options.duplicateWindowMs ?? DEFAULT_DUPLICATE_WINDOW_MS;
  return type === NotificationType.vm ? Math.min(windowMs, VM_DUPLICATE_WINDOW_MS) : windowMs;
}

/** Stores one report; the refusals come in the order in which Masakari looks. */
async function create(call: OperationCall<NotificationCreate>, api: ApiDependencies) {
  const report = call.body.notification;
  const host = await api.stores.segments.findHost(report.hostname as HostName);
  if (host === undefined) throw reportedHostNotFound(report.hostname);
  if (host.onMaintenance && !(await isReturning(host, api))) {
    await keepAsEvidence(call, host, api);
    throw hostOnMaintenance(host.name, report.type);
  }
  const generatedAtMs = parseIsoTime(report.generated_time);
  invariant(generatedAtMs !== undefined, 'the schema has accepted a time that cannot be read');
  const outcome = await keep(
    {
      uuid: newUuid<NotificationUuid>(api.random),
      type: report.type,
      hostUuid: host.uuid,
      hostName: host.name,
      segmentUuid: host.segmentUuid,
      generatedAtMs,
      payload: report.payload,
      reportedBy: callerOf(call.identity),
      createdAtMs: api.clock.wallMs(),
    },
    api,
  );
  if (outcome.kind === 'duplicate') {
    await keepAsEvidence(call, host, api, outcome.of);
    throw duplicateNotification(host.name, report.type);
  }
  nudge(api);
  return { notification: notificationToWire(outcome.row) };
}

/**
 * A host that a recovery has put on maintenance, and that has reported to Nova since, may fail
 * again on its way back: that is a new failure. An operator's own maintenance refuses
 * every report, and so does a recovery's as long as the host has not been heard of. A drain's
 * maintenance refuses none: the engine knows whether there is anything left to recover.
 */
async function isReturning(host: HostRecord, api: ApiDependencies): Promise<boolean> {
  if (!host.isMaintenanceOurs) return false;
  const { drains, incidents, returns } = api.stores;
  if ((await drains.findOpen(host.name)) !== undefined) return true;
  if ((await incidents.findOpen(host.name)) !== undefined) return false;
  const page = await returns.list({ filter: { hostName: host.name }, limit: 1 });
  const state = page.kind === 'page' ? page.rows[0]?.state : undefined;
  return state !== undefined && state !== ReturnState.waiting;
}

/**
 * A refused report that a host failed is still somebody's word about it: it joins the open incident
 * of the host as evidence, a copy of `original` also when that has no incident yet. Otherwise it is
 * dropped, as Masakari does with every refused report.
 */
async function keepAsEvidence(
  call: OperationCall<NotificationCreate>,
  host: HostRecord,
  api: ApiDependencies,
  original?: NotificationRecord,
): Promise<void> {
  const { type, payload, generated_time } = call.body.notification;
  const saysFailed = payload.event === 'STOPPED' && payload.host_status === 'NORMAL';
  if (type !== 'COMPUTE_HOST' || !saysFailed) return;
  const evidence = {
    kind: EvidenceKind.failure,
    source: 'notification',
    observer: callerOf(call.identity),
    content: { type, generated_time, payload },
    receivedAtMs: api.clock.wallMs(),
  };
  const { incidents, incidentCommands } = api.stores;
  if (original === undefined) await incidents.addEvidence(host.name, evidence);
  else await incidentCommands.keepCopy(host.name, original.uuid, evidence);
}

/** The report is stored: whatever the engine does with the nudge, the caller has been heard. */
function nudge(api: ApiDependencies): void {
  try {
    api.dispatch();
  } catch (error) {
    api.log.error('api.dispatch_failed', { message: messageOf(error) });
  }
}

export const NOTIFICATION_OPERATIONS: readonly Operation[] = [
  {
    id: 'notifications:index',
    method: 'GET',
    path: '/notifications',
    ...everyVersion,
    rule: 'os_masakari_api:notifications:index',
    requests: [],
    successStatus: 200,
    answer: notificationListAnswer,
    list: {
      filters: ['type', 'status', 'source_host_uuid', 'generated-since'],
      sortColumns: SORT_COLUMNS,
    },
    handle: list,
  },
  withBody({
    id: 'notifications:create',
    method: 'POST',
    path: '/notifications',
    ...everyVersion,
    rule: 'os_masakari_api:notifications:create',
    requests: [{ ...everyVersion, schema: notificationCreate }],
    successStatus: 202,
    answer: notificationAnswer,
    body: notificationCreate,
    handle: async (call, api) => {
      const { type, payload } = call.body.notification;
      call.check(PAYLOAD_OF_TYPE[type], payload);
      return create(call, api);
    },
  }),
  {
    id: 'notifications:detail',
    method: 'GET',
    path: '/notifications/{uuid}',
    ...everyVersion,
    rule: 'os_masakari_api:notifications:detail',
    requests: [],
    successStatus: 200,
    answer: notificationShowAnswer,
    handle: show,
  },
];
