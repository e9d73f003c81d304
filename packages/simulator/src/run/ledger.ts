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

export interface IncidentNote {
  readonly id: IncidentId;
  readonly host: HostName;
  readonly state: IncidentState;
  readonly sinceMs: number;
}

interface LeaseNote {
  readonly holder: ReplicaId;
  readonly epoch: number;
}

type Observe = (name: string, parameters: readonly unknown[], answer: unknown) => void;

const REFUSED: readonly unknown[] = ['stale', 'lost', false];

export class Ledger {
  readonly #clock: Clock;
  readonly #violate: (text: string) => void;
  readonly #leases = new Map<string, LeaseNote>();
  readonly #incidents = new Map<IncidentId, IncidentNote>();
  readonly #reported = new Set<HostName>();
  readonly #everReported = new Set<HostName>();
  /** Sign of life that is newer than every report of the open incident: since when it is kept. */
  readonly #signsOfLife = new Map<HostName, number>();
  /** Incidents in which every protected instance was brought back. */
  recovered = 0;

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
      leases: at(stores.leases, (name, parameters, answer) =>
        this.#noteLease(name, parameters, answer),
      ),
      journal: at(stores.journal),
      segments: stores.segments,
      notifications: stores.notifications,
      incidents: at(stores.incidents, (name, parameters, answer) =>
        this.#noteIncident(name, parameters, answer),
      ),
      vmoves: at(stores.vmoves),
      returns: at(stores.returns),
      history: stores.history,
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
    if (isFinal(move.to)) this.#reported.delete(known.host);
  }

  #set(id: IncidentId, host: HostName, state: IncidentState): void {
    this.#incidents.set(id, { id, host, state, sinceMs: this.#clock.monotonicMs() });
  }
}

const isTenure = (value: unknown): value is Tenure =>
  typeof value === 'object' && value !== null && 'lease' in value && 'epoch' in value;

/** Tells of each answered call. */
function listening<Port extends object>(port: Port, observe: Observe): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...parameters: readonly unknown[]) => {
        const answer: unknown = await Reflect.apply(member, target, parameters);
        observe(String(name), parameters, answer);
        return answer;
      };
    },
  });
}
