/**
 * Nova's database: services, instances, migrations and Placement's allocations, with Nova's own
 * clock and stamps. Rows are changed by the API, the conductor and the nova-computes of the world.
 */
import type { Clock, HostName, InstanceUuid, ServiceUuid } from '@medevac/kernel';
import type { ActionRecord, Migration, Server } from '@medevac/openstack';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
export type ServerRow = Mutable<Server>;
export type MigrationRow = Mutable<Migration>;

/** Whose request began something: a client of the API, or an operator past it. */
export type Asker = 'client' | 'operator';

/** A migration that has not ended, as it really is. */
export interface OpenMigration {
  readonly id: number;
  readonly type: string;
  readonly by: Asker;
  readonly openForMs: number;
  /** Hosts beside the one that Nova names for the instance on which it may begin to run. */
  readonly otherHosts: readonly HostName[];
  /** Something may still come of it: a host is being chosen, or one of the others acts on it. */
  readonly isAlive: boolean;
}

export interface ServiceRow {
  uuid: ServiceUuid;
  readonly host: HostName;
  status: 'enabled' | 'disabled';
  disabledReason: string | null;
  forcedDown: boolean;
  /** Nova's time of the last report, and of the last change through the API. */
  reportedMs: number;
  changedMs: number;
  isCellDown: boolean;
  /** An operator has deleted the record; the next start of nova-compute makes a new one. */
  isDeleted: boolean;
}

/** A request about an instance, as Nova keeps it; `userId` is `null` for Nova itself. */
export interface InstanceAction {
  readonly instance: InstanceUuid;
  readonly action: string;
  readonly userId: string | null;
}

const FINAL: readonly string[] = [
  'done',
  'completed',
  'confirmed',
  'reverted',
  'error',
  'failed',
  'cancelled',
];

/** Nova's clock is not ours: nobody may compare the two. */
const NOVA_AHEAD_MS = 7_200_000;
const DAY_MS = 86_400_000;
const STAMPS_KEPT = 128;

export class NovaTables {
  readonly services = new Map<HostName, ServiceRow>();
  readonly servers = new Map<InstanceUuid, ServerRow>();
  readonly migrations: MigrationRow[] = [];
  onAction: ((action: InstanceAction) => void) | undefined;
  /** Its nova-compute runs, or stands still and may go on. */
  isActing: (host: HostName) => boolean = () => true;
  /** Evacuations that a host had begun when it lost its memory: nothing comes of them. */
  readonly #lost = new Set<number>();
  /** Evacuations of an instance for which the conductor chooses a host. */
  readonly scheduling = new Map<InstanceUuid, number>();
  readonly #actions = new Map<InstanceUuid, ActionRecord[]>();
  readonly #migrationsOf = new Map<InstanceUuid, MigrationRow[]>();
  /** Placement: which hosts hold room for an instance. */
  readonly #allocations = new Map<InstanceUuid, Set<HostName>>();
  /** How many instances hold room on each host: the scheduler asks for every host at every call. */
  readonly #taken = new Map<HostName, number>();
  readonly rooms = new Map<HostName, number>();
  readonly serviceDownMs: number;
  readonly #begun = new Map<number, { readonly by: Asker; readonly atMs: number }>();
  readonly #clock: Clock;
  /** The same few seconds are asked for by every list of services. */
  readonly #stamps = new Map<number, string>();
  #today = { number: Number.NaN, date: '' };

  constructor(clock: Clock, serviceDownMs: number) {
    this.#clock = clock;
    this.serviceDownMs = serviceDownMs;
  }

  nowMs(): number {
    return this.#clock.wallMs() + NOVA_AHEAD_MS;
  }

  /** To whole seconds and without a zone, as on MariaDB. */
  stamp(ms = this.nowMs()): string {
    const second = Math.floor(ms / 1000);
    const known = this.#stamps.get(second);
    if (known !== undefined) return known;
    if (this.#stamps.size >= STAMPS_KEPT) this.#stamps.clear();
    const stamp = this.#writeStamp(ms);
    this.#stamps.set(second, stamp);
    return stamp;
  }

  #writeStamp(ms: number): string {
    const number = Math.floor(ms / DAY_MS);
    if (this.#today.number !== number) {
      this.#today = { number, date: new Date(ms).toISOString().slice(0, 10) };
    }
    const seconds = Math.floor((ms - number * DAY_MS) / 1000);
    const [hour, minute] = [twoDigits(seconds / 3600), twoDigits((seconds / 60) % 60)];
    return `${this.#today.date}T${hour}:${minute}:${twoDigits(seconds % 60)}.000000`;
  }

  service(host: HostName | null): ServiceRow {
    const row = host === null ? undefined : this.services.get(host);
    if (row === undefined) throw new Error(`Nova knows no host ${host}`);
    return row;
  }

  isUp(row: ServiceRow): boolean {
    return !row.isDeleted && !row.forcedDown && this.nowMs() - row.reportedMs <= this.serviceDownMs;
  }

  touch(server: ServerRow, change: Partial<Server>): void {
    Object.assign(server, change, { updatedAt: this.stamp() });
  }

  /** What was asked for the instance, newest first. */
  actionsOf(uuid: InstanceUuid): readonly ActionRecord[] {
    return this.#actions.get(uuid) ?? [];
  }

  /** `userId`: who asked, `null` for Nova itself. */
  noteAction(uuid: InstanceUuid, action: string, userId: string | null): void {
    this.onAction?.({ instance: uuid, action, userId });
    this.recordAction(uuid, action, userId);
  }

  /** What changes no guest: nobody who listens for actions has to hear of it. */
  recordAction(uuid: InstanceUuid, action: string, userId: string | null): void {
    const all = this.#actions.get(uuid) ?? [];
    const requestId = `req-${uuid}-${all.length + 1}`;
    this.#actions.set(uuid, [{ action, requestId, userId }, ...all]);
  }

  /** The machine has lost its memory, and with it what it had begun. */
  loseBegun(host: HostName): void {
    for (const one of this.migrations) {
      const isBegun = one.destHost === host && one.status !== 'accepted' && isOpen(one);
      if (isBegun && one.type === 'evacuation') this.#lost.add(one.id);
    }
  }

  setMigration(migration: MigrationRow, status: string): void {
    this.#lost.delete(migration.id);
    migration.status = status;
    migration.updatedAt = this.stamp();
  }

  addMigration(server: ServerRow, type: string, by: Asker): MigrationRow {
    const migration: MigrationRow = {
      id: this.migrations.length + 1,
      instanceUuid: server.uuid,
      type,
      status: 'accepted',
      sourceHost: server.host,
      destHost: null,
      createdAt: this.stamp(),
      updatedAt: null,
    };
    this.migrations.push(migration);
    const ofServer = this.#migrationsOf.get(server.uuid);
    if (ofServer === undefined) this.#migrationsOf.set(server.uuid, [migration]);
    else ofServer.push(migration);
    this.#begun.set(migration.id, { by, atMs: this.#clock.monotonicMs() });
    return migration;
  }

  /** Counts calls for which the conductor chooses a host. */
  countScheduling(uuid: InstanceUuid, change: 1 | -1): void {
    const count = (this.scheduling.get(uuid) ?? 0) + change;
    if (count > 0) this.scheduling.set(uuid, count);
    else this.scheduling.delete(uuid);
  }

  /** Nova's conductor takes the first record that it finds, whichever call has made it. */
  oldestAccepted(uuid: InstanceUuid): MigrationRow | undefined {
    return this.#migrationsOf.get(uuid)?.find((one) => one.status === 'accepted');
  }

  /** Migrations of the instance that have not ended, oldest first. */
  openMigrations(uuid: InstanceUuid): readonly OpenMigration[] {
    const own = this.servers.get(uuid)?.host;
    return (this.#migrationsOf.get(uuid) ?? [])
      .filter((one) => isOpen(one))
      .map((one) => {
        const { by, atMs } = this.#begun.get(one.id) ?? { by: 'client', atMs: 0 };
        const named = [one.sourceHost, one.destHost].filter((host) => host !== null);
        // Until the destination has read its message, Placement alone knows it.
        const meant = one.destHost === null ? this.allocationsOf(uuid) : [];
        const otherHosts = [...new Set([...named, ...meant])].filter((host) => host !== own);
        const openForMs = this.#clock.monotonicMs() - atMs;
        const isScheduled = one.type !== 'evacuation' || !this.scheduling.has(uuid);
        const mayGoOn = !this.#lost.has(one.id) && otherHosts.some((host) => this.isActing(host));
        const isAlive = !isScheduled || mayGoOn;
        return { id: one.id, type: one.type, by, openForMs, otherHosts, isAlive };
      });
  }

  /** Where the scheduler puts the instance: the host with most room, or the one asked for. */
  pickDestination(server: ServerRow, target?: HostName): HostName | undefined {
    let chosen: HostName | undefined;
    let most = 0;
    for (const row of this.services.values()) {
      const room = this.roomOn(row.host);
      if (room <= most || !this.isUp(row) || row.status !== 'enabled' || row.isCellDown) continue;
      if (row.host === server.host || (target ?? row.host) !== row.host) continue;
      chosen = row.host;
      most = room;
    }
    return chosen;
  }

  /** Hosts that hold room for the instance. */
  allocationsOf(uuid: InstanceUuid): readonly HostName[] {
    return [...(this.#allocations.get(uuid) ?? [])];
  }

  allocate(uuid: InstanceUuid, host: HostName): void {
    const holders = this.#allocations.get(uuid) ?? new Set<HostName>();
    if (holders.has(host)) return;
    this.#allocations.set(uuid, holders.add(host));
    this.#taken.set(host, (this.#taken.get(host) ?? 0) + 1);
  }

  free(uuid: InstanceUuid, host: HostName): void {
    if (this.#allocations.get(uuid)?.delete(host) !== true) return;
    this.#taken.set(host, (this.#taken.get(host) ?? 0) - 1);
  }

  /** Instances that the host could still take. */
  roomOn(host: HostName): number {
    return (this.rooms.get(host) ?? 0) - (this.#taken.get(host) ?? 0);
  }

  forgetServer(uuid: InstanceUuid): void {
    this.servers.delete(uuid);
    for (const host of this.allocationsOf(uuid)) this.free(uuid, host);
    this.#allocations.delete(uuid);
  }
}

const twoDigits = (value: number): string => {
  const whole = Math.floor(value);
  return whole < 10 ? `0${whole}` : `${whole}`;
};

const isOpen = (migration: MigrationRow): boolean => !FINAL.includes(migration.status);

/** nova-compute has started and finds no record of itself: it makes one. */
export function registerAnew(row: ServiceRow): void {
  const number = Number.parseInt(row.uuid.slice(-12), 16) + 0x1000;
  row.uuid = `${row.uuid.slice(0, -12)}${number.toString(16).padStart(12, '0')}` as ServiceUuid;
  row.isDeleted = false;
  row.status = 'enabled';
  row.disabledReason = null;
  row.forcedDown = false;
}
