/** Brings an incident of a host into a given state through the ports, as the engine would. */
import type { IncidentState } from '@medevac/core';
import { EvidenceKind, type NewIncidentEvent } from '@medevac/engine';
import type { IncidentId, NotificationUuid, ReplicaId } from '@medevac/kernel';
import type { Tenure } from '@medevac/workflow';
import type { ApiFixture } from './api-fixture.ts';

const EVIDENCE = {
  kind: EvidenceKind.failure,
  source: 'notification',
  observer: 'a monitor',
  content: {},
  receivedAtMs: 1,
} as const;

/** Opens the incident of a notification; answers its id and the right to write to it. */
export async function openIncident(api: ApiFixture, notification: NotificationUuid) {
  const reported = (await api.stores.notifications.read(notification))!;
  const opened = await api.stores.incidents.openOrJoin(
    {
      id: `incident-of-${reported.hostName}` as IncidentId,
      hostUuid: reported.hostUuid,
      hostName: reported.hostName,
      segmentUuid: reported.segmentUuid,
      openedAtMs: api.clock.wallMs(),
    },
    notification,
    EVIDENCE,
  );
  if (opened.kind === 'already-dispatched') throw new Error('the notification was dispatched');
  const replica = 'replica-1' as ReplicaId;
  const tenure = await api.stores.leases.take('incident', undefined, replica);
  return { id: opened.incident.id, tenure: tenure! };
}

export async function moveThrough(
  api: ApiFixture,
  incident: { readonly id: IncidentId; readonly tenure: Tenure },
  states: readonly IncidentState[],
): Promise<void> {
  for (const to of states) {
    const { state } = (await api.stores.incidents.read(incident.id))!;
    const move = { from: state, to, guard: null, reason: null, atMs: api.clock.wallMs() };
    const outcome = await api.stores.incidents.move(incident.tenure, incident.id, move);
    if (outcome !== 'written') throw new Error(`could not move to ${to}: ${String(outcome)}`);
  }
}

export async function addEvents(
  api: ApiFixture,
  incident: { readonly id: IncidentId; readonly tenure: Tenure },
  events: readonly NewIncidentEvent[],
): Promise<void> {
  for (const event of events) {
    await api.stores.incidents.addEvent(incident.tenure, incident.id, event);
  }
}
