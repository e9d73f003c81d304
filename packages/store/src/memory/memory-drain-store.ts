/** Drains in memory. */
import type {
  DrainInstanceChange,
  DrainInstanceKey,
  DrainInstanceRecord,
  DrainMove,
  DrainOpening,
  DrainQuery,
  DrainRecord,
  DrainStore,
  NewDrain,
  NewDrainInstance,
  Page,
} from '@medevac/engine';
import {
  type DrainId,
  type HostName,
  type HostUuid,
  type IncidentId,
  invariant,
  type ServiceUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import {
  assertLegalDrainMove,
  EARLY_RETURN_STATES,
  endedByFailure,
  isDrainOpen,
  leftToIncident,
  UNANSWERED,
} from '../rules/drain-moves.ts';
import { OPEN_RESERVATION_STATES } from '../rules/reservation-moves.ts';
import { copyOf, type MemoryTables, sharedCopiesOf } from './memory-tables.ts';

const EARLY: readonly string[] = EARLY_RETURN_STATES;

export class MemoryDrainStore implements DrainStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async open(drain: NewDrain): Promise<DrainOpening> {
    const against = this.#whatStandsAgainst(drain);
    if (against !== undefined) return copyOf(against);
    const { id, hostUuid, hostName, segmentUuid, parallel, deadlineMs } = drain;
    const { askedBy, note, openedAtMs } = drain;
    const opened: DrainRecord = {
      ...{ id, hostUuid, hostName, segmentUuid, parallel, deadlineMs, askedBy, note, openedAtMs },
      ...{ state: 'draining', message: null, serviceUuid: null, wasEnabled: null, tries: 0 },
      ...{ updatedAtMs: openedAtMs, closedAtMs: null },
    };
    this.#tables.drains.set(id, opened);
    this.#tables.drainInstances.set(id, new Map());
    const host = this.#tables.hosts.get(hostUuid);
    if (host?.onMaintenance === false) {
      const ours = { onMaintenance: true, isMaintenanceOurs: true, updatedAtMs: openedAtMs };
      this.#tables.hosts.set(hostUuid, { ...host, ...ours });
    }
    return { kind: 'opened', drain: copyOf(opened) };
  }

  async read(id: DrainId): Promise<DrainRecord | undefined> {
    return copyOf(this.#tables.drains.get(id));
  }

  async findOpen(host: HostName): Promise<DrainRecord | undefined> {
    return copyOf(this.#findOpen(host));
  }

  async listOpen(limit: number): Promise<readonly DrainRecord[]> {
    return sharedCopiesOf([...this.#tables.drains.values()].filter(isOpen).slice(0, limit));
  }

  async list({ filter, limit, marker }: DrainQuery): Promise<Page<DrainRecord>> {
    const newestFirst = [...this.#tables.drains.values()].reverse();
    const last = newestFirst.findIndex(({ id }) => id === marker);
    if (marker !== undefined && last === -1) return { kind: 'unknown-marker' };
    const { hostName, isOpen: wanted } = filter;
    const rows = newestFirst
      .slice(last + 1)
      .filter((row) => hostName === undefined || row.hostName === hostName)
      .filter((row) => wanted === undefined || isOpen(row) === wanted);
    return { kind: 'page', rows: copyOf(rows.slice(0, limit)) };
  }

  async askCancel(id: DrainId, message: string, atMs: number): Promise<boolean> {
    const row = this.#tables.drains.get(id);
    if (row?.state !== 'draining') return false;
    this.#tables.drains.set(id, { ...row, state: 'cancelling', message, updatedAtMs: atMs });
    return true;
  }

  async askUndrain(id: DrainId, message: string, atMs: number): Promise<boolean> {
    const row = this.#tables.drains.get(id);
    if (row?.state !== 'drained') return false;
    const begun = { state: 'undraining', message, tries: row.tries + 1 } as const;
    this.#tables.drains.set(id, { ...row, ...begun, updatedAtMs: atMs });
    return true;
  }

  async keepService(
    tenure: Tenure,
    id: DrainId,
    {
      serviceUuid,
      wasEnabled,
    }: { readonly serviceUuid: ServiceUuid; readonly wasEnabled: boolean },
  ): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const row = this.#tables.drains.get(id);
      if (row?.serviceUuid === null) {
        this.#tables.drains.set(id, { ...row, serviceUuid, wasEnabled });
      }
      return 'written';
    });
  }

  async move(
    tenure: Tenure,
    id: DrainId,
    { from, to, message, atMs }: DrainMove,
  ): Promise<WriteOutcome | 'lost'> {
    assertLegalDrainMove(from, to);
    return this.#tables.fenced<'written' | 'lost'>(tenure, () => {
      const row = this.#tables.drains.get(id);
      if (row?.state !== from) return 'lost';
      const closedAtMs = isDrainOpen(to) ? null : atMs;
      this.#tables.drains.set(id, { ...row, state: to, message, updatedAtMs: atMs, closedAtMs });
      if (closedAtMs !== null) this.#liftMaintenance(row.hostUuid, atMs);
      return 'written';
    });
  }

  async plan(
    tenure: Tenure,
    id: DrainId,
    instances: readonly NewDrainInstance[],
    atMs: number,
  ): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const rows = this.#tables.drainInstances.get(id);
      invariant(rows !== undefined, `there is no drain ${id}`);
      for (const { instanceUuid, instanceName, place } of instances) {
        const name = rows.get(instanceUuid)?.instanceName ?? instanceName;
        rows.set(instanceUuid, {
          ...{ drainId: id, instanceUuid, instanceName: name, place, status: 'pending' },
          ...{ destHost: null, message: null, updatedAtMs: atMs },
        });
      }
      return 'written';
    });
  }

  async changeInstance(
    tenure: Tenure,
    { drainId: id, instanceUuid: instance }: DrainInstanceKey,
    { status, destHost, message }: DrainInstanceChange,
    atMs: number,
  ): Promise<WriteOutcome | 'lost'> {
    return this.#tables.fenced<'written' | 'lost'>(tenure, () => {
      const drain = this.#tables.drains.get(id);
      const rows = this.#tables.drainInstances.get(id);
      const row = rows?.get(instance);
      if (drain === undefined || !isOpen(drain) || row === undefined) return 'lost';
      rows?.set(instance, {
        ...row,
        updatedAtMs: atMs,
        ...(status === undefined ? {} : { status }),
        ...(destHost === undefined ? {} : { destHost }),
        ...(message === undefined ? {} : { message }),
      });
      return 'written';
    });
  }

  async instancesOf(id: DrainId): Promise<readonly DrainInstanceRecord[]> {
    const rows = [...(this.#tables.drainInstances.get(id)?.values() ?? [])];
    return copyOf(rows.sort((a, b) => a.place - b.place));
  }

  async endOfFailedHost(
    tenure: Tenure,
    host: HostName,
    incident: IncidentId,
    atMs: number,
  ): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const row = this.#findOpen(host);
      if (row === undefined) return 'written';
      const ended = { state: 'host_failed', message: endedByFailure(incident) } as const;
      this.#tables.drains.set(row.id, { ...row, ...ended, updatedAtMs: atMs, closedAtMs: atMs });
      const rows = this.#tables.drainInstances.get(row.id);
      for (const one of rows?.values() ?? []) {
        if (!UNANSWERED.includes(one.status)) continue;
        const answer = { status: 'left', message: leftToIncident(incident) } as const;
        rows?.set(one.instanceUuid, { ...one, ...answer, updatedAtMs: atMs });
      }
      this.#liftMaintenance(row.hostUuid, atMs);
      return 'written';
    });
  }

  #findOpen(host: HostName): DrainRecord | undefined {
    return [...this.#tables.drains.values()].find((row) => row.hostName === host && isOpen(row));
  }

  #whatStandsAgainst({ hostName, hostUuid }: NewDrain): DrainOpening | undefined {
    const { openIncidents, reservations, returns } = this.#tables;
    const drain = this.#findOpen(hostName);
    if (drain !== undefined) return { kind: 'drain', drain };
    const incident = openIncidents.get(hostName);
    if (incident !== undefined) return { kind: 'incident', incident: incident as IncidentId };
    const early = [...returns.values()].find(
      (row) => row.hostName === hostName && EARLY.includes(row.state),
    );
    if (early !== undefined) {
      return { kind: 'return', incident: early.incidentId, state: early.state };
    }
    const reservation = [...reservations.values()].find(
      (row) => row.hostUuid === hostUuid && OPEN_RESERVATION_STATES.includes(row.state),
    );
    return reservation && { kind: 'reservation', failedHost: reservation.failedHost };
  }

  #liftMaintenance(uuid: HostUuid, atMs: number): void {
    const host = this.#tables.hosts.get(uuid);
    if (host?.isMaintenanceOurs !== true) return;
    const lifted = { onMaintenance: false, isMaintenanceOurs: false, updatedAtMs: atMs };
    this.#tables.hosts.set(uuid, { ...host, ...lifted });
  }
}

const isOpen = ({ state }: DrainRecord): boolean => isDrainOpen(state);
