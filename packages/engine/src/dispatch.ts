/**
 * From a kept notification to its incident and the run that works on it. Level-triggered and safe
 * to repeat: what a crash cut off is found in the stores at the next turn.
 */
import { decideNotification, type NotificationRules } from '@medevac/core';
import { type IncidentId, LIMITS, messageOf, newUuid, type Random } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { EnginePorts } from './ports.ts';
import { HOST_FAILURE, hostFailureRunId } from './recovery/run-id.ts';
import { openRepair, submitRepair } from './repair/open-repair.ts';
import { EvidenceKind, type IncidentRecord, type NewEvidence } from './stores/incident-store.ts';
import type { NotificationRecord } from './stores/notification-store.ts';

export interface DispatchParts {
  readonly ports: EnginePorts;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
  readonly rules: NotificationRules;
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
  for (const incident of open) await submit(parts, incident);
}

/** Makes sure that every open repair has a run. */
export async function resumeRepairs(parts: DispatchParts): Promise<void> {
  const open = await parts.ports.stores.repairs.listOpen(LIMITS.runsPerReplica);
  for (const repair of open) await submitRepair(parts, repair);
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
  const { clock, stores } = parts.ports;
  const decision = decideNotification(notification, parts.rules);
  switch (decision.kind) {
    case 'settle': {
      const { message, started, status } = decision;
      const nowMs = clock.wallMs();
      if (started !== undefined) {
        await stores.repairs.noteStarted(notification.hostUuid, started, nowMs);
      }
      await stores.notifications.settle(notification.uuid, status, message, nowMs);
      return;
    }
    case 'instance-failure':
      return await openRepair(parts, notification, 'instance', decision.instance);
    case 'process-failure':
      return await openRepair(parts, notification, 'process', decision.process);
    case 'host-failure':
      return await openIncident(parts, notification);
  }
}

async function openIncident(parts: DispatchParts, notification: NotificationRecord): Promise<void> {
  const { clock, log, random, stores } = parts.ports;
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
  await submit(parts, opened.incident);
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

async function submit(parts: DispatchParts, { id, retries }: IncidentRecord): Promise<void> {
  await parts.runner.submit({
    id: hostFailureRunId(id, retries),
    workflow: HOST_FAILURE,
    input: id,
  });
}
