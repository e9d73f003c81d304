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
  readonly ranBefore: boolean;
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
  /** Hears what each look has shown before anybody acts on it. */
  readonly onLook?: (recordsOf: (uuid: InstanceUuid) => readonly Migration[]) => void;
}

/** Migration records of one instance. */
interface Records {
  /** Newest first. */
  readonly evacuations: readonly Migration[];
  readonly others: readonly Migration[];
}

interface Watched extends WatchedInstance {
  server: Server | undefined;
  records: Records;
  /** How many of its records this look has shown so far. */
  counted: number;
  /** The records when the server was read; `undefined`: read it at the next look. */
  readAt: Records | undefined;
  isWaitedFor: boolean;
  /** What was seen when it last looked different, and since when. */
  seen: { readonly server: Server | undefined; readonly records: Records } | undefined;
  sinceMs: number;
}

const NO_RECORDS: Records = { evacuations: [], others: [] };

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
          records: NO_RECORDS,
          counted: 0,
          readAt: undefined,
          isWaitedFor: true,
          seen: undefined,
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
      if (looksAsSeen(one)) continue;
      one.seen = { server: one.server, records: one.records };
      one.sinceMs = nowMs;
    }
    this.#options.onLook?.((uuid) => this.#get(uuid).records.evacuations);
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
    const others = withoutOurs(all.filter(isMigrationOpen), ours);
    // Nobody begins another kind of migration of an instance on a dead host: those left end.
    this.#hasOthers = others.some((one) => this.#watched.has(one.instanceUuid));
    const readMs = clock.monotonicMs();
    const freshMs = Math.max(FACTS_FRESH_MS, (readMs - begunMs) * FACTS_FRESH_SHARE);
    this.#freshUntilMs = readMs + Math.min(freshMs, LONGEST_FRESH_MS);
    this.#keepRecords('evacuations', ours);
    this.#keepRecords('others', others);
  }

  /** Of very many instances few have moved since the last look: the others keep what they have. */
  #keepRecords(kind: keyof Records, rows: readonly Migration[]): void {
    const moved = new Map<Watched, Migration[]>();
    for (const one of this.#watched.values()) one.counted = 0;
    for (const row of rows) {
      const one = this.#watched.get(row.instanceUuid);
      if (one === undefined) continue;
      if (!isSameRecord(one.records[kind][one.counted], row)) moved.set(one, []);
      one.counted += 1;
    }
    for (const one of this.#watched.values()) {
      if (one.records[kind].length !== one.counted) moved.set(one, []);
    }
    if (moved.size === 0) return;
    for (const row of rows) {
      const one = this.#watched.get(row.instanceUuid);
      if (one !== undefined) moved.get(one)?.push(row);
    }
    for (const [one, records] of moved) one.records = { ...one.records, [kind]: records };
  }

  /** Not while an evacuation is under way: until it ends the server tells nothing new. */
  #needsRead(one: Watched): boolean {
    if (!one.isWaitedFor) return false;
    if (one.readAt === undefined || !areSame(one.readAt, one.records, isSameStatus)) return true;
    const { evacuations, others } = one.records;
    if (evacuations.length === 0) return one.server?.taskState !== null || others.length > 0;
    return !evacuations.some(isMigrationOpen);
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
      .flatMap((one) => one.records.evacuations.map((migration) => migration.createdAt))
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
    one.readAt = one.records;
  }

  #expectedHost(one: Watched): HostName {
    return one.records.evacuations.find(hasArrived)?.destHost ?? this.#options.host;
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
      ranBefore: one.ranBefore,
      server:
        server === undefined
          ? undefined
          : { host: server.host, vmState: server.vmState, taskState: server.taskState },
      evacuations: one.records.evacuations.map(factsOfMigration),
      otherOpenMigrations: one.records.others.map(factsOfMigration),
      writeOffs: [],
      heldBack: undefined,
      unchangedForMs: this.#options.ports.clock.monotonicMs() - one.sinceMs,
      patienceMs: this.#options.timing.patienceMs,
    };
  }
}

function withoutOurs(open: readonly Migration[], ours: readonly Migration[]): readonly Migration[] {
  if (open.length === 0) return open;
  const ourIds = new Set(ours.map((one) => one.id));
  return open.filter((one) => !ourIds.has(one.id));
}

type Compare = (before: Migration | undefined, now: Migration | undefined) => boolean;

const isSameStatus: Compare = (before, now) =>
  before?.id === now?.id && before?.status === now?.status;

const isSameRecord: Compare = (before, now) =>
  isSameStatus(before, now) && before?.destHost === now?.destHost;

/** All that the records say: somebody else's migration that has ended may have moved the server. */
const areSame = (before: Records, now: Records, isSame: Compare): boolean =>
  areSameRows(before.evacuations, now.evacuations, isSame) &&
  areSameRows(before.others, now.others, isSame);

const areSameRows = (
  before: readonly Migration[],
  now: readonly Migration[],
  isSame: Compare,
): boolean =>
  before === now ||
  (before.length === now.length && before.every((one, index) => isSame(one, now[index])));

function looksAsSeen({ seen, server, records }: Watched): boolean {
  if (seen === undefined || !areSame(seen.records, records, isSameRecord)) return false;
  const before = seen.server;
  return (
    before?.host === server?.host &&
    before?.vmState === server?.vmState &&
    before?.taskState === server?.taskState
  );
}

const factsOfMigration = (migration: Migration): MigrationFacts => ({
  id: migration.id,
  type: migration.type,
  status: migration.status,
  sourceHost: migration.sourceHost,
  destHost: migration.destHost,
});
