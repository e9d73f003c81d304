/**
 * Nova's API and conductor, and Placement, over the tables and machines of the world: the rules of
 * Nova 26 on which a recovery depends. It carries out what it is asked for; faults on the way to it
 * and back are put around it.
 */
import {
  type Clock,
  type HostName,
  type InstanceUuid,
  OperationalError,
  type Random,
  type ServiceUuid,
} from '@medevac/kernel';
import {
  type ActionOutcome,
  type Call,
  type Capacity,
  type ComputeService,
  cloudErrors,
  type EvacuateOutcome,
  type Migration,
  type MigrationQuery,
  type Nova,
  type Placement,
  type ProviderCapacity,
  type Server,
  type ServerList,
  type ServerQuery,
  type ServiceChange,
  type ServiceChangeOutcome,
  type ServiceView,
} from '@medevac/openstack';
import type { NovaCompute } from './nova-compute.ts';
import type {
  Asker,
  MigrationRow,
  NovaTables,
  OpenMigration,
  ServerRow,
  ServiceRow,
} from './nova-tables.ts';

/** A change that Nova has carried out. */
export interface NovaWrite {
  readonly atMs: number;
  readonly kind: 'changeService' | 'evacuate' | 'resetState' | 'stop';
  readonly host: HostName | null;
  readonly instance: InstanceUuid | null;
  readonly change: ServiceChange | null;
  /** Migrations of the instance that were open in this moment. */
  readonly beside: readonly OpenMigration[];
}

/** Whether an evacuation that a client began is still under way. */
export const isBesideOwnEvacuation = (write: NovaWrite): boolean =>
  write.beside.some((one) => one.type === 'evacuation' && one.by === 'client');

export interface NovaParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly scheduleMs: number;
  /** Of each call: half before it is carried out and half after. */
  readonly latencyMs: number;
  readonly say: (text: string, host?: HostName) => void;
  /** Called at the moment at which a change is carried out, before it is. */
  readonly onWrite: (write: NovaWrite) => void;
}

/** What Placement counts for the room of one instance. */
const ROOM_MIB = 4_096;
const ROOM_GIB = 64;
const EVACUABLE: readonly string[] = ['active', 'stopped', 'error'];

export class SimulatedNova implements Nova, Placement, Capacity {
  readonly #parts: NovaParts;
  readonly #shown = new WeakMap<MigrationRow, Migration>();

  constructor(parts: NovaParts) {
    this.#parts = parts;
  }

  listComputeServices(
    query: { readonly host?: HostName },
    call: Call,
  ): Promise<readonly ServiceView[]> {
    return this.#serve(call, () =>
      [...this.#tables.services.values()]
        .filter((row) => !row.isDeleted && (query.host ?? row.host) === row.host)
        .map((row) => (row.isCellDown ? { kind: 'unseen', host: row.host } : this.#seen(row))),
    );
  }

  changeService(
    uuid: ServiceUuid,
    change: ServiceChange,
    call: Call,
  ): Promise<ServiceChangeOutcome> {
    return this.#serve(call, () => this.#change(uuid, change));
  }

  listServers(query: ServerQuery, call: Call): Promise<ServerList> {
    return this.#serve(call, () => {
      const on = [...this.#tables.servers.values()].filter((one) => one.host === query.host);
      if (this.#tables.services.get(query.host)?.isCellDown === true) {
        if (on.length === 0) throw cellDown();
        return { servers: [], unseen: on.map((one) => one.uuid) };
      }
      const since = query.changedSince ?? '';
      return { servers: on.filter((one) => one.updatedAt >= since).map(copyOf), unseen: [] };
    });
  }

  readServer(uuid: InstanceUuid, call: Call): Promise<Server | undefined> {
    return this.#serve(call, () => {
      const server = this.#tables.servers.get(uuid);
      if (server === undefined) return undefined;
      if (server.host !== null && this.#tables.service(server.host).isCellDown) throw cellDown();
      return copyOf(server);
    });
  }

  listMigrations(query: MigrationQuery, call: Call): Promise<readonly Migration[]> {
    return this.#serve(call, () =>
      this.#tables.migrations
        .filter((one) => isAskedFor(one, query) && !this.#isHidden(one))
        .map((one) => this.#shownAs(one))
        .toReversed(),
    );
  }

  evacuate(uuid: InstanceUuid, host: HostName | undefined, call: Call): Promise<EvacuateOutcome> {
    return this.#serve(call, () => this.evacuateAtOnce(uuid, host, 'client'));
  }

  resetState(uuid: InstanceUuid, state: 'active' | 'error', call: Call): Promise<ActionOutcome> {
    return this.#serve(call, () => {
      const server = this.#tables.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      const beside = this.#tables.openMigrations(uuid);
      this.#note({ kind: 'resetState', host: server.host, instance: uuid, beside });
      this.#tables.touch(server, { vmState: state, taskState: null });
      return { kind: 'accepted' };
    });
  }

  stop(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(call, () => {
      const server = this.#tables.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      if (server.taskState !== null || !['active', 'error'].includes(server.vmState)) {
        return { kind: 'conflict', message: `cannot stop while ${server.vmState}` };
      }
      this.#note({ kind: 'stop', host: server.host, instance: uuid });
      this.#parts.tables.noteAction(uuid, 'stop', 'medevac');
      this.#tables.touch(server, { taskState: 'powering-off' });
      const compute = this.#computeOf(server.host);
      compute?.machine.send(() => compute.stop(server));
      return { kind: 'accepted' };
    });
  }

  allocatedProviders(uuid: InstanceUuid, call: Call): Promise<readonly string[]> {
    return this.#serve(call, () => this.#tables.allocationsOf(uuid));
  }

  /**
   * In rooms for one instance each; a host that is full is left out. Answers at once: what is asked
   * of Placement takes its time beside longer calls.
   */
  async listCapacity(): Promise<readonly ProviderCapacity[]> {
    return [...this.#tables.services.keys()].flatMap((name) => {
      const room = this.#tables.roomOn(name);
      const free = { VCPU: room, MEMORY_MB: room * ROOM_MIB, DISK_GB: room * ROOM_GIB };
      return room > 0 ? [{ name, root: name, free, traits: [] }] : [];
    });
  }

  get #tables(): NovaTables {
    return this.#parts.tables;
  }

  async #serve<T>(call: Call, act: () => T): Promise<T> {
    const { clock, random, latencyMs } = this.#parts;
    const halfMs = (latencyMs / 2) * (0.5 + random.next());
    await clock.sleep(halfMs, call.signal);
    const answer = act();
    await clock.sleep(halfMs, call.signal);
    return answer;
  }

  #change(uuid: ServiceUuid, change: ServiceChange): ServiceChangeOutcome {
    const row = [...this.#tables.services.values()].find((one) => one.uuid === uuid);
    if (row === undefined || row.isDeleted) return { kind: 'missing' };
    const left = this.#tables.migrations.find(
      (one) => one.sourceHost === row.host && one.status === 'done',
    );
    if (change.forcedDown === false && row.forcedDown && left !== undefined) {
      const message = `unable to clear forced_down of ${row.host}: evacuation ${left.id} is done`;
      return { kind: 'refused', message };
    }
    this.#note({ kind: 'changeService', host: row.host, change });
    const before = JSON.stringify([row.forcedDown, row.status, row.disabledReason]);
    row.forcedDown = change.forcedDown ?? row.forcedDown;
    row.status = change.status ?? row.status;
    if (change.status !== undefined) row.disabledReason = change.disabledReason ?? null;
    const isMoved = JSON.stringify([row.forcedDown, row.status, row.disabledReason]) !== before;
    if (isMoved) row.changedMs = this.#tables.nowMs();
    this.#parts.say(`Nova: service of ${row.host} ${JSON.stringify(change)}`, row.host);
    return { kind: 'changed', service: this.#seen(row) };
  }

  /** The call as the API carries it out, whoever makes it. */
  evacuateAtOnce(uuid: InstanceUuid, target: HostName | undefined, by: Asker): EvacuateOutcome {
    const tables = this.#tables;
    const server = tables.servers.get(uuid);
    if (server === undefined) return { kind: 'missing' };
    const source = tables.service(server.host);
    if (tables.isUp(source)) {
      const message = `compute service of ${source.host} is still in use`;
      return { kind: 'service-in-use', message };
    }
    if (!EVACUABLE.includes(server.vmState)) {
      return { kind: 'conflict', message: `cannot evacuate while ${server.vmState}` };
    }
    // Nova 26 looks at the state and not at the task: a second evacuation goes beside the first.
    const beside = tables.openMigrations(uuid);
    if (by === 'client') {
      this.#note({ kind: 'evacuate', host: source.host, instance: uuid, beside });
    }
    const wasStopped = server.vmState === 'stopped';
    tables.touch(server, { taskState: 'rebuilding' });
    const migration = tables.addMigration(server, 'evacuation', by);
    this.#parts.say(`Nova: evacuate ${server.name} from ${source.host}`, source.host);
    void this.#parts.clock
      .sleep(this.#parts.scheduleMs)
      .then(() => this.#schedule(server, migration, { target, wasStopped }));
    return { kind: 'accepted' };
  }

  /** The conductor asks Placement and the scheduler, and sends the message to the destination. */
  #schedule(
    server: ServerRow,
    migration: MigrationRow,
    { target, wasStopped }: { target: HostName | undefined; wasStopped: boolean },
  ): void {
    const tables = this.#tables;
    if (!tables.servers.has(server.uuid)) {
      tables.setMigration(migration, 'error');
      return;
    }
    const compute = this.#computeOf(tables.pickDestination(server, target) ?? null);
    if (compute === undefined) {
      tables.setMigration(migration, 'error');
      tables.touch(server, { vmState: 'error', taskState: null });
      this.#parts.say(`Nova: no valid host for ${server.name}`);
      return;
    }
    tables.allocate(server.uuid, compute.machine.name);
    compute.machine.send(() => compute.rebuild(server, migration, wasStopped));
  }

  #computeOf(host: HostName | null): NovaCompute | undefined {
    return host === null ? undefined : this.#parts.computes.get(host);
  }

  /** One copy of a record serves all answers until the record changes. */
  #shownAs(row: MigrationRow): Migration {
    const known = this.#shown.get(row);
    if (
      known?.status === row.status &&
      known.destHost === row.destHost &&
      known.updatedAt === row.updatedAt
    ) {
      return known;
    }
    const copy = copyOf(row);
    this.#shown.set(row, copy);
    return copy;
  }

  /** Records of a cell that is down are left out without a word. */
  #isHidden(migration: MigrationRow): boolean {
    const { sourceHost } = migration;
    return sourceHost !== null && this.#tables.services.get(sourceHost)?.isCellDown === true;
  }

  #seen(row: ServiceRow): ComputeService {
    return {
      kind: 'seen',
      uuid: row.uuid,
      host: row.host,
      status: row.status,
      disabledReason: row.disabledReason,
      state: this.#tables.isUp(row) ? 'up' : 'down',
      forcedDown: row.forcedDown,
      updatedAt: this.#tables.stamp(Math.max(row.reportedMs, row.changedMs)),
    };
  }

  #note(write: Pick<NovaWrite, 'kind' | 'host'> & Partial<NovaWrite>): void {
    this.#parts.onWrite({
      atMs: this.#parts.clock.monotonicMs(),
      instance: null,
      change: null,
      beside: [],
      ...write,
    });
  }
}

const cellDown = (): OperationalError =>
  new OperationalError(cloudErrors.cellDown, 'the cell is down');

function isAskedFor(migration: Migration, query: MigrationQuery): boolean {
  const { host, sourceHost, type, newerThanId } = query;
  return (
    (host === undefined || migration.sourceHost === host || migration.destHost === host) &&
    (sourceHost === undefined || migration.sourceHost === sourceHost) &&
    (type === undefined || migration.type === type) &&
    (newerThanId === undefined || migration.id > newerThanId)
  );
}

const copyOf = <T extends object>(value: T): T => ({ ...value });
