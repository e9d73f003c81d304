/** Incidents in memory. */
import { assertLegalMove, isFinal, notificationStatusOf } from '@medevac/core';
import type {
  EvidenceRecord,
  IncidentEvent,
  IncidentMove,
  IncidentRecord,
  IncidentStore,
  NewEvidence,
  NewIncident,
  NewIncidentEvent,
} from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  type IncidentId,
  invariant,
  type NotificationUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import { UNSETTLED } from '../rules/unsettled.ts';
import { keepEvidence } from './memory-evidence.ts';
import { keepIncidentEvent } from './memory-incident-event.ts';
import { isUndispatched } from './memory-notification-store.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

type Joined = Awaited<ReturnType<IncidentStore['openOrJoin']>>;

export class MemoryIncidentStore implements IncidentStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async openOrJoin(
    incident: NewIncident,
    notification: NotificationUuid,
    evidence: NewEvidence,
  ): Promise<Joined> {
    const report = this.#tables.notifications.get(notification);
    if (report === undefined || !isUndispatched(report)) return { kind: 'already-dispatched' };
    const present = this.#findOpen(incident.hostName);
    const open = present ?? this.#open(incident);
    this.#tables.notifications.set(notification, {
      ...report,
      incidentId: open.id,
      status: notificationStatusOf(open.state),
      message: open.reason,
      updatedAtMs: incident.openedAtMs,
    });
    keepEvidence(this.#tables, open.id, evidence);
    for (const copy of this.#tables.copies.get(notification) ?? []) {
      keepEvidence(this.#tables, open.id, copy);
    }
    this.#tables.copies.delete(notification);
    return { kind: present === undefined ? 'opened' : 'joined', incident: copyOf(open) };
  }

  async read(id: IncidentId): Promise<IncidentRecord | undefined> {
    return copyOf(this.#tables.incidents.get(id));
  }

  async findOpen(host: HostName): Promise<IncidentRecord | undefined> {
    return copyOf(this.#findOpen(host));
  }

  async listOpen(limit: number): Promise<readonly IncidentRecord[]> {
    const open = [...this.#tables.openIncidents.values()]
      .flatMap((id) => this.#tables.incidents.get(id) ?? [])
      .sort((a, b) => a.openedAtMs - b.openedAtMs);
    return copyOf(open.slice(0, limit));
  }

  async move(
    tenure: Tenure,
    id: IncidentId,
    move: IncidentMove,
  ): Promise<WriteOutcome | 'lost' | 'unsettled'> {
    const { from, to, guard, reason, atMs, onlySettled } = move;
    if (from !== to) assertLegalMove(from, to);
    return this.#tables.fenced<'written' | 'lost' | 'unsettled'>(tenure, () => {
      const row = this.#tables.incidents.get(id);
      if (row?.state !== from) return 'lost';
      if (onlySettled === true && this.#hasUnsettled(id)) return 'unsettled';
      const closes = from !== to && isFinal(to);
      const closedAtMs = closes ? atMs : row.closedAtMs;
      const moved = { ...row, state: to, guard, reason, updatedAtMs: atMs, closedAtMs };
      this.#tables.incidents.set(id, moved);
      if (closes) this.#tables.openIncidents.delete(row.hostName);
      const status = notificationStatusOf(to);
      for (const report of this.#tables.notifications.values())
        if (report.incidentId === id)
          this.#tables.notifications.set(report.uuid, {
            ...report,
            status,
            message: reason,
            updatedAtMs: atMs,
          });
      return 'written';
    });
  }

  async addEvidence(host: HostName, evidence: NewEvidence): Promise<'added' | 'no-incident'> {
    const open = this.#findOpen(host);
    if (open === undefined) return 'no-incident';
    keepEvidence(this.#tables, open.id, evidence);
    return 'added';
  }

  async readEvidence(id: IncidentId): Promise<readonly EvidenceRecord[]> {
    return copyOf(this.#tables.evidence.get(id) ?? []);
  }

  async addEvent(tenure: Tenure, id: IncidentId, event: NewIncidentEvent): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      invariant(this.#tables.incidents.has(id), `there is no incident ${id}`);
      keepIncidentEvent(this.#tables, id, event);
      return 'written';
    });
  }

  async readEvents(id: IncidentId): Promise<readonly IncidentEvent[]> {
    return copyOf(this.#tables.events.get(id) ?? []);
  }

  async setMaintenance(tenure: Tenure, host: HostUuid, atMs: number): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const row = this.#tables.hosts.get(host);
      if (row?.onMaintenance === false) {
        const ours = { onMaintenance: true, isMaintenanceOurs: true };
        this.#tables.hosts.set(host, { ...row, ...ours, updatedAtMs: atMs });
      }
      return 'written';
    });
  }

  async liftMaintenance(tenure: Tenure, host: HostUuid, atMs: number): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const row = this.#tables.hosts.get(host);
      if (row?.isMaintenanceOurs === true) {
        const lifted = { onMaintenance: false, isMaintenanceOurs: false };
        this.#tables.hosts.set(host, { ...row, ...lifted, updatedAtMs: atMs });
      }
      return 'written';
    });
  }

  #hasUnsettled(id: IncidentId): boolean {
    const vmoves = [...(this.#tables.vmoves.get(id)?.values() ?? [])];
    return vmoves.some(({ status }) => UNSETTLED.some((one) => one === status));
  }

  #findOpen(host: HostName): IncidentRecord | undefined {
    const id = this.#tables.openIncidents.get(host);
    return id === undefined ? undefined : this.#tables.incidents.get(id);
  }

  #open(incident: NewIncident): IncidentRecord {
    const { id, hostUuid, hostName, segmentUuid, openedAtMs } = incident;
    invariant(!this.#tables.incidents.has(id), `incident ${id} is there already`);
    const row: IncidentRecord = {
      ...{ id, hostUuid, hostName, segmentUuid, openedAtMs },
      state: 'suspected',
      guard: null,
      reason: null,
      updatedAtMs: openedAtMs,
      closedAtMs: null,
      retries: 0,
      retryAskedAtMs: null,
      acknowledged: null,
      paused: null,
      method: null,
    };
    this.#tables.incidents.set(id, row);
    this.#tables.openIncidents.set(hostName, id);
    return row;
  }
}
