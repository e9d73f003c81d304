/**
 * Nova's database: services, instances, migrations and Placement's allocations, with Nova's own
 * clock and stamps. Rows are changed by the API, the conductor and the nova-computes of the world.
 */
import type { Clock, HostName, InstanceUuid, ServiceUuid } from '@medevac/kernel';
import type { Migration, Server } from '@medevac/openstack';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
export type ServerRow = Mutable<Server>;
export type MigrationRow = Mutable<Migration>;

export interface ServiceRow {
  readonly uuid: ServiceUuid;
  readonly host: HostName;
  status: 'enabled' | 'disabled';
  disabledReason: string | null;
  forcedDown: boolean;
  /** Nova's time of the last report, and of the last change through the API. */
  reportedMs: number;
  changedMs: number;
  isCellDown: boolean;
}

/** Nova's clock is not ours: nobody may compare the two. */
const NOVA_AHEAD_MS = 7_200_000;

export class NovaTables {
  readonly services = new Map<HostName, ServiceRow>();
  readonly servers = new Map<InstanceUuid, ServerRow>();
  readonly migrations: MigrationRow[] = [];
  /** Placement: which hosts hold room for an instance. */
  readonly allocations = new Map<InstanceUuid, Set<HostName>>();
  readonly rooms = new Map<HostName, number>();
  readonly serviceDownMs: number;
  readonly #clock: Clock;

  constructor(clock: Clock, serviceDownMs: number) {
    this.#clock = clock;
    this.serviceDownMs = serviceDownMs;
  }

  nowMs(): number {
    return this.#clock.wallMs() + NOVA_AHEAD_MS;
  }

  /** To whole seconds and without a zone, as on MariaDB. */
  stamp(ms = this.nowMs()): string {
    return `${new Date(ms).toISOString().slice(0, 19)}.000000`;
  }

  service(host: HostName | null): ServiceRow {
    const row = host === null ? undefined : this.services.get(host);
    if (row === undefined) throw new Error(`Nova knows no host ${host}`);
    return row;
  }

  isUp(row: ServiceRow): boolean {
    return !row.forcedDown && this.nowMs() - row.reportedMs <= this.serviceDownMs;
  }

  touch(server: ServerRow, change: Partial<Server>): void {
    Object.assign(server, change, { updatedAt: this.stamp() });
  }

  setMigration(migration: MigrationRow, status: string): void {
    migration.status = status;
    migration.updatedAt = this.stamp();
  }

  addMigration(server: ServerRow): MigrationRow {
    const migration: MigrationRow = {
      id: this.migrations.length + 1,
      instanceUuid: server.uuid,
      type: 'evacuation',
      status: 'accepted',
      sourceHost: server.host,
      destHost: null,
      createdAt: this.stamp(),
      updatedAt: null,
    };
    this.migrations.push(migration);
    return migration;
  }

  hasOpenEvacuation(uuid: InstanceUuid): boolean {
    return this.migrations.some(
      (one) => one.instanceUuid === uuid && (isBegun(one) || one.status === 'accepted'),
    );
  }

  allocate(uuid: InstanceUuid, host: HostName): void {
    const holders = this.allocations.get(uuid) ?? new Set<HostName>();
    this.allocations.set(uuid, holders.add(host));
  }

  free(uuid: InstanceUuid, host: HostName): void {
    this.allocations.get(uuid)?.delete(host);
  }

  /** Instances that the host could still take. */
  roomOn(host: HostName): number {
    const taken = [...this.allocations.values()].filter((holders) => holders.has(host)).length;
    return (this.rooms.get(host) ?? 0) - taken;
  }

  forgetServer(uuid: InstanceUuid): void {
    this.servers.delete(uuid);
    this.allocations.delete(uuid);
  }
}

export const isBegun = (migration: MigrationRow): boolean => migration.status === 'pre-migrating';
