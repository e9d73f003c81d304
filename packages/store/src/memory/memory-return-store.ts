/** Returns of hosts in memory. */
import type {
  BeginningState,
  NewReturn,
  Page,
  ReturnEvent,
  ReturnMove,
  ReturnQuery,
  ReturnRecord,
  ReturnStore,
} from '@medevac/engine';
import { type HostName, type IncidentId, invariant, LIMITS } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import {
  assertLegalReturnMove,
  BEGINS,
  OPEN_RETURN_STATES,
  SUPERSEDED,
} from '../rules/return-moves.ts';
import { copyOf, type MemoryTables, sharedCopiesOf } from './memory-tables.ts';

export class MemoryReturnStore implements ReturnStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async open(tenure: Tenure, record: NewReturn): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const { incidentId, hostUuid, hostName, serviceUuid } = record;
      if (this.#tables.returns.has(incidentId)) return 'written';
      invariant(this.#tables.incidents.has(incidentId), `there is no incident ${incidentId}`);
      this.#cancelOpen(hostName, SUPERSEDED, record.createdAtMs);
      const { silentStamp, wasEnabled, createdAtMs } = record;
      this.#tables.returns.set(incidentId, {
        ...{ incidentId, hostUuid, hostName, serviceUuid, silentStamp, wasEnabled, createdAtMs },
        state: 'waiting',
        message: null,
        tries: 0,
        updatedAtMs: createdAtMs,
      });
      return 'written';
    });
  }

  async read(incident: IncidentId): Promise<ReturnRecord | undefined> {
    return copyOf(this.#tables.returns.get(incident));
  }

  async listOpen(limit: number): Promise<readonly ReturnRecord[]> {
    const open = [...this.#tables.returns.values()].filter(isOpen);
    return sharedCopiesOf(open.sort((a, b) => a.createdAtMs - b.createdAtMs).slice(0, limit));
  }

  async list({ filter, limit, marker }: ReturnQuery): Promise<Page<ReturnRecord>> {
    const newestFirst = [...this.#tables.returns.values()].reverse();
    const last = newestFirst.findIndex(({ incidentId }) => incidentId === marker);
    if (marker !== undefined && last === -1) return { kind: 'unknown-marker' };
    const { hostName, isOpen: open } = filter;
    const rows = newestFirst
      .slice(last + 1)
      .filter((row) => hostName === undefined || row.hostName === hostName)
      .filter((row) => open === undefined || isOpen(row) === open);
    return { kind: 'page', rows: copyOf(rows.slice(0, limit)) };
  }

  async countOfHost(host: HostName, sinceMs: number): Promise<number> {
    const all = [...this.#tables.returns.values()];
    return all.filter((row) => row.hostName === host && row.createdAtMs >= sinceMs).length;
  }

  async begin(incident: IncidentId, from: BeginningState, atMs: number): Promise<boolean> {
    const row = this.#tables.returns.get(incident);
    if (row?.state !== from || this.#tables.openIncidents.has(row.hostName)) return false;
    const begun = { ...row, state: BEGINS[from], tries: row.tries + 1, updatedAtMs: atMs };
    this.#tables.returns.set(incident, begun);
    return true;
  }

  async move(
    tenure: Tenure,
    incident: IncidentId,
    { from, to, message, atMs, silentStamp }: ReturnMove,
  ): Promise<WriteOutcome | 'lost'> {
    assertLegalReturnMove(from, to);
    return this.#tables.fenced<'written' | 'lost'>(tenure, () => {
      const row = this.#tables.returns.get(incident);
      if (row?.state !== from) return 'lost';
      const changed = { state: to, message, updatedAtMs: atMs };
      const stamp = silentStamp ?? row.silentStamp;
      this.#tables.returns.set(incident, { ...row, ...changed, silentStamp: stamp });
      return 'written';
    });
  }

  async addEvent(tenure: Tenure, id: IncidentId, event: ReturnEvent): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const { message, failed, atMs } = event;
      const lines = [...(this.#tables.returnEvents.get(id) ?? []), { message, failed, atMs }];
      this.#tables.returnEvents.set(id, lines.slice(-LIMITS.eventsPerReturn));
      return 'written';
    });
  }

  async readEvents(id: IncidentId): Promise<readonly ReturnEvent[]> {
    return copyOf(this.#tables.returnEvents.get(id) ?? []);
  }

  #cancelOpen(host: HostName, message: string, atMs: number): void {
    for (const row of this.#tables.returns.values())
      if (row.hostName === host && isOpen(row))
        this.#tables.returns.set(row.incidentId, {
          ...row,
          state: 'cancelled',
          message,
          updatedAtMs: atMs,
        });
  }
}

const isOpen = (row: ReturnRecord): boolean => OPEN_RETURN_STATES.includes(row.state);
