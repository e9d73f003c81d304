/** Leases in memory. */
import type { ReplicaId } from '@medevac/kernel';
import type { LeaseRow, LeaseStore, Tenure } from '@medevac/workflow';
import { copyOf, type MemoryTables } from './memory-tables.ts';

export class MemoryLeaseStore implements LeaseStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async read(name: string): Promise<LeaseRow | undefined> {
    return copyOf(this.#tables.leases.get(name));
  }

  async take(
    name: string,
    seen: Pick<LeaseRow, 'epoch' | 'beat'> | undefined,
    holder: ReplicaId,
  ): Promise<Tenure | undefined> {
    const row = this.#tables.leases.get(name);
    if (row?.epoch !== seen?.epoch || row?.beat !== seen?.beat) return undefined;
    const epoch = (seen?.epoch ?? 0) + 1;
    this.#tables.leases.set(name, { name, holder, epoch, beat: 0 });
    return { lease: name, epoch };
  }

  async renew(tenure: Tenure): Promise<boolean> {
    return this.#tables.fenced(tenure, () => 'renewed') === 'renewed';
  }

  async release(tenure: Tenure): Promise<void> {
    const row = this.#tables.leases.get(tenure.lease);
    if (row?.epoch === tenure.epoch) this.#tables.leases.set(row.name, { ...row, holder: null });
  }
}
