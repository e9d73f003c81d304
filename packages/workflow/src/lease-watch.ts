/**
 * When a lease of somebody else may be taken over. A challenger remembers, by its own monotonic
 * clock, since when the pair (epoch, beat) has not moved; wall clocks of machines are never
 * compared.
 */
import type { LeaseRow } from './lease-store.ts';

interface Seen {
  readonly epoch: number;
  readonly beat: number;
  readonly sinceMs: number;
}

export class LeaseWatch {
  readonly #leaseMs: number;
  readonly #seen = new Map<string, Seen>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Notes the row as it is read now; true once it has stood still for a whole lease. */
  isAbandoned(row: LeaseRow, nowMs: number): boolean {
    const seen = this.#seen.get(row.name);
    if (seen === undefined || seen.epoch !== row.epoch || seen.beat !== row.beat) {
      this.#seen.set(row.name, { epoch: row.epoch, beat: row.beat, sinceMs: nowMs });
      return false;
    }
    return nowMs - seen.sinceMs >= this.#leaseMs;
  }

  /** Forgets leases that nobody asks about any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
  }
}
