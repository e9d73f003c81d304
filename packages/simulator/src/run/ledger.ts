/**
 * What the run remembers about the product beside its own stores: who holds which lease, in which
 * state each incident is and since when, which hosts stand reported. It listens at the stores
 * themselves, below every fault, and catches a write that should have been refused as stale.
 */
import { type IncidentState, isFinal } from '@medevac/core';
import { EvidenceKind } from '@medevac/engine';
import type { Clock, HostName, IncidentId, Json, ReplicaId } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { Tenure } from '@medevac/workflow';
import { DrainBook } from './drain-book.ts';
import { listening, type Observe } from './listening.ts';
import { ReservedBook } from './reserved-book.ts';
import { SteeringBook } from './steering-book.ts';

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
/** Words from outside that the guests of a host are dead. */
const PROOFS: readonly EvidenceKind[] = [
  EvidenceKind.fenced,
  EvidenceKind.confirmedOff,
  EvidenceKind.proven,
];

type WordOfDeath = { readonly kind: EvidenceKind; readonly content: Json };

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
  /** The newest word from outside about the open incident of a host, until a sign of life. */
  readonly #words = new Map<HostName, WordOfDeath>();
  /** Hears of each of them. */
  onWord: (host: HostName, word: WordOfDeath) => void = () => {};
  /** Who has which reserved host. */
  readonly reserved = new ReservedBook();
  /** Planned maintenance. */
  readonly drains = new DrainBook();
  /** Incidents in which every protected instance was brought back. */
  recovered = 0;
  /** Hears of each final answer. */
  onFinal: (host: HostName, state: IncidentState) => void = () => {};
  /** Hears of each time that the product puts a host on maintenance, and by which lease. */
  onMaintenance: (facts: { readonly lease: string }) => void = () => {};

  /** What operators have asked of incidents. */
  readonly steering: SteeringBook;

  constructor(clock: Clock, violate: (text: string) => void) {
    this.#clock = clock;
    this.#violate = violate;
    this.steering = new SteeringBook(clock, (id) => this.#incidents.get(id)?.host);
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
        this.steering.note(name, parameters, answer);
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
      instanceLocks: at(stores.instanceLocks),
      returns: at(stores.returns),
      drains: at(stores.drains, (name, parameters, answer) =>
        this.drains.note(name, parameters, answer),
      ),
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

  /** How long the open incident of the host has been paused; `undefined`: it is not. */
  pausedForMs(host: HostName): number | undefined {
    const open = this.openIncident(host);
    return open === undefined ? undefined : this.steering.forMs(open.id);
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

  /** What somebody outside says of the guests of the host: `off` or `reset`, while it counts. */
  wordOf(host: HostName): 'none' | 'off' | 'reset' {
    const word = this.#words.get(host);
    if (word === undefined) return 'none';
    return JSON.stringify(word.content).includes('"kind":"reset"') ? 'reset' : 'off';
  }

  /** How long nobody has said anything of the kind about the host of the open incident. */
  wordlessForMs(host: HostName): number {
    if (this.#words.has(host)) return 0;
    const sinceMs = this.#signsOfLife.get(host) ?? this.openIncident(host)?.openedMs;
    return sinceMs === undefined ? 0 : this.#clock.monotonicMs() - sinceMs;
  }

  #noteWord(host: HostName, word: WordOfDeath): void {
    // A reset goes on counting, whatever else is said after it.
    if (this.wordOf(host) !== 'reset') this.#words.set(host, word);
    this.onWord(host, word);
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
      const [host, evidence] = parameters as readonly [HostName, WordOfDeath];
      if (evidence.kind === EvidenceKind.failure) this.#signsOfLife.delete(host);
      if (PROOFS.includes(evidence.kind)) this.#noteWord(host, evidence);
      if (evidence.kind === EvidenceKind.signOfLife) this.#words.delete(host);
      if (evidence.kind === EvidenceKind.signOfLife && !this.#signsOfLife.has(host)) {
        this.#signsOfLife.set(host, this.#clock.monotonicMs());
      }
    }
    if (name === 'openOrJoin') {
      const { incident } = answer as { incident?: { id: IncidentId; hostName: HostName } };
      if (incident !== undefined) this.#signsOfLife.delete(incident.hostName);
      if (incident === undefined || this.#incidents.has(incident.id)) return;
      this.#words.delete(incident.hostName);
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
