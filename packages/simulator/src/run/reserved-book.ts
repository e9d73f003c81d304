/**
 * Who has which reserved host, as the reservation store was told: what the invariants of reserved
 * hosts are judged on. It listens at the store itself, below every fault.
 */
import type { NewReservation, ReservationMove, ReservationRecord } from '@medevac/engine';
import type { HostName, IncidentId } from '@medevac/kernel';
import type { HeldFacts } from '../invariants/reserved.ts';

interface Use {
  readonly incident: IncidentId;
  readonly failedHost: HostName;
  isHeld: boolean;
}

export class ReservedBook {
  readonly #uses = new Map<HostName, Use[]>();
  readonly #known = new Map<number, ReservationRecord>();
  /** Hears of each reserved host that is held anew. */
  onHeld: (facts: HeldFacts) => void = () => {};

  /** What the store answered to one call. */
  note(name: string, parameters: readonly unknown[], answer: unknown): void {
    for (const row of Array.isArray(answer) ? (answer as ReservationRecord[]) : []) {
      this.#known.set(row.id, row);
    }
    if (name === 'reserve' && answer === 'written') this.#hold(parameters[1] as NewReservation);
    if (name !== 'move' || answer !== 'written') return;
    const [, id, move] = parameters as readonly [unknown, number, ReservationMove];
    const row = this.#known.get(id);
    const isEnd = move.to === 'given_back' || move.to === 'used';
    if (row === undefined || !isEnd) return;
    const uses = this.#uses.get(row.hostName) ?? [];
    const use = uses.find((one) => one.isHeld && one.incident === row.incidentId);
    if (use === undefined) return;
    use.isHeld = false;
    if (move.to === 'given_back') uses.splice(uses.indexOf(use), 1);
  }

  /** Failed hosts for which it is held, or that it has served. */
  serves(host: HostName): readonly HostName[] {
    return (this.#uses.get(host) ?? []).map((use) => use.failedHost);
  }

  /** The failed host for which it is held now. */
  heldFor(host: HostName): HostName | undefined {
    return (this.#uses.get(host) ?? []).find((use) => use.isHeld)?.failedHost;
  }

  #hold({ hostName, incidentId, failedHost }: NewReservation): void {
    const uses = this.#uses.get(hostName) ?? [];
    this.#uses.set(hostName, uses);
    const held = uses.filter((use) => use.isHeld);
    if (held.some((use) => use.incident === incidentId)) return;
    uses.push({ incident: incidentId, failedHost, isHeld: true });
    const holders = [...held.map((use) => use.failedHost), failedHost];
    this.onHeld({ host: hostName, holders });
  }
}
