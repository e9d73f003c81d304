/**
 * What the run remembers about the product beside its own stores: who holds which lease, in which
 * state each incident is and since when, which hosts stand reported. It listens at the stores
 * themselves, below every fault, and catches a write that should have been refused as stale.
 */
import { type IncidentState, isFinal } from '@medevac/core';
import { EvidenceKind } from '@medevac/engine';
import type { Clock, HostName, IncidentId, ReplicaId } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { Tenure } from '@medevac/workflow';
import { listening, type Observe } from './listening.ts';
import { ReservedBook } from './reserved-book.ts';

export interface IncidentNote {
  readonly id: IncidentId;
  readonly host: HostName;
  readonly state: IncidentState;
  readonly sinceMs: number;
  readonly openedMs: number;
}

interface LeaseNote {
  readonly holder: ReplicaId;
  readonly epoch: number;
}

const REFUSED: readonly unknown[] = ['stale', 'lost', false];

export class Ledger {
  readonly #clock: Clock;
  readonly #violate: (text: string) => void;
  readonly #leases = new Map<string, LeaseNote>();
  readonly #incidents = new Map<IncidentId, IncidentNote>();
  readonly #reported = new Set<HostName>();
  readonly #everReported = new Set<HostName>();
  /** Sign of life that is newer than every report of the open incident: since when it is kept. */
  readonly #planned = new Set<string>();
  readonly #signsOfLife = new Map<HostName, number>();
  /** Who has which reserved host. */
  readonly reserved = new ReservedBook();
  /** Incidents in which every protected instance was brought back. */
  recovered = 0;
  /** Hears of each final answer. */
  onFinal: (host: HostName, state: IncidentState) => void = () => {};
  /** Hears of each time that the product puts a host on maintenance, and by which lease. */
  onMaintenance: (facts: { readonly lease: string }) => void = () => {};

  constructor(clock: Clock, violate: (text: string) => void) {
    this.#clock = clock;
    this.#violate = violate;
  }

  /** The stores with the ledger listening at them. */
  listen(stores: Stores): Stores {
    const at = <Port extends object>(port: Port, observe?: Observe): Port =>
      listening(port, (name, parameters, answer) => {
        this.#checkTenure(name, parameters, answer);
        observe?.(name, parameters, answer);
      });
    return {
      ...stores,
      incidentCommands: listening(stores.incidentCommands, (name, parameters, answer) => {
        // A copy of a report counts as any other report does.
        if (name === 'keepCopy' && answer === 'added') {
          this.#signsOfLife.delete(parameters[0] as HostName);
        }
      }),
      leases: at(stores.leases, (name, parameters, answer) =>
        this.#noteLease(name, parameters, answer),
      ),
      journal: at(stores.journal),
      incidents: at(stores.incidents, (name, parameters, answer) =>
        this.#noteIncident(name, parameters, answer),
      ),
      vmoves: at(stores.vmoves, (name, parameters, answer) => {
        const [tenure] = parameters;
        const isKept = name === 'plan' && answer === 'written';
        if (isKept && isTenure(tenure)) this.#planned.add(tenure.lease);
      }),
      returns: at(stores.returns),
      repairs: at(stores.repairs),
      reservations: at(stores.reservations, (name, parameters, answer) =>
        this.reserved.note(name, parameters, answer),
      ),
    };
  }

  /** A report about the host was kept. */
  noteReport(host: HostName): void {
    this.#reported.add(host);
    this.#everReported.add(host);
  }

  /** A report stands that has not had its final answer. */
  isReported(host: HostName): boolean {
    return this.#reported.has(host);
  }

  wasEverReported(host: HostName): boolean {
    return this.#everReported.has(host);
  }

  /** How long the newest evidence about the host has been a sign of life. */
  contradictedForMs(host: HostName): number | undefined {
    const sinceMs = this.#signsOfLife.get(host);
    return sinceMs === undefined ? undefined : this.#clock.monotonicMs() - sinceMs;
  }

  /** The plan of the incident was kept. */
  isPlanned(incident: IncidentId): boolean {
    return [...this.#planned].some((lease) => lease.includes(incident));
  }

  openIncident(host: HostName): IncidentNote | undefined {
    return [...this.#incidents.values()].find((one) => one.host === host && !isFinal(one.state));
  }

  /** The replica holds the lease of a run about the host: its recovery or its return. */
  holdsLease(replica: ReplicaId, host: HostName): boolean {
    const ids = [...this.#incidents.values()].filter((one) => one.host === host);
    return [...this.#leases].some(
      ([name, lease]) => lease.holder === replica && ids.some((one) => name.includes(one.id)),
    );
  }

  #checkTenure(name: string, parameters: readonly unknown[], answer: unknown): void {
    const [first] = parameters;
    if (!isTenure(first) || name === 'release' || REFUSED.includes(answer)) return;
    const epoch = this.#leases.get(first.lease)?.epoch;
    if (epoch === first.epoch) return;
    this.#violate(`${name} under epoch ${first.epoch} of ${first.lease}, which is at ${epoch}`);
  }

  #noteLease(name: string, parameters: readonly unknown[], answer: unknown): void {
    if (name === 'take' && isTenure(answer)) {
      const holder = parameters[2] as ReplicaId;
      this.#leases.set(answer.lease, { holder, epoch: answer.epoch });
    }
    const [tenure] = parameters;
    if (name !== 'release' || !isTenure(tenure)) return;
    if (this.#leases.get(tenure.lease)?.epoch === tenure.epoch) this.#leases.delete(tenure.lease);
  }

  #noteIncident(name: string, parameters: readonly unknown[], answer: unknown): void {
    const [first] = parameters;
    if (name === 'setMaintenance' && isTenure(first) && answer === 'written') {
      this.onMaintenance({ lease: first.lease });
    }
    if (name === 'addEvidence' && answer === 'added') {
      const [host, evidence] = parameters as readonly [HostName, { kind: EvidenceKind }];
      if (evidence.kind === EvidenceKind.failure) this.#signsOfLife.delete(host);
      else if (!this.#signsOfLife.has(host)) {
        this.#signsOfLife.set(host, this.#clock.monotonicMs());
      }
    }
    if (name === 'openOrJoin') {
      const { incident } = answer as { incident?: { id: IncidentId; hostName: HostName } };
      if (incident !== undefined) this.#signsOfLife.delete(incident.hostName);
      if (incident === undefined || this.#incidents.has(incident.id)) return;
      this.#set(incident.id, incident.hostName, 'suspected');
    }
    if (name !== 'move' || answer !== 'written') return;
    const [, id, move] = parameters as readonly [Tenure, IncidentId, { to: IncidentState }];
    const known = this.#incidents.get(id);
    if (known === undefined || known.state === move.to) return;
    this.#set(id, known.host, move.to);
    if (move.to === 'recovered') this.recovered += 1;
    if (!isFinal(move.to)) return;
    this.#reported.delete(known.host);
    this.onFinal(known.host, move.to);
  }

  #set(id: IncidentId, host: HostName, state: IncidentState): void {
    const nowMs = this.#clock.monotonicMs();
    const openedMs = this.#incidents.get(id)?.openedMs ?? nowMs;
    this.#incidents.set(id, { id, host, state, sinceMs: nowMs, openedMs });
  }
}

const isTenure = (value: unknown): value is Tenure =>
  typeof value === 'object' && value !== null && 'lease' in value && 'epoch' in value;
