/** Repairs in memory. */
import type {
  NewIncidentEvent,
  NewRepair,
  RepairChange,
  RepairKind,
  RepairRecord,
  RepairStore,
} from '@medevac/engine';
import {
  type HostUuid,
  invariant,
  LIMITS,
  type NotificationUuid,
  type RepairId,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import { repairKey } from '../rules/repair-key.ts';
import { isUndispatched } from './memory-notification-store.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

type Joined = Awaited<ReturnType<RepairStore['openOrJoin']>>;

export class MemoryRepairStore implements RepairStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async openOrJoin(repair: NewRepair, notification: NotificationUuid): Promise<Joined> {
    const report = this.#tables.notifications.get(notification);
    if (report === undefined || !isUndispatched(report)) return { kind: 'already-dispatched' };
    const present = this.#findOpen(repairKey(repair));
    const open: RepairRecord =
      present === undefined
        ? newRow(repair)
        : { ...present, reports: present.reports + 1, startedAtMs: null };
    invariant(present !== undefined || !this.#tables.repairs.has(open.id), `${open.id} is there`);
    this.#tables.repairs.set(open.id, open);
    this.#tables.repairOf.set(notification, open.id);
    const { status, message } = open;
    const change = { status, message, updatedAtMs: repair.openedAtMs };
    this.#tables.notifications.set(notification, { ...report, ...change });
    return { kind: present === undefined ? 'opened' : 'joined', repair: copyOf(open) };
  }

  async read(id: RepairId): Promise<RepairRecord | undefined> {
    return copyOf(this.#tables.repairs.get(id));
  }

  async ofNotification(notification: NotificationUuid): Promise<RepairRecord | undefined> {
    const id = this.#tables.repairOf.get(notification);
    return id === undefined ? undefined : copyOf(this.#tables.repairs.get(id));
  }

  async listOpen(limit: number): Promise<readonly RepairRecord[]> {
    const open = [...this.#tables.repairs.values()].filter((row) => row.closedAtMs === null);
    return copyOf(open.slice(0, limit));
  }

  async countTries(kind: RepairKind, subject: string, sinceMs: number): Promise<number> {
    const key = repairKey({ kind, subject, hostUuid: '' });
    return [...this.#tables.repairs.values()]
      .filter((row) => repairKey(row) === key && (row.triedAtMs ?? -1) >= sinceMs)
      .reduce((sum, row) => sum + row.tries, 0);
  }

  async noteStarted(host: HostUuid, process: string, atMs: number): Promise<void> {
    const row = this.#findOpen(repairKey({ kind: 'process', subject: process, hostUuid: host }));
    if (row !== undefined) this.#tables.repairs.set(row.id, { ...row, startedAtMs: atMs });
  }

  async noteTry(tenure: Tenure, id: RepairId, tries: number, atMs: number): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const row = this.#tables.repairs.get(id);
      if (row !== undefined && row.tries < tries) {
        this.#tables.repairs.set(id, { ...row, tries, triedAtMs: atMs, updatedAtMs: atMs });
      }
      return 'written';
    });
  }

  async change(
    tenure: Tenure,
    id: RepairId,
    { status, message, atMs, closesAfterReports }: RepairChange,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#tables.fenced<WriteOutcome | 'lost'>(tenure, () => {
      const row = this.#tables.repairs.get(id);
      if (row === undefined || row.closedAtMs !== null) return 'lost';
      const isClosing = closesAfterReports !== undefined;
      if (isClosing && closesAfterReports !== row.reports) return 'lost';
      const closedAtMs = isClosing ? atMs : null;
      this.#tables.repairs.set(id, { ...row, status, message, updatedAtMs: atMs, closedAtMs });
      for (const [uuid, repair] of this.#tables.repairOf) {
        const report = this.#tables.notifications.get(uuid);
        if (repair !== id || report === undefined) continue;
        this.#tables.notifications.set(uuid, { ...report, status, message, updatedAtMs: atMs });
      }
      return 'written';
    });
  }

  async addEvent(tenure: Tenure, id: RepairId, event: NewIncidentEvent): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const { step, message, progress, failed, atMs } = event;
      const events = [
        ...(this.#tables.repairEvents.get(id) ?? []),
        { step, message, progress, failed, atMs },
      ];
      this.#tables.repairEvents.set(id, events.slice(-LIMITS.eventsPerIncident));
      return 'written';
    });
  }

  async readEvents(id: RepairId): Promise<readonly NewIncidentEvent[]> {
    return copyOf(this.#tables.repairEvents.get(id) ?? []);
  }

  #findOpen(key: string): RepairRecord | undefined {
    for (const row of this.#tables.repairs.values()) {
      if (row.closedAtMs === null && repairKey(row) === key) return row;
    }
    return undefined;
  }
}

function newRow(repair: NewRepair): RepairRecord {
  const { id, kind, subject, hostUuid, hostName, segmentUuid, payload, openedAtMs } = repair;
  return {
    ...{ id, kind, subject, hostUuid, hostName, segmentUuid, openedAtMs },
    payload: copyOf(payload),
    status: 'running',
    message: null,
    reports: 1,
    startedAtMs: null,
    tries: 0,
    triedAtMs: null,
    updatedAtMs: openedAtMs,
    closedAtMs: null,
  };
}
