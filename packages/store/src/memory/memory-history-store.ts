/** Purging in memory. */
import type { HistoryStore, NotificationRecord } from '@medevac/engine';
import { OPEN_RESERVATION_STATES } from '../rules/reservation-moves.ts';
import { OPEN_RETURN_STATES } from '../rules/return-moves.ts';
import type { MemoryTables } from './memory-tables.ts';

export class MemoryHistoryStore implements HistoryStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async purge(beforeMs: number, limit: number): Promise<number> {
    return (
      this.#purgeIncidents(beforeMs, limit) +
      this.#purgeRepairs(beforeMs, limit) +
      this.#purgeDrains(beforeMs, limit) +
      this.#purgeNotifications(beforeMs, limit) +
      this.#purgeRuns(beforeMs, limit)
    );
  }

  #purgeIncidents(beforeMs: number, limit: number): number {
    const tables = this.#tables;
    const all = [...tables.reservations.values()];
    const open = all.filter((row) => OPEN_RESERVATION_STATES.includes(row.state));
    const locking = [...tables.instanceLocks.values()];
    const inUse = new Set([...open, ...locking].map((row) => row.incidentId));
    const old = [...tables.incidents.values()]
      .filter(({ id, closedAtMs }) => {
        const state = tables.returns.get(id)?.state;
        const isReturning = state !== undefined && OPEN_RETURN_STATES.includes(state);
        const isInUse = inUse.has(id);
        return closedAtMs !== null && closedAtMs < beforeMs && !isReturning && !isInUse;
      })
      .sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0))
      .slice(0, limit);
    for (const { id } of old) {
      for (const rows of [tables.evidence, tables.events, tables.vmoves, tables.returns]) {
        rows.delete(id);
      }
      tables.returnEvents.delete(id);
      for (const row of all) if (row.incidentId === id) tables.reservations.delete(row.id);
      tables.incidents.delete(id);
      this.#dropNotifications((row) => row.incidentId === id);
    }
    return old.length;
  }

  #purgeRepairs(beforeMs: number, limit: number): number {
    const { notifications, repairEvents, repairOf, repairs } = this.#tables;
    const old = [...repairs.values()]
      .filter(({ closedAtMs }) => closedAtMs !== null && closedAtMs < beforeMs)
      .sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0))
      .slice(0, limit);
    const ids = new Set<string>(old.map(({ id }) => id));
    for (const id of ids) {
      repairs.delete(id);
      repairEvents.delete(id);
    }
    for (const [uuid, id] of repairOf) {
      if (!ids.has(id)) continue;
      repairOf.delete(uuid);
      notifications.delete(uuid);
    }
    return old.length;
  }

  #purgeDrains(beforeMs: number, limit: number): number {
    const { drains, drainInstances } = this.#tables;
    const old = [...drains.values()]
      .filter(({ closedAtMs }) => closedAtMs !== null && closedAtMs < beforeMs)
      .sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0))
      .slice(0, limit);
    for (const { id } of old) {
      drains.delete(id);
      drainInstances.delete(id);
    }
    return old.length;
  }

  #purgeNotifications(beforeMs: number, limit: number): number {
    const old = [...this.#tables.notifications.values()]
      .filter(
        ({ incidentId, status, createdAtMs }) =>
          incidentId === null &&
          (status === 'finished' || status === 'failed' || status === 'ignored') &&
          createdAtMs < beforeMs,
      )
      .sort((a, b) => a.createdAtMs - b.createdAtMs)
      .slice(0, limit);
    for (const { uuid } of old) this.#tables.notifications.delete(uuid);
    return old.length;
  }

  #purgeRuns(beforeMs: number, limit: number): number {
    const { runs, steps, leases } = this.#tables;
    const old = [...runs.values()]
      .filter(({ finishedAtMs }) => finishedAtMs !== null && finishedAtMs < beforeMs)
      .sort((a, b) => (a.finishedAtMs ?? 0) - (b.finishedAtMs ?? 0))
      .slice(0, limit);
    for (const { id } of old) {
      steps.delete(id);
      runs.delete(id);
      leases.delete(`run/${id}`);
    }
    return old.length;
  }

  #dropNotifications(isDropped: (row: NotificationRecord) => boolean): void {
    for (const row of this.#tables.notifications.values()) {
      if (isDropped(row)) this.#tables.notifications.delete(row.uuid);
    }
  }
}
