/** Vmoves in memory. */
import type {
  NewVmove,
  Page,
  VmoveChange,
  VmoveKey,
  VmoveQuery,
  VmoveRecord,
  VmoveSortKey,
  VmoveStore,
} from '@medevac/engine';
import { invariant, type VmoveUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import { equalsFilter, memoryPage } from './memory-list.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

/** A vmove as a list sees it: what was before is no sort key. */
type Listed = Omit<VmoveRecord, 'before'>;

export class MemoryVmoveStore implements VmoveStore {
  readonly #tables: MemoryTables;
  readonly #byUuid = new Map<string, readonly [incident: string, instance: string]>();

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async plan(tenure: Tenure, vmoves: readonly NewVmove[]): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      for (const { incidentId } of vmoves)
        invariant(this.#tables.incidents.has(incidentId), `there is no incident ${incidentId}`);
      for (const vmove of vmoves) this.#planOne(vmove);
      return 'written';
    });
  }

  async change(
    tenure: Tenure,
    { incidentId, instanceUuid }: VmoveKey,
    change: VmoveChange,
    atMs: number,
  ): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const rows = this.#tables.vmoves.get(incidentId);
      const row = rows?.get(instanceUuid);
      invariant(
        rows !== undefined && row !== undefined,
        `incident ${incidentId} has no vmove of instance ${instanceUuid}`,
      );
      rows.set(instanceUuid, {
        ...row,
        status: change.status ?? row.status,
        message: change.message === undefined ? row.message : change.message,
        destHost: change.destHost === undefined ? row.destHost : change.destHost,
        startAtMs: change.startAtMs === undefined ? row.startAtMs : change.startAtMs,
        endAtMs: change.endAtMs === undefined ? row.endAtMs : change.endAtMs,
        updatedAtMs: atMs,
      });
      return 'written';
    });
  }

  async read(uuid: VmoveUuid): Promise<VmoveRecord | undefined> {
    return copyOf(this.#find(uuid));
  }

  async list({ filter, ...query }: VmoveQuery): Promise<Page<VmoveRecord>> {
    const rows = [...this.#tables.vmoves.values()].flatMap((instances) => [...instances.values()]);
    const page = memoryPage<VmoveSortKey, Listed>(rows, query, equalsFilter<Listed>(filter));
    if (page.kind === 'unknown-marker') return page;
    return { kind: 'page', rows: copyOf(page.rows.flatMap(({ uuid }) => this.#find(uuid) ?? [])) };
  }

  #find(uuid: string): VmoveRecord | undefined {
    const [incident, instance] = this.#byUuid.get(uuid) ?? ['', ''];
    return this.#tables.vmoves.get(incident)?.get(instance);
  }

  #planOne(vmove: NewVmove): void {
    const { uuid, incidentId, instanceUuid, instanceName, sourceHost, type } = vmove;
    const { status, message, before, createdAtMs } = vmove;
    const rows = this.#tables.vmoves.get(incidentId) ?? new Map<string, VmoveRecord>();
    if (rows.has(instanceUuid)) return;
    rows.set(instanceUuid, {
      id: this.#tables.nextId('vmove'),
      ...{ uuid, incidentId, instanceUuid, instanceName, sourceHost, type, status, message },
      before: copyOf(before),
      destHost: null,
      startAtMs: null,
      endAtMs: null,
      createdAtMs,
      updatedAtMs: null,
      tries: 0,
    });
    this.#tables.vmoves.set(incidentId, rows);
    this.#byUuid.set(uuid, [incidentId, instanceUuid]);
  }
}
