/** Segments and hosts in memory. */
import { WORKING_STATES } from '@medevac/core';
import type {
  Change,
  Creation,
  Deletion,
  HostFields,
  HostQuery,
  HostRecord,
  HostSortKey,
  Page,
  SegmentFields,
  SegmentQuery,
  SegmentRecord,
  SegmentSortKey,
  SegmentStore,
} from '@medevac/engine';
import type { HostName, HostUuid, SegmentUuid } from '@medevac/kernel';
import { equalsFilter, memoryPage } from './memory-list.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

export class MemorySegmentStore implements SegmentStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async createSegment(
    uuid: SegmentUuid,
    fields: SegmentFields,
    atMs: number,
  ): Promise<Creation<SegmentRecord>> {
    if (isTaken(this.#tables.segments, fields.name)) return { kind: 'name-taken' };
    const { name, description, serviceType, recoveryMethod, enabled } = fields;
    const kept = { name, description, serviceType, recoveryMethod, enabled };
    const row: SegmentRecord = {
      ...kept,
      id: this.#tables.nextId('segment'),
      uuid,
      createdAtMs: atMs,
      updatedAtMs: null,
    };
    this.#tables.segments.set(uuid, row);
    return { kind: 'created', row: copyOf(row) };
  }

  async readSegment(uuid: SegmentUuid): Promise<SegmentRecord | undefined> {
    return copyOf(this.#tables.segments.get(uuid));
  }

  async listSegments({ filter, ...query }: SegmentQuery): Promise<Page<SegmentRecord>> {
    const rows = this.#tables.segments.values();
    return memoryPage<SegmentSortKey, SegmentRecord>(rows, query, equalsFilter(filter));
  }

  async updateSegment(
    uuid: SegmentUuid,
    fields: Partial<SegmentFields>,
    atMs: number,
  ): Promise<Change<SegmentRecord>> {
    const row = this.#tables.segments.get(uuid);
    if (row === undefined) return { kind: 'missing' };
    if (this.#isInUse(uuid)) return { kind: 'in-use' };
    if (isTaken(this.#tables.segments, fields.name, uuid)) return { kind: 'name-taken' };
    const changed = { ...row, ...given(fields), updatedAtMs: atMs };
    this.#tables.segments.set(uuid, changed);
    return { kind: 'changed', row: copyOf(changed) };
  }

  async deleteSegment(uuid: SegmentUuid): Promise<Deletion> {
    if (!this.#tables.segments.has(uuid)) return 'missing';
    if (this.#isInUse(uuid)) return 'in-use';
    this.#tables.segments.delete(uuid);
    for (const host of this.#tables.hosts.values())
      if (host.segmentUuid === uuid) this.#tables.hosts.delete(host.uuid);
    return 'deleted';
  }

  async createHost(
    uuid: HostUuid,
    segmentUuid: SegmentUuid,
    fields: HostFields,
    atMs: number,
  ): Promise<Creation<HostRecord>> {
    if (!this.#tables.segments.has(segmentUuid)) return { kind: 'missing' };
    if (isTaken(this.#tables.hosts, fields.name)) return { kind: 'name-taken' };
    const { name, type, controlAttributes, reserved, onMaintenance } = fields;
    const kept = { name, type, controlAttributes, reserved, onMaintenance };
    const row: HostRecord = {
      ...kept,
      isMaintenanceOurs: false,
      id: this.#tables.nextId('host'),
      uuid,
      segmentUuid,
      createdAtMs: atMs,
      updatedAtMs: null,
    };
    this.#tables.hosts.set(uuid, row);
    return { kind: 'created', row: copyOf(row) };
  }

  async readHost(uuid: HostUuid): Promise<HostRecord | undefined> {
    return copyOf(this.#tables.hosts.get(uuid));
  }

  async findHost(name: HostName): Promise<HostRecord | undefined> {
    return copyOf([...this.#tables.hosts.values()].find((host) => host.name === name));
  }

  async listHosts({ filter, ...query }: HostQuery): Promise<Page<HostRecord>> {
    const rows = this.#tables.hosts.values();
    return memoryPage<HostSortKey, HostRecord>(rows, query, equalsFilter(filter));
  }

  async updateHost(
    uuid: HostUuid,
    fields: Partial<HostFields>,
    atMs: number,
  ): Promise<Change<HostRecord>> {
    const row = this.#tables.hosts.get(uuid);
    if (row === undefined) return { kind: 'missing' };
    if (this.#isInUse(row.segmentUuid)) return { kind: 'in-use' };
    if (isTaken(this.#tables.hosts, fields.name, uuid)) return { kind: 'name-taken' };
    const origin = fields.onMaintenance === undefined ? {} : { isMaintenanceOurs: false };
    const changed = { ...row, ...given(fields), ...origin, updatedAtMs: atMs };
    this.#tables.hosts.set(uuid, changed);
    return { kind: 'changed', row: copyOf(changed) };
  }

  async deleteHost(uuid: HostUuid): Promise<Deletion> {
    const row = this.#tables.hosts.get(uuid);
    if (row === undefined) return 'missing';
    if (this.#isInUse(row.segmentUuid)) return 'in-use';
    this.#tables.hosts.delete(uuid);
    return 'deleted';
  }

  #isInUse(segment: SegmentUuid): boolean {
    for (const id of this.#tables.openIncidents.values()) {
      const incident = this.#tables.incidents.get(id);
      if (incident?.segmentUuid === segment && WORKING_STATES.includes(incident.state)) return true;
    }
    return false;
  }
}

/** Whether another live row than `own` has the name. */
function isTaken(
  rows: ReadonlyMap<string, { readonly name: string; readonly uuid: string }>,
  name: string | undefined,
  own?: string,
): boolean {
  if (name === undefined) return false;
  return [...rows.values()].some((row) => row.name === name && row.uuid !== own);
}

function given<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Fields;
}
