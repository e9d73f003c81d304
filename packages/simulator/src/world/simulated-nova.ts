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
  cloudErrors,
  type EvacuateOutcome,
  type Migration,
  type MigrationQuery,
  type Nova,
  type Placement,
  type ProviderCapacity,
  type Resources,
  refuseUnseenHost,
  type Server,
  type ServerList,
  type ServerQuery,
  type ServiceChange,
  type ServiceChangeOutcome,
  type ServiceView,
} from '@medevac/openstack';
import type { Evacuations } from './evacuations.ts';
import type { NovaCompute } from './nova-compute.ts';
import type { NovaTables } from './nova-tables.ts';
import type { NovaWrite } from './nova-write.ts';
import { failIfUnseen, refusal } from './refusals.ts';
import { ShownRecords } from './shown-records.ts';

export interface NovaParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly evacuations: Evacuations;
  /** Of each call: half before it is carried out and half after. */
  readonly latencyMs: number;
  readonly say: (text: string, host?: HostName) => void;
  /** Called at the moment at which a change is carried out, before it is. */
  readonly onWrite: (write: NovaWrite) => void;
}

/** What Placement counts for the room of one instance. */
const ROOM_MIB = 4_096;
const ROOM_GIB = 64;
const DISABLED = 'COMPUTE_STATUS_DISABLED';

export class SimulatedNova implements Nova, Placement, Capacity {
  readonly #parts: NovaParts;
  readonly #records: ShownRecords;
  readonly #evacuations: Evacuations;

  constructor(parts: NovaParts) {
    this.#parts = parts;
    this.#records = new ShownRecords(parts.tables);
    this.#evacuations = parts.evacuations;
  }

  listComputeServices(
    query: { readonly host?: HostName },
    call: Call,
  ): Promise<readonly ServiceView[]> {
    return this.#serve(call, () => this.#viewsOf(query.host));
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
      const { host, changedSince: since = '' } = query;
      // By host, Nova leaves such a cell out; the rule of its client is the product's own.
      const isLeftOut = this.#tables.services.get(host)?.isCellDown === true;
      const servers = isLeftOut
        ? []
        : [...this.#tables.servers.values()]
            .filter((one) => one.host === host && one.updatedAt >= since)
            .map(copyOf);
      if (servers.length === 0) refuseUnseenHost(host, this.#viewsOf(host));
      return { servers, unseen: [] };
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
    return this.#serve(call, () => this.#records.migrations(query));
  }

  evacuate(uuid: InstanceUuid, host: HostName | undefined, call: Call): Promise<EvacuateOutcome> {
    return this.#serve(call, () => {
      failIfUnseen(this.#tables, this.#tables.servers.get(uuid)?.host ?? null);
      return this.#evacuations.begin(uuid, { target: host, by: 'client' });
    });
  }

  resetState(uuid: InstanceUuid, state: 'active' | 'error', call: Call): Promise<ActionOutcome> {
    return this.#serve(call, () => {
      const server = this.#tables.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      failIfUnseen(this.#tables, server.host);
      const beside = this.#tables.openMigrations(uuid);
      this.#tables.recordAction(uuid, 'resetState', 'medevac');
      this.#note({ kind: 'resetState', host: server.host, instance: uuid, beside });
      this.#tables.touch(server, { vmState: state, taskState: null });
      return { kind: 'accepted' };
    });
  }

  stop(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(call, () => {
      const server = this.#tables.servers.get(uuid);
      if (server === undefined) return { kind: 'missing' };
      failIfUnseen(this.#tables, server.host);
      if (server.taskState !== null || !STOPPABLE.includes(server.vmState)) {
        return { kind: 'conflict', message: refusal('stop', server, STOPPABLE) };
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
   * In rooms for one instance each; a host with less than is asked for is left out. Answers at
   * once: what is asked of Placement takes its time beside longer calls.
   */
  async listCapacity(least: Resources): Promise<readonly ProviderCapacity[]> {
    return [...this.#tables.services.keys()].flatMap((name) => {
      const room = this.#tables.roomOn(name);
      const free = { VCPU: room, MEMORY_MB: room * ROOM_MIB, DISK_GB: room * ROOM_GIB };
      const traits = this.#computeOf(name)?.isMarkedDisabled === true ? [DISABLED] : [];
      const isEnough = Object.entries(least).every(
        ([resource, amount]) => (new Map(Object.entries(free)).get(resource) ?? 0) >= amount,
      );
      return isEnough ? [{ name, root: name, free, traits }] : [];
    });
  }

  #viewsOf(host: HostName | undefined): readonly ServiceView[] {
    return [...this.#tables.services.values()]
      .filter((row) => !row.isDeleted && (host ?? row.host) === row.host)
      .map((row) =>
        row.isCellDown ? { kind: 'unseen', host: row.host } : this.#records.seen(row),
      );
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
    failIfUnseen(this.#tables, row.host);
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
    // A host that is down hears of it at its next start: Nova leaves the message out.
    const compute = this.#computeOf(row.host);
    if (change.status !== undefined && this.#tables.isUp(row)) {
      compute?.machine.send(() => compute.markStatus());
    }
    this.#parts.say(`Nova: service of ${row.host} ${JSON.stringify(change)}`, row.host);
    return { kind: 'changed', service: this.#records.seen(row) };
  }

  #computeOf(host: HostName | null): NovaCompute | undefined {
    return host === null ? undefined : this.#parts.computes.get(host);
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

const STOPPABLE: readonly string[] = ['active', 'error'];

const cellDown = (): OperationalError =>
  new OperationalError(cloudErrors.cellDown, 'the cell is down');

const copyOf = <T extends object>(value: T): T => ({ ...value });
