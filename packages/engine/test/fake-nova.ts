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
  type ActionRecord,
  type Call,
  type ComputeService,
  cloudErrors,
  type EvacuateOutcome,
  type Image,
  type Images,
  type InstanceActions,
  type Migration,
  type MigrationQuery,
  type Nova,
  type Placement,
  type RejectableOutcome,
  type Server,
  type ServerGroup,
  type ServerGroups,
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
const EVACUABLE: readonly string[] = ['active', 'stopped', 'error'];

/** From which states, by which task, to which state. */
const ACTS = {
  stop: { from: ['active', 'error'], task: 'powering-off', to: 'stopped' },
  start: { from: ['stopped'], task: 'powering-on', to: 'active' },
  hardReboot: { from: [...EVACUABLE, 'paused'], task: 'rebooting_hard', to: 'active' },
  pause: { from: ['active'], task: 'pausing', to: 'paused' },
  suspend: { from: ['active'], task: 'suspending', to: 'suspended' },
  rescue: { from: EVACUABLE, task: 'rescuing', to: 'rescued' },
} as const satisfies Record<string, { from: readonly string[]; task: string; to: string }>;

export class FakeNova implements Nova, Placement, InstanceActions, ServerGroups, Images {
  readonly faults: NovaFaults;
  readonly hosts = new Map<HostName, FakeHost>();
  readonly servers = new Map<InstanceUuid, Mutable<Server>>();
  readonly migrations: Mutable<Migration>[] = [];
  readonly groups: ServerGroup[] = [];
  readonly images = new Map<string, Image>();
  /** What was asked for each instance, the newest first. */
  readonly actions = new Map<InstanceUuid, ActionRecord[]>();
  /** Guests that die again as soon as they were started, so many times. */
  readonly dyingGuests = new Map<InstanceUuid, number>();
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
      lockedReason: null,
      tags: [],
      flavor: {
        name: 'small',
        vcpus: 1,
        memoryMib: 512,
        rootDiskGib: 1,
        ephemeralDiskGib: 0,
        swapMib: 0,
        extraSpecs: {},
      },
      volumes: [],
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
    return this.#act('stop', uuid, call);
  }

  start(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act('start', uuid, call);
  }

  hardReboot(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act('hardReboot', uuid, call);
  }

  pause(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act('pause', uuid, call);
  }

  suspend(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act('suspend', uuid, call);
  }

  rescue(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    if (this.servers.get(uuid)?.imageUuid !== null) return this.#act('rescue', uuid, call);
    const message = 'Cannot rescue a volume-backed instance';
    return this.#serve('rescue', call, () => ({ kind: 'rejected', message }));
  }

  lock(uuid: InstanceUuid, reason: string, call: Call): Promise<ActionOutcome> {
    return this.#setLock(uuid, reason, call);
  }

  unlock(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#setLock(uuid, null, call);
  }

  listActions(uuid: InstanceUuid, call: Call): Promise<readonly ActionRecord[]> {
    return this.#serve('listActions', call, () => (this.actions.get(uuid) ?? []).map(copyOf));
  }

  migrate(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>('migrate', call, () => this.#migrate(uuid));
  }

  confirmMigration(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>('confirmMigration', call, () => {
      const server = this.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      const migration = this.migrations.find(
        (one) => one.instanceUuid === uuid && one.status === 'finished',
      );
      if (server.vmState !== 'resized' || migration === undefined) {
        return { kind: 'rejected', message: 'no migration to confirm' };
      }
      this.writes.push(`confirm ${server.name}`);
      this.#set(migration, 'confirmed');
      this.#touch(server, { vmState: 'stopped', taskState: null });
      return { kind: 'accepted' };
    });
  }

  /** The guest dies by itself; Nova sees it and stops the instance, as nobody's request. */
  killGuest(uuid: InstanceUuid, isSeenByNova = true): void {
    const server = this.server(uuid);
    if (server.host !== null) this.#running.get(uuid)?.delete(server.host);
    if (!isSeenByNova) return;
    this.noteAction(uuid, 'stop', null);
    this.#touch(server, { vmState: 'stopped', powerState: 4, taskState: null });
  }

  /** An owner stops the instance. */
  stopByOwner(uuid: InstanceUuid): void {
    const server = this.server(uuid);
    if (server.host !== null) this.#running.get(uuid)?.delete(server.host);
    this.noteAction(uuid, 'stop', 'owner');
    this.#touch(server, { vmState: 'stopped', powerState: 4, taskState: null });
  }

  noteAction(uuid: InstanceUuid, action: string, userId: string | null): void {
    const all = this.actions.get(uuid) ?? [];
    all.unshift({ action, userId, requestId: `req-${all.length + 1}` });
    this.actions.set(uuid, all);
  }

  isRunning(uuid: InstanceUuid): boolean {
    return (this.#running.get(uuid)?.size ?? 0) > 0;
  }

  #migrate(uuid: InstanceUuid): RejectableOutcome {
    const server = this.servers.get(uuid);
    if (server === undefined) return { kind: 'missing' };
    if (server.taskState !== null || !['active', 'stopped'].includes(server.vmState)) {
      return { kind: 'conflict', message: `cannot migrate while ${server.vmState}` };
    }
    const to = [...this.hosts.values()].find(
      (one) =>
        one.name !== server.host && one.status === 'enabled' && this.#seen(one).state === 'up',
    );
    if (to === undefined) return { kind: 'rejected', message: 'No valid host was found' };
    if (this.isRunning(uuid)) this.violations.push(`${server.name} was moved while it ran`);
    this.writes.push(`migrate ${server.name}`);
    this.noteAction(uuid, 'migrate', 'medevac');
    const migration = this.addMigration({
      instanceUuid: uuid,
      type: 'migration',
      status: 'migrating',
      sourceHost: server.host,
      destHost: to.name,
    });
    this.#touch(server, { taskState: 'resize_migrating' });
    void this.#later(3_000, () => {
      this.#set(migration, 'finished');
      this.#touch(server, { host: to.name, vmState: 'resized', taskState: null });
    });
    return { kind: 'accepted' };
  }

  /** Nothing that is tested here moves a living instance. */
  liveMigrate(
    uuid: InstanceUuid,
    target: HostName | undefined,
    call: Call,
  ): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>('liveMigrate', call, () =>
      this.#liveMigrate(uuid, target),
    );
  }

  #liveMigrate(uuid: InstanceUuid, target: HostName | undefined): RejectableOutcome {
    const server = this.servers.get(uuid);
    if (server === undefined) return { kind: 'missing' };
    if (server.taskState !== null || !['active', 'paused'].includes(server.vmState)) {
      return { kind: 'conflict', message: `cannot migrate live while ${server.vmState}` };
    }
    this.writes.push(`live ${server.name}${target === undefined ? '' : ` to ${target}`}`);
    const sourceHost = server.host;
    const migration = this.addMigration({ instanceUuid: uuid, type: 'live-migration', sourceHost });
    const to = [...this.hosts.values()].find(
      (one) =>
        one.name !== sourceHost &&
        (target === undefined || one.name === target) &&
        one.status === 'enabled' &&
        one.room > 0 &&
        this.#seen(one).state === 'up',
    );
    if (to === undefined) {
      this.#set(migration, 'error');
      return { kind: 'accepted' };
    }
    migration.destHost = to.name;
    this.#set(migration, 'running');
    this.#touch(server, { taskState: 'migrating' });
    void this.#later(this.#options.bootMs, () => this.#switchOver(server, migration, to));
    return { kind: 'accepted' };
  }

  #switchOver(server: Mutable<Server>, migration: Mutable<Migration>, to: FakeHost): void {
    const source = migration.sourceHost;
    if (source === null || !this.host(source).isAlive || server.host !== source) return;
    if (!to.isAlive || to.failingClaims > 0) {
      to.failingClaims = Math.max(0, to.failingClaims - 1);
      this.#set(migration, 'error');
      this.#touch(server, { taskState: null });
      return;
    }
    const running = this.#running.get(server.uuid);
    if (running?.delete(source) === true) running.add(to.name);
    to.room--;
    this.#set(migration, 'completed');
    this.#touch(server, { host: to.name, taskState: null });
  }

  #setLock(uuid: InstanceUuid, reason: string | null, call: Call): Promise<ActionOutcome> {
    return this.#serve(reason === null ? 'unlock' : 'lock', call, () => {
      const server = this.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      this.writes.push(`${reason === null ? 'unlock' : 'lock'} ${server.name}`);
      this.#touch(server, { locked: reason !== null, lockedReason: reason });
      return { kind: 'accepted' };
    });
  }

  #act(name: keyof typeof ACTS, uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    const { task, to } = ACTS[name];
    const from: readonly string[] = ACTS[name].from;
    return this.#serve(name, call, () => {
      const server = this.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      if (server.taskState !== null || !from.includes(server.vmState)) {
        return { kind: 'conflict', message: `cannot ${name} while ${server.vmState}` };
      }
      this.writes.push(`${name} ${server.name}`);
      this.noteAction(uuid, name === 'hardReboot' ? 'reboot' : name, 'medevac');
      this.#touch(server, { taskState: task });
      void this.#later(2_000, () => this.#finishAct(name, server, to));
      return { kind: 'accepted' };
    });
  }

  #finishAct(name: keyof typeof ACTS, server: Mutable<Server>, to: string): void {
    const running = this.#running.get(server.uuid) ?? new Set<HostName>();
    if (name === 'start' && running.size > 0) {
      this.violations.push(`${server.name} was started while it ran`);
    }
    running.clear();
    const dying = this.dyingGuests.get(server.uuid) ?? 0;
    const isUp = to === 'active' && dying === 0;
    if (isUp && server.host !== null) running.add(server.host);
    this.#running.set(server.uuid, running);
    if (to !== 'active' || isUp) {
      this.#touch(server, { vmState: to, taskState: null, powerState: isUp ? 1 : 4 });
      return;
    }
    this.dyingGuests.set(server.uuid, dying - 1);
    this.#touch(server, { vmState: 'error', taskState: null, powerState: 4 });
  }

  listServerGroups(call: Call): Promise<readonly ServerGroup[]> {
    return this.#serve('listServerGroups', call, () => this.groups.map(copyOf));
  }

  readImage(uuid: string, call: Call): Promise<Image | undefined> {
    return this.#serve('readImage', call, () => this.images.get(uuid));
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
    // What a host had begun died with its memory, and no record of it ends.
    const mayArrive = ({ destHost }: Migration): boolean =>
      destHost === null || this.host(destHost).isAlive;
    return this.evacuationsOf(uuid).some(
      (one) => /accepted|migrating/.test(one.status) && mayArrive(one),
    );
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
