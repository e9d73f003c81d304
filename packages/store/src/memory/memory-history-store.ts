/** Purging in memory. */
import type { HistoryStore, NotificationRecord } from '@medevac/engine';
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
      this.#purgeNotifications(beforeMs, limit) +
      this.#purgeRuns(beforeMs, limit)
    );
  }

  #purgeIncidents(beforeMs: number, limit: number): number {
    const tables = this.#tables;
    const old = [...tables.incidents.values()]
      .filter(({ id, closedAtMs }) => {
        const state = tables.returns.get(id)?.state;
        const isReturning = state !== undefined && OPEN_RETURN_STATES.includes(state);
        return closedAtMs !== null && closedAtMs < beforeMs && !isReturning;
      })
      .sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0))
      .slice(0, limit);
    for (const { id } of old) {
      for (const rows of [tables.evidence, tables.events, tables.vmoves, tables.returns]) {
        rows.delete(id);
      }
      tables.incidents.delete(id);
      this.#dropNotifications((row) => row.incidentId === id);
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
