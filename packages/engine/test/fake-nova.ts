/**
 * Nova and Placement in memory, with the rules of Nova 26 that a recovery depends on, on simulated
 * time. Everything that would hurt a real cloud is kept as a violation: a second evacuation beside
 * one under way, a guest started where another one of the same instance runs.
 */
import {
  type Clock,
  type HostName,
  type InstanceUuid,
  OperationalError,
  type ServiceUuid,
} from '@medevac/kernel';
import {
  type ActionOutcome,
  type Call,
  type ComputeService,
  cloudErrors,
  type EvacuateOutcome,
  type Migration,
  type MigrationQuery,
  type Nova,
  type Placement,
  type Server,
  type ServerList,
  type ServerQuery,
  type ServiceChange,
  type ServiceChangeOutcome,
  type ServiceView,
} from '@medevac/openstack';
import { NovaFaults } from './nova-faults.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface FakeHost {
  readonly name: HostName;
  readonly uuid: ServiceUuid;
  status: 'enabled' | 'disabled';
  disabledReason: string | null;
  forcedDown: boolean;
  /** Whether its nova-compute reports; since or until when. */
  isAlive: boolean;
  /** Its own rhythm; set it before the first report. */
  reportMs: number;
  sinceMs: number;
  lastReportMs: number;
  writtenMs: number;
  isCellDown: boolean;
  /** Instances that it still takes. */
  room: number;
  /** The next claims that fail here. */
  failingClaims: number;
}

export interface FakeNovaOptions {
  readonly clock: Clock;
  readonly reportMs?: number;
  /** From the call to the claim at the destination, and from there to the running guest. */
  readonly scheduleMs?: number;
  readonly bootMs?: number;
  /** Releases before Nova 26 answer 409 while any task is set. */
  readonly refusesBusy?: boolean;
  /** Of each call, half before it is carried out and half after. */
  readonly latencyMs?: number;
  /** Stamps as on MariaDB; otherwise to the microsecond, as on SQLite and PostgreSQL. */
  readonly wholeSeconds?: boolean;
}

const SERVICE_DOWN_MS = 60_000;
/** Nova's clock is not ours: nobody may compare the two. */
const NOVA_AHEAD_MS = 7_200_000;
const EVACUABLE = ['active', 'stopped', 'error'];

export class FakeNova implements Nova, Placement {
  readonly faults: NovaFaults;
  readonly hosts = new Map<HostName, FakeHost>();
  readonly servers = new Map<InstanceUuid, Mutable<Server>>();
  readonly migrations: Mutable<Migration>[] = [];
  /** Every change that Nova carried out, in order. */
  readonly writes: string[] = [];
  readonly calls: string[] = [];
  /** Guests started by evacuations, as `instance@host`. */
  readonly starts: string[] = [];
  readonly violations: string[] = [];
  readonly #options: Required<FakeNovaOptions>;
  readonly #running = new Map<InstanceUuid, Set<HostName>>();

  constructor(options: FakeNovaOptions) {
    this.#options = {
      reportMs: 10_000,
      scheduleMs: 2_000,
      bootMs: 8_000,
      refusesBusy: false,
      latencyMs: 20,
      wholeSeconds: true,
      ...options,
    };
    this.faults = new NovaFaults(options.clock);
  }

  addHost(name: string, room = 1_000): FakeHost {
    const nowMs = this.#nowMs();
    const number = String(this.hosts.size + 1).padStart(12, '0');
    const host: FakeHost = {
      name: name as HostName,
      uuid: `00000000-0000-4000-9000-${number}` as ServiceUuid,
      status: 'enabled',
      disabledReason: null,
      forcedDown: false,
      isAlive: true,
      reportMs: this.#options.reportMs,
      sinceMs: nowMs,
      lastReportMs: nowMs,
      writtenMs: 0,
      isCellDown: false,
      room,
      failingClaims: 0,
    };
    this.hosts.set(host.name, host);
    return host;
  }

  addServer(host: string, change: Partial<Server> = {}): InstanceUuid {
    const number = String(this.servers.size + 1).padStart(12, '0');
    const uuid = `00000000-0000-4000-a000-${number}` as InstanceUuid;
    const stamp = this.#stampOf(this.#nowMs() + this.servers.size * 1_000);
    const server: Server = {
      uuid,
      name: `vm-${this.servers.size + 1}`,
      host: host as HostName,
      projectId: 'project',
      vmState: 'active',
      taskState: null,
      powerState: 1,
      locked: false,
      metadata: {},
      imageUuid: 'image',
      createdAt: stamp,
      updatedAt: stamp,
      ...change,
    };
    this.servers.set(uuid, server);
    this.#running.set(uuid, new Set(server.vmState === 'active' ? [host as HostName] : []));
    return uuid;
  }

  addMigration(change: Partial<Migration> & Pick<Migration, 'instanceUuid'>): Mutable<Migration> {
    const migration: Mutable<Migration> = {
      id: this.migrations.length + 1,
      type: 'evacuation',
      status: 'accepted',
      sourceHost: null,
      destHost: null,
      createdAt: this.#stampOf(this.#nowMs()),
      updatedAt: null,
      ...change,
    };
    this.migrations.push(migration);
    return migration;
  }

  host(name: string): FakeHost {
    const host = this.hosts.get(name as HostName);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  server(uuid: InstanceUuid): Mutable<Server> {
    const server = this.servers.get(uuid);
    if (server === undefined) throw new Error(`no instance ${uuid}`);
    return server;
  }

  /** The machine loses its power: reports end, guests die. */
  crash(name: string): void {
    const host = this.host(name);
    this.#reportsUntilNow(host);
    host.isAlive = false;
    for (const hosts of this.#running.values()) hosts.delete(host.name);
  }

  /** nova-compute reports again; the guests were not started. After its start it cleans up. */
  revive(name: string, cleanUpMs = 5_000): void {
    const host = this.host(name);
    host.isAlive = true;
    host.sinceMs = this.#nowMs();
    host.lastReportMs = host.sinceMs;
    void this.#later(cleanUpMs, () => {
      for (const one of this.migrations) {
        if (one.sourceHost === host.name && one.status === 'done') this.#set(one, 'completed');
      }
    });
  }

  evacuationsOf(uuid: InstanceUuid): readonly Migration[] {
    return this.migrations.filter((one) => one.instanceUuid === uuid && one.type === 'evacuation');
  }

  listComputeServices(
    query: { readonly host?: HostName },
    call: Call,
  ): Promise<readonly ServiceView[]> {
    return this.#serve('listComputeServices', call, () =>
      [...this.hosts.values()]
        .filter((host) => query.host === undefined || host.name === query.host)
        .map((host) => this.#viewOf(host)),
    );
  }

  changeService(
    uuid: ServiceUuid,
    change: ServiceChange,
    call: Call,
  ): Promise<ServiceChangeOutcome> {
    return this.#serve('changeService', call, () => this.#change(uuid, change));
  }

  listServers(query: ServerQuery, call: Call): Promise<ServerList> {
    return this.#serve('listServers', call, () => {
      const on = [...this.servers.values()].filter((one) => one.host === query.host);
      if (this.hosts.get(query.host)?.isCellDown === true) {
        if (on.length === 0) throw new OperationalError(cloudErrors.cellDown, 'cell is down');
        return { servers: [], unseen: on.map((one) => one.uuid) };
      }
      const since = query.changedSince ?? '';
      return { servers: on.filter((one) => one.updatedAt >= since).map(copyOf), unseen: [] };
    });
  }

  readServer(uuid: InstanceUuid, call: Call): Promise<Server | undefined> {
    return this.#serve('readServer', call, () => {
      const server = this.servers.get(uuid);
      return server === undefined ? undefined : copyOf(server);
    });
  }

  listMigrations(query: MigrationQuery, call: Call): Promise<readonly Migration[]> {
    return this.#serve('listMigrations', call, () =>
      this.migrations
        .filter((one) => isAskedFor(one, query) && !this.#isUnseen(one))
        .map(copyOf)
        .toReversed(),
    );
  }

  evacuate(uuid: InstanceUuid, host: HostName | undefined, call: Call): Promise<EvacuateOutcome> {
    return this.#serve('evacuate', call, () => this.#evacuate(uuid, host));
  }

  resetState(uuid: InstanceUuid, state: 'active' | 'error', call: Call): Promise<ActionOutcome> {
    return this.#serve('resetState', call, () => {
      const server = this.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      if (this.#hasOpenEvacuation(uuid)) this.violations.push(`reset ${uuid} while it is rebuilt`);
      this.writes.push(`reset ${server.name}`);
      this.#touch(server, { vmState: state, taskState: null });
      return { kind: 'accepted' };
    });
  }

  stop(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve('stop', call, () => {
      const server = this.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      if (server.taskState !== null || server.vmState !== 'active') {
        return { kind: 'conflict', message: `cannot stop while ${server.vmState}` };
      }
      this.writes.push(`stop ${server.name}`);
      this.#touch(server, { taskState: 'powering-off' });
      void this.#later(2_000, () => this.#touch(server, { vmState: 'stopped', taskState: null }));
      return { kind: 'accepted' };
    });
  }

  allocatedProviders(uuid: InstanceUuid, call: Call): Promise<readonly string[]> {
    return this.#serve('allocatedProviders', call, () => {
      const open = this.evacuationsOf(uuid).flatMap((one) => one.destHost ?? []);
      return [
        ...new Set([...this.evacuationsOf(uuid).flatMap((one) => one.sourceHost ?? []), ...open]),
      ];
    });
  }

  async #serve<T>(name: string, call: Call, act: () => T): Promise<T> {
    const { clock, latencyMs } = this.#options;
    this.calls.push(name);
    await clock.sleep(latencyMs, call.signal);
    const answer = await this.faults.carryOut(name, call, act);
    await clock.sleep(latencyMs, call.signal);
    return answer;
  }

  #change(uuid: ServiceUuid, change: ServiceChange): ServiceChangeOutcome {
    const host = [...this.hosts.values()].find((one) => one.uuid === uuid);
    if (host === undefined) return { kind: 'missing' };
    const left = this.migrations.find(
      (one) => one.sourceHost === host.name && one.status === 'done',
    );
    if (change.forcedDown === false && host.forcedDown && left !== undefined) {
      const message = `unable to clear forced_down of ${host.name}: evacuation ${left.id} is done`;
      return { kind: 'refused', message };
    }
    const before = JSON.stringify([host.forcedDown, host.status, host.disabledReason]);
    host.forcedDown = change.forcedDown ?? host.forcedDown;
    host.status = change.status ?? host.status;
    if (change.status !== undefined) host.disabledReason = change.disabledReason ?? null;
    if (JSON.stringify([host.forcedDown, host.status, host.disabledReason]) !== before) {
      this.#reportsUntilNow(host);
      host.writtenMs = this.#nowMs();
    }
    this.writes.push(`PUT ${host.name} ${JSON.stringify(change)}`);
    return { kind: 'changed', service: this.#seen(host) };
  }

  #evacuate(uuid: InstanceUuid, target: HostName | undefined): EvacuateOutcome {
    const server = this.servers.get(uuid);
    if (server === undefined) return { kind: 'missing' };
    const source = this.host(server.host ?? '');
    if (this.#seen(source).state === 'up') {
      return {
        kind: 'service-in-use',
        message: `compute service of ${source.name} is still in use`,
      };
    }
    const isBusy = this.#options.refusesBusy && server.taskState !== null;
    if (isBusy || !EVACUABLE.includes(server.vmState)) {
      const message = `cannot evacuate while ${server.vmState}, task ${server.taskState}`;
      return { kind: 'conflict', message };
    }
    if (this.#hasOpenEvacuation(uuid)) this.violations.push(`two evacuations of ${server.name}`);
    this.writes.push(`evacuate ${server.name}`);
    const wasStopped = server.vmState === 'stopped';
    this.#touch(server, { taskState: 'rebuilding' });
    const migration = this.addMigration({ instanceUuid: uuid, sourceHost: source.name });
    void this.#later(this.#options.scheduleMs, () =>
      this.#claim(server, migration, target, wasStopped),
    );
    return { kind: 'accepted' };
  }

  #claim(
    server: Mutable<Server>,
    migration: Mutable<Migration>,
    target: HostName | undefined,
    wasStopped: boolean,
  ): void {
    const up = [...this.hosts.values()].filter(
      (one) => this.#seen(one).state === 'up' && one.status === 'enabled' && one.room > 0,
    );
    const [host] = up
      .filter((one) => target === undefined || one.name === target)
      .toSorted((a, b) => b.room - a.room);
    if (host === undefined) {
      this.#set(migration, 'error');
      this.#touch(server, { vmState: 'error', taskState: null });
      return;
    }
    // The scheduler has chosen, but the message is never read: REBUILD stays.
    if (!host.isAlive) return;
    if (host.failingClaims > 0) {
      host.failingClaims--;
      migration.destHost = host.name;
      this.#set(migration, 'failed');
      this.#touch(server, { taskState: null });
      return;
    }
    host.room--;
    migration.destHost = host.name;
    this.#set(migration, 'pre-migrating');
    this.#touch(server, { taskState: 'rebuild_spawning' });
    void this.#later(this.#options.bootMs, () => this.#arrive(server, migration, host, wasStopped));
  }

  #arrive(
    server: Mutable<Server>,
    migration: Mutable<Migration>,
    host: FakeHost,
    wasStopped: boolean,
  ): void {
    if (!host.isAlive || !this.servers.has(server.uuid)) return;
    const running = this.#running.get(server.uuid) ?? new Set();
    if (running.size > 0) this.violations.push(`${server.name} runs twice`);
    running.add(host.name);
    this.starts.push(`${server.name}@${host.name}`);
    this.#set(migration, 'done');
    this.#touch(server, { host: host.name, vmState: 'active', taskState: null });
    if (!wasStopped) return;
    this.#touch(server, { taskState: 'powering-off' });
    void this.#later(1_000, () => {
      running.delete(host.name);
      this.#touch(server, { vmState: 'stopped', taskState: null });
    });
  }

  #hasOpenEvacuation(uuid: InstanceUuid): boolean {
    return this.evacuationsOf(uuid).some((one) => /accepted|migrating/.test(one.status));
  }

  #set(migration: Mutable<Migration>, status: string): void {
    migration.status = status;
    migration.updatedAt = this.#stampOf(this.#nowMs());
  }

  #touch(server: Mutable<Server>, change: Partial<Server>): void {
    Object.assign(server, change, { updatedAt: this.#stampOf(this.#nowMs()) });
  }

  async #later(ms: number, act: () => void): Promise<void> {
    await this.#options.clock.sleep(ms);
    act();
  }

  #reportsUntilNow(host: FakeHost): void {
    if (!host.isAlive) return;
    const periods = Math.floor((this.#nowMs() - host.sinceMs) / host.reportMs);
    host.lastReportMs = Math.max(host.lastReportMs, host.sinceMs + periods * host.reportMs);
  }

  #seen(host: FakeHost): ComputeService {
    this.#reportsUntilNow(host);
    const isUp = !host.forcedDown && this.#nowMs() - host.lastReportMs <= SERVICE_DOWN_MS;
    return {
      kind: 'seen',
      uuid: host.uuid,
      host: host.name,
      status: host.status,
      disabledReason: host.disabledReason,
      state: isUp ? 'up' : 'down',
      forcedDown: host.forcedDown,
      updatedAt: this.#stampOf(Math.max(host.lastReportMs, host.writtenMs)),
    };
  }

  #viewOf(host: FakeHost): ServiceView {
    return host.isCellDown ? { kind: 'unseen', host: host.name } : this.#seen(host);
  }

  /** The records are in the cell of the instance; one that is down is left out without a word. */
  #isUnseen({ instanceUuid }: Migration): boolean {
    const host = this.servers.get(instanceUuid)?.host;
    return host !== undefined && host !== null && this.host(host).isCellDown;
  }

  /** Without a zone, as Nova writes them. */
  #stampOf(ms: number): string {
    const text = new Date(ms).toISOString();
    return this.#options.wholeSeconds ? `${text.slice(0, 19)}.000000` : `${text.slice(0, 23)}000`;
  }

  #nowMs(): number {
    return this.#options.clock.wallMs() + NOVA_AHEAD_MS;
  }
}

function isAskedFor(migration: Migration, query: MigrationQuery): boolean {
  const { host, sourceHost, type, newerThanId } = query;
  return (
    (host === undefined || migration.sourceHost === host || migration.destHost === host) &&
    (sourceHost === undefined || migration.sourceHost === sourceHost) &&
    (type === undefined || migration.type === type) &&
    (newerThanId === undefined || migration.id > newerThanId)
  );
}

const copyOf = <T>(value: T): T => structuredClone(value);
