/**
 * From a kept notification to its incident and the run that works on it. Level-triggered and safe
 * to repeat: what a crash cut off is found in the stores at the next turn.
 */
import { decideNotification } from '@medevac/core';
import { type IncidentId, LIMITS, messageOf, newUuid, type Random } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { EnginePorts } from './ports.ts';
import { HOST_FAILURE, hostFailureRunId } from './recovery/host-failure.ts';
import { EvidenceKind, type NewEvidence } from './stores/incident-store.ts';
import type { NotificationRecord } from './stores/notification-store.ts';

export interface DispatchParts {
  readonly ports: EnginePorts;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

/** Looks at every notification that nobody has looked at. */
export async function dispatchNotifications(parts: DispatchParts): Promise<void> {
  const { notifications } = parts.ports.stores;
  for (;;) {
    const waiting = await notifications.undispatched(LIMITS.apiPageSize);
    let dispatched = 0;
    for (const notification of waiting) {
      if (await tryDispatch(parts, notification)) dispatched += 1;
    }
    if (waiting.length < LIMITS.apiPageSize || dispatched === 0) return;
  }
}

/** Makes sure that every open incident has a run. */
export async function resumeIncidents(parts: DispatchParts): Promise<void> {
  const open = await parts.ports.stores.incidents.listOpen(LIMITS.runsPerReplica);
  for (const incident of open) await submit(parts, incident.id);
}

/**
 * One that cannot be dispatched keeps no other from being so; it is tried again at the next turn.
 */
async function tryDispatch(
  parts: DispatchParts,
  notification: NotificationRecord,
): Promise<boolean> {
  try {
    await dispatchOne(parts, notification);
    return true;
  } catch (error) {
    const fields = { notification: notification.uuid, error: messageOf(error) };
    parts.ports.log.warn('notification.dispatch_failed', fields);
    return false;
  }
}

async function dispatchOne(parts: DispatchParts, notification: NotificationRecord): Promise<void> {
  const { clock, log, random, stores } = parts.ports;
  const decision = decideNotification(notification);
  if (decision.kind === 'settle') {
    const { status, message } = decision;
    await stores.notifications.settle(notification.uuid, status, message, clock.wallMs());
    return;
  }
  const incident = {
    id: newIncidentId(random),
    ...subjectOf(notification),
    openedAtMs: clock.wallMs(),
  };
  const opened = await stores.incidents.openOrJoin(
    incident,
    notification.uuid,
    reportOf(notification, clock.wallMs()),
  );
  if (opened.kind === 'already-dispatched') return;
  const { id, hostName } = opened.incident;
  log.info(`incident.${opened.kind}`, {
    incident: id,
    host: hostName,
    by: notification.reportedBy,
  });
  if (opened.kind === 'opened') {
    const reason = `${hostName} has failed again: incident ${id}`;
    await stores.returns.cancelOfHost(hostName, reason, clock.wallMs());
  }
  await submit(parts, id);
}

const subjectOf = (notification: NotificationRecord) => ({
  hostUuid: notification.hostUuid,
  hostName: notification.hostName,
  segmentUuid: notification.segmentUuid,
});

const newIncidentId = (random: Random): IncidentId => newUuid<IncidentId>(random);

/** A report as evidence: only its receipt counts, never the time that its sender claims. */
const reportOf = (notification: NotificationRecord, receivedAtMs: number): NewEvidence => ({
  kind: EvidenceKind.failure,
  source: 'notification',
  observer: notification.reportedBy,
  content: { notification: notification.uuid, payload: notification.payload },
  receivedAtMs,
});

async function submit(parts: DispatchParts, incident: IncidentId): Promise<void> {
  await parts.runner.submit({
    id: hostFailureRunId(incident),
    workflow: HOST_FAILURE,
    input: incident,
  });
}
