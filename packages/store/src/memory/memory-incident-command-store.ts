/** What people do with incidents, in memory. */
import { IncidentState, notificationStatusOf } from '@medevac/core';
import type {
  Acknowledgement,
  Asked,
  ChosenMethod,
  IncidentCommandStore,
  IncidentFilter,
  IncidentQuery,
  IncidentRecord,
  NewEvidence,
  NewIncidentEvent,
  Page,
  Reopening,
  VmoveRecord,
} from '@medevac/engine';
import {
  type HostName,
  type IncidentId,
  type InstanceUuid,
  LIMITS,
  type NotificationUuid,
} from '@medevac/kernel';
import { REOPENABLE_STATES, RETURNED_STATES } from '../rules/retry-states.ts';
import { keepEvidence } from './memory-evidence.ts';
import { keepIncidentEvent } from './memory-incident-event.ts';
import { isUndispatched } from './memory-notification-store.ts';
import { copyOf, jsonCopyOf, type MemoryTables } from './memory-tables.ts';

type Reopened = Awaited<ReturnType<IncidentCommandStore['reopen']>>;
type Kept = Awaited<ReturnType<IncidentCommandStore['keepCopy']>>;

export class MemoryIncidentCommandStore implements IncidentCommandStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async list({ filter, limit, marker }: IncidentQuery): Promise<Page<IncidentRecord>> {
    const numbered = [...this.#tables.incidents.values()].map((row, number) => ({ row, number }));
    const newestFirst = numbered
      .toSorted((a, b) => b.row.openedAtMs - a.row.openedAtMs || b.number - a.number)
      .map(({ row }) => row);
    const last = newestFirst.findIndex(({ id }) => id === marker);
    if (marker !== undefined && last === -1) return { kind: 'unknown-marker' };
    const rows = newestFirst.slice(last + 1).filter((row) => passes(row, filter));
    return { kind: 'page', rows: copyOf(rows.slice(0, limit)) };
  }

  async acknowledge(
    id: IncidentId,
    { by, note, atMs }: Acknowledgement,
  ): Promise<IncidentRecord | undefined> {
    const row = this.#tables.incidents.get(id);
    if (row === undefined) return undefined;
    const changed = { ...row, acknowledged: row.acknowledged ?? { by, note, atMs } };
    this.#tables.incidents.set(id, changed);
    return copyOf(changed);
  }

  async askRetry(id: IncidentId, atMs: number): Promise<boolean> {
    const row = this.#tables.incidents.get(id);
    if (row === undefined || row.closedAtMs !== null) return false;
    this.#tables.incidents.set(id, { ...row, retryAskedAtMs: atMs });
    return true;
  }

  async retryInstance(
    id: IncidentId,
    instance: InstanceUuid,
    told: NewIncidentEvent,
  ): Promise<boolean> {
    const vmove = this.#tables.vmoves.get(id)?.get(instance);
    if (vmove?.status !== 'failed' || vmove.endAtMs === null) return false;
    if (!this.#change(id, { retryAskedAtMs: told.atMs }, told, { isOpen: true })) return false;
    this.#tryAgain(vmove, told.atMs);
    return true;
  }

  async pause(id: IncidentId, { by, note, atMs }: Asked, told: NewIncidentEvent): Promise<boolean> {
    if (this.#tables.incidents.get(id)?.paused !== null) return false;
    const change = { paused: { by, note, atMs }, retryAskedAtMs: atMs };
    return this.#change(id, change, told, { isOpen: true });
  }

  async resume(id: IncidentId, told: NewIncidentEvent): Promise<boolean> {
    const paused = this.#tables.incidents.get(id)?.paused ?? null;
    if (paused === null) return false;
    return this.#change(id, { paused: null, retryAskedAtMs: told.atMs }, told, { isOpen: false });
  }

  async chooseMethod(
    id: IncidentId,
    { method, by, note, atMs }: ChosenMethod,
    told: NewIncidentEvent,
  ): Promise<boolean> {
    const change = { method: { method, by, note, atMs }, retryAskedAtMs: atMs };
    return this.#change(id, change, told, { isOpen: true });
  }

  async reopen(id: IncidentId, reopening: Reopening): Promise<Reopened> {
    const { retries, reason, evidence, atMs } = reopening;
    const row = this.#tables.incidents.get(id);
    if (row?.retries !== retries || !REOPENABLE_STATES.includes(row.state)) return 'lost';
    if (this.#tables.openIncidents.has(row.hostName)) return 'host-busy';
    const host = this.#tables.returns.get(id)?.state;
    if (RETURNED_STATES.some((state) => state === host)) return 'returned';
    const state = IncidentState.suspected;
    const again = { state, guard: null, reason, retries: retries + 1, acknowledged: null };
    this.#tables.incidents.set(id, { ...row, ...again, updatedAtMs: atMs, closedAtMs: null });
    this.#tables.openIncidents.set(row.hostName, id);
    for (const [instance, vmove] of this.#tables.vmoves.get(id) ?? []) {
      if (vmove.status !== 'failed' || vmove.endAtMs === null) continue;
      if ((reopening.instance ?? instance) === instance) this.#tryAgain(vmove, atMs);
    }
    const status = notificationStatusOf(state);
    for (const report of this.#tables.notifications.values()) {
      if (report.incidentId !== id) continue;
      const changed = { ...report, status, message: reason, updatedAtMs: atMs };
      this.#tables.notifications.set(report.uuid, changed);
    }
    keepEvidence(this.#tables, id, evidence);
    return 'reopened';
  }

  #change(
    id: IncidentId,
    change: Partial<IncidentRecord>,
    told: NewIncidentEvent,
    { isOpen }: { readonly isOpen: boolean },
  ): boolean {
    const row = this.#tables.incidents.get(id);
    if (row === undefined || (isOpen && row.closedAtMs !== null)) return false;
    this.#tables.incidents.set(id, { ...row, ...change });
    keepIncidentEvent(this.#tables, id, told);
    return true;
  }

  #tryAgain(vmove: VmoveRecord, atMs: number): void {
    const pending = { status: 'pending', message: null, endAtMs: null } as const;
    const again = { ...vmove, ...pending, tries: vmove.tries + 1, updatedAtMs: atMs };
    this.#tables.vmoves.get(vmove.incidentId)?.set(vmove.instanceUuid, again);
  }

  async keepCopy(host: HostName, of: NotificationUuid, evidence: NewEvidence): Promise<Kept> {
    const open = this.#tables.openIncidents.get(host);
    if (open !== undefined) {
      keepEvidence(this.#tables, open as IncidentId, evidence);
      return 'added';
    }
    const report = this.#tables.notifications.get(of);
    const copies = this.#tables.copies.get(of) ?? [];
    const isFull = copies.length >= LIMITS.evidencePerIncident;
    if (report === undefined || !isUndispatched(report) || isFull) return 'dropped';
    const { kind, source, observer, receivedAtMs } = evidence;
    const content = jsonCopyOf(evidence.content);
    this.#tables.copies.set(of, [...copies, { kind, source, observer, receivedAtMs, content }]);
    return 'kept';
  }
}

function passes(row: IncidentRecord, filter: Partial<IncidentFilter>): boolean {
  const { state, hostName, segmentUuid, isOpen, isAcknowledged } = filter;
  return (
    (state === undefined || row.state === state) &&
    (hostName === undefined || row.hostName === hostName) &&
    (segmentUuid === undefined || row.segmentUuid === segmentUuid) &&
    (isOpen === undefined || (row.closedAtMs === null) === isOpen) &&
    (isAcknowledged === undefined || (row.acknowledged !== null) === isAcknowledged)
  );
}
