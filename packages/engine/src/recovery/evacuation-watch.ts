/**
 * Follows all evacuations of one recovery with few requests: one list of migration records per
 * look, and servers only where a record says that something has changed. Every caller gets facts
 * that were read after it asked.
 */
import {
  hasArrived,
  type InstanceFacts,
  isMigrationOpen,
  type MigrationFacts,
} from '@medevac/core';
import { forEachBounded, type HostName, type InstanceUuid } from '@medevac/kernel';
import type { Migration, Server } from '@medevac/openstack';
import type { EnginePorts } from '../ports.ts';
import type { EngineTiming } from '../settings.ts';

export interface WatchedInstance {
  readonly uuid: InstanceUuid;
  readonly vmStateBefore: string;
}

export interface EvacuationWatchOptions {
  readonly ports: Pick<EnginePorts, 'nova' | 'clock'>;
  readonly timing: Pick<EngineTiming, 'pollMs' | 'patienceMs'>;
  readonly host: HostName;
  /** Throws while Nova cannot see the host's cell, whose records its lists then leave out. */
  readonly requireSeen: () => Promise<void>;
  /** Evacuations with a greater id belong to this recovery. */
  readonly newestMigrationId: number;
  readonly instances: readonly WatchedInstance[];
  readonly signal: AbortSignal;
}

interface Watched extends WatchedInstance {
  server: Server | undefined;
  /** What the records said when the server was read; `undefined`: read it at the next look. */
  readAt: string | undefined;
  isWaitedFor: boolean;
  evacuations: readonly Migration[];
  others: readonly Migration[];
  looksLike: string;
  sinceMs: number;
}

export interface Observation {
  readonly facts: InstanceFacts;
  /** Monotonic time from which on they are too old to act on. */
  readonly freshUntilMs: number;
}

/** Facts are acted on for this long after the records were read. */
const FACTS_FRESH_MS = 5_000;
/**
 * In a slow cloud this many times as long as the reading took, because the last look before a call
 * takes its time too: a fixed age would let no call through. The limit is more than two such looks.
 */
const FACTS_FRESH_SHARE = 2;
const LONGEST_FRESH_MS = 60_000;
/** From this many instances on one host, one list is cheaper than single reads. */
const LIST_FROM = 3;
const SINGLE_READS = 4;
const CALL_MS = 60_000;
/**
 * Looking takes at most this part of the time, unless the pause would be this many times longer.
 */
const LOOK_SHARE = 6;
const LONGEST_PAUSE = 5;

export class EvacuationWatch {
  readonly #options: EvacuationWatchOptions;
  readonly #watched: ReadonlyMap<InstanceUuid, Watched>;
  #next: Promise<void> | undefined;
  /** The look under way: two at once would mix old facts into newer ones. */
  #looking: Promise<void> = Promise.resolve();
  #lastLookMs = Number.NEGATIVE_INFINITY;
  #pauseMs: number;
  #freshUntilMs = 0;
  #hasOthers = true;

  constructor(options: EvacuationWatchOptions) {
    this.#options = options;
    this.#pauseMs = options.timing.pollMs;
    const sinceMs = options.ports.clock.monotonicMs();
    this.#watched = new Map(
      options.instances.map((one) => [
        one.uuid,
        {
          ...one,
          server: undefined,
          readAt: undefined,
          isWaitedFor: true,
          evacuations: [],
          others: [],
          looksLike: '',
          sinceMs,
        },
      ]),
    );
  }

  /** The instance as Nova shows it in a look that begins after this call. */
  async observe(uuid: InstanceUuid): Promise<Observation> {
    const one = this.#get(uuid);
    one.isWaitedFor = true;
    this.#next ??= this.#lookWhenDue();
    await this.#next;
    return { facts: this.#factsOf(one), freshUntilMs: this.#freshUntilMs };
  }

  /** The server is read again at the next look: we have just acted on it. */
  expectChange(uuid: InstanceUuid): void {
    this.#get(uuid).readAt = undefined;
  }

  /** Nobody waits for it now; its server is not read until somebody observes it again. */
  forget(uuid: InstanceUuid): void {
    this.#get(uuid).isWaitedFor = false;
  }

  async #lookWhenDue(): Promise<void> {
    const { clock } = this.#options.ports;
    const { signal } = this.#options;
    await this.#looking.catch(() => undefined);
    const waitMs = this.#lastLookMs + this.#pauseMs - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    this.#next = undefined;
    this.#lastLookMs = clock.monotonicMs();
    this.#looking = this.#look();
    await this.#looking;
    this.#setPause(clock.monotonicMs() - this.#lastLookMs);
  }

  /** A cloud that answers slowly is busy with the recovery itself: it is asked less often. */
  #setPause(lookMs: number): void {
    const { pollMs } = this.#options.timing;
    this.#pauseMs = Math.min(Math.max(pollMs, lookMs * LOOK_SHARE), pollMs * LONGEST_PAUSE);
  }

  async #look(): Promise<void> {
    const { clock } = this.#options.ports;
    await this.#readMigrations();
    const readMs = clock.monotonicMs();
    const stale = [...this.#watched.values()].filter((one) => this.#needsRead(one));
    await this.#readServers(stale);
    // What is decided on last is read last when the servers took long.
    if (clock.monotonicMs() - readMs > FACTS_FRESH_MS / 2) await this.#readMigrations();
    const nowMs = this.#options.ports.clock.monotonicMs();
    for (const one of this.#watched.values()) {
      const looksLike = lookOf(one);
      if (looksLike !== one.looksLike) Object.assign(one, { looksLike, sinceMs: nowMs });
    }
  }

  async #readMigrations(): Promise<void> {
    const { host, newestMigrationId } = this.#options;
    const call = { deadlineMs: CALL_MS, signal: this.#options.signal };
    const { nova, clock } = this.#options.ports;
    const begunMs = clock.monotonicMs();
    const query = { sourceHost: host, type: 'evacuation', newerThanId: newestMigrationId };
    // An absence in a list means something only when the cell could be seen before and after it.
    if (this.#hasOthers) await this.#options.requireSeen();
    const [ours, all] = await Promise.all([
      nova.listMigrations(query, call),
      this.#hasOthers ? nova.listMigrations({ host }, call) : [],
    ]);
    await this.#options.requireSeen();
    const ourIds = new Set(ours.map((one) => one.id));
    const others = all.filter((one) => isMigrationOpen(one) && !ourIds.has(one.id));
    // Nobody begins another kind of migration of an instance on a dead host: those left end.
    this.#hasOthers = others.some((one) => this.#watched.has(one.instanceUuid));
    const readMs = clock.monotonicMs();
    const freshMs = Math.max(FACTS_FRESH_MS, (readMs - begunMs) * FACTS_FRESH_SHARE);
    this.#freshUntilMs = readMs + Math.min(freshMs, LONGEST_FRESH_MS);
    const ourGroups = Map.groupBy(ours, (one) => one.instanceUuid);
    const otherGroups = Map.groupBy(others, (one) => one.instanceUuid);
    for (const one of this.#watched.values()) {
      one.evacuations = ourGroups.get(one.uuid) ?? [];
      one.others = otherGroups.get(one.uuid) ?? [];
    }
  }

  /** Not while an evacuation is under way: until it ends the server tells nothing new. */
  #needsRead(one: Watched): boolean {
    if (!one.isWaitedFor) return false;
    const [latest] = one.evacuations;
    if (one.readAt === undefined || one.readAt !== recordOf(one)) return true;
    if (latest === undefined) return one.server?.taskState !== null || one.others.length > 0;
    return !isMigrationOpen(latest);
  }

  async #readServers(stale: readonly Watched[]): Promise<void> {
    const groups = Map.groupBy(stale, (one) => this.#expectedHost(one));
    const single: Watched[] = [];
    for (const [host, group] of groups) {
      if (group.length < LIST_FROM) single.push(...group);
      else single.push(...(await this.#readFromList(host, group)));
    }
    const { signal, ports } = this.#options;
    await forEachBounded(
      single,
      SINGLE_READS,
      async (one, stop) => {
        const call = { deadlineMs: CALL_MS, signal: stop };
        this.#keep(one, await ports.nova.readServer(one.uuid, call));
      },
      signal,
    );
  }

  /** Answers those that the host's list does not show. */
  async #readFromList(host: HostName, group: readonly Watched[]): Promise<readonly Watched[]> {
    const { signal, ports } = this.#options;
    const oldest = group
      .flatMap((one) => one.evacuations.map((migration) => migration.createdAt))
      .toSorted()[0];
    const isSource = host === this.#options.host;
    const query = isSource || oldest === undefined ? { host } : { host, changedSince: oldest };
    const list = await ports.nova.listServers(query, { deadlineMs: CALL_MS, signal });
    const found = new Map(list.servers.map((server) => [server.uuid, server]));
    return group.filter((one) => {
      const server = found.get(one.uuid);
      if (server !== undefined) this.#keep(one, server);
      return server === undefined;
    });
  }

  #keep(one: Watched, server: Server | undefined): void {
    one.server = server;
    one.readAt = recordOf(one);
  }

  #expectedHost(one: Watched): HostName {
    const [latest] = one.evacuations;
    if (latest === undefined || !hasArrived(latest)) return this.#options.host;
    return latest.destHost ?? this.#options.host;
  }

  #get(uuid: InstanceUuid): Watched {
    const one = this.#watched.get(uuid);
    if (one === undefined) throw new Error(`instance ${uuid} is not watched`);
    return one;
  }

  #factsOf(one: Watched): InstanceFacts {
    const { server } = one;
    return {
      failedHost: this.#options.host,
      vmStateBefore: one.vmStateBefore,
      server:
        server === undefined
          ? undefined
          : { host: server.host, vmState: server.vmState, taskState: server.taskState },
      evacuations: one.evacuations.map(factsOfMigration),
      otherOpenMigrations: one.others.map(factsOfMigration),
      unchangedForMs: this.#options.ports.clock.monotonicMs() - one.sinceMs,
      patienceMs: this.#options.timing.patienceMs,
    };
  }
}

/** All that the records say: somebody else's migration that has ended may have moved the server. */
const recordOf = (one: Watched): string =>
  [...one.evacuations.slice(0, 1), ...one.others]
    .map((migration) => `${migration.id}:${migration.status}`)
    .join();

const lookOf = (one: Watched): string =>
  JSON.stringify([
    recordOf(one),
    one.evacuations[0]?.destHost,
    one.server?.host,
    one.server?.vmState,
    one.server?.taskState,
    one.others.map((other) => [other.id, other.status, other.destHost]),
  ]);

const factsOfMigration = (migration: Migration): MigrationFacts => ({
  id: migration.id,
  type: migration.type,
  status: migration.status,
  sourceHost: migration.sourceHost,
  destHost: migration.destHost,
});
