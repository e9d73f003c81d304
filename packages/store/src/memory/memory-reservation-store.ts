/** Reservations of reserved hosts in memory. */
import type {
  NewReservation,
  ReservationMove,
  ReservationNote,
  ReservationRecord,
  ReservationStore,
} from '@medevac/engine';
import { type HostUuid, type IncidentId, invariant } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import {
  assertLegalReservationMove,
  LEFT_BEHIND,
  OPEN_RESERVATION_STATES,
} from '../rules/reservation-moves.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

export class MemoryReservationStore implements ReservationStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async reserve(tenure: Tenure, reservation: NewReservation): Promise<WriteOutcome | 'taken'> {
    return this.#tables.fenced<WriteOutcome | 'taken'>(tenure, () => {
      const { incidentId, failedHost, hostUuid, hostName } = reservation;
      const { serviceUuid, wasEnabled, disabledReason, createdAtMs } = reservation;
      const open = [...this.#tables.reservations.values()].find(
        (row) => row.hostUuid === hostUuid && isOpen(row),
      );
      const isOurs = open?.incidentId === incidentId && open.state === 'held';
      if (open !== undefined) return isOurs ? 'written' : 'taken';
      const host = this.#tables.hosts.get(hostUuid);
      if (host?.reserved !== true || host.onMaintenance) return 'taken';
      if (this.#lastEnded(hostUuid) !== reservation.lastEnded) return 'taken';
      invariant(this.#tables.incidents.has(incidentId), `there is no incident ${incidentId}`);
      const id = this.#tables.nextId('reservation');
      this.#tables.reservations.set(id, {
        ...{ id, incidentId, failedHost, hostUuid, hostName, serviceUuid, wasEnabled },
        ...{ disabledReason, createdAtMs, updatedAtMs: createdAtMs },
        ...{ state: 'held', isReady: false, aggregates: [], message: null, tries: 0 },
      });
      return 'written';
    });
  }

  async read(id: number): Promise<ReservationRecord | undefined> {
    return copyOf(this.#tables.reservations.get(id));
  }

  async lastEnded(host: HostUuid): Promise<number> {
    return this.#lastEnded(host);
  }

  async listOpen(limit: number): Promise<readonly ReservationRecord[]> {
    return copyOf([...this.#tables.reservations.values()].filter(isOpen).slice(0, limit));
  }

  async listOfIncident(incident: IncidentId): Promise<readonly ReservationRecord[]> {
    const rows = [...this.#tables.reservations.values()];
    return copyOf(rows.filter((row) => row.incidentId === incident));
  }

  async note(
    tenure: Tenure,
    id: number,
    { isReady, aggregates }: ReservationNote,
    atMs: number,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#tables.fenced<WriteOutcome | 'lost'>(tenure, () => {
      const row = this.#tables.reservations.get(id);
      if (row?.state !== 'held') return 'lost';
      this.#tables.reservations.set(id, {
        ...row,
        isReady: isReady ?? row.isReady,
        aggregates: aggregates === undefined ? row.aggregates : [...aggregates],
        updatedAtMs: atMs,
      });
      return 'written';
    });
  }

  async move(
    tenure: Tenure,
    id: number,
    { from, to, message, atMs }: ReservationMove,
  ): Promise<WriteOutcome | 'lost'> {
    assertLegalReservationMove(from, to);
    return this.#tables.fenced<WriteOutcome | 'lost'>(tenure, () => {
      const row = this.#tables.reservations.get(id);
      if (row?.state !== from) return 'lost';
      const tries = row.tries + (from === to ? 1 : 0);
      this.#tables.reservations.set(id, { ...row, state: to, message, tries, updatedAtMs: atMs });
      const host = this.#tables.hosts.get(row.hostUuid);
      if (to === 'used' && host !== undefined) {
        this.#tables.hosts.set(host.uuid, { ...host, reserved: false, updatedAtMs: atMs });
      }
      return 'written';
    });
  }

  async releaseEnded(id: number, atMs: number): Promise<boolean> {
    const row = this.#tables.reservations.get(id);
    if (row?.state !== 'held') return false;
    if (this.#tables.incidents.get(row.incidentId)?.closedAtMs === null) return false;
    const change = { state: 'releasing', message: LEFT_BEHIND, updatedAtMs: atMs } as const;
    this.#tables.reservations.set(id, { ...row, ...change });
    return true;
  }

  #lastEnded(host: HostUuid): number {
    const rows = [...this.#tables.reservations.values()];
    const ended = rows.filter((row) => row.hostUuid === host && !isOpen(row));
    return Math.max(0, ...ended.map((row) => row.id));
  }
}

const isOpen = (row: ReservationRecord): boolean => OPEN_RESERVATION_STATES.includes(row.state);
