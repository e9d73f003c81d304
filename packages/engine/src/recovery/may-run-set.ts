/**
 * The may-run set of one instance beside its failed host (design section 6), through all rounds of
 * its recovery. When every member was confirmed dead, the open migrations are written off: that is
 * journaled before anything is asked of Nova because of it. From then on every call for the
 * instance looks at those members again that may still have its message (ADR 12).
 */
import { type InstanceFacts, type MigrationFacts, mayRunBy, readTooLate } from '@medevac/core';
import { type HostName, type InstanceUuid } from '@medevac/kernel';
import type { Scope } from '@medevac/workflow';
import { patiently, type Recovery } from './context.ts';
import { type DeadMember, DeadMembers } from './dead-members.ts';
import { hostOfProvider } from './usable-hosts.ts';
import { type KeptWriteOff, readWriteOffs, writeOffStepName } from './write-offs.ts';

/** So often it is looked whether members of the set have been confirmed dead by now. */
const LOOK_MS = 10_000;

/** What all instances of a round share. */
export class MayRunSets {
  readonly recovery: Recovery;
  readonly members: DeadMembers;
  readonly #kept: ReadonlyMap<string, readonly KeptWriteOff[]>;
  readonly #sets = new Map<InstanceUuid, MayRunSet>();

  private constructor(recovery: Recovery, kept: ReadonlyMap<string, readonly KeptWriteOff[]>) {
    this.recovery = recovery;
    this.members = new DeadMembers(recovery);
    this.#kept = kept;
  }

  /** With what earlier rounds, lives and runs of the incident have written off. */
  static async open(recovery: Recovery, round: string): Promise<MayRunSets> {
    const { incident, scope } = recovery;
    const isFirst = round === '1' && incident.retries === 0 && !scope.wasDone('verdict-1');
    return new MayRunSets(recovery, isFirst ? new Map() : await readWriteOffs(recovery));
  }

  /** One for all tries of its steps. */
  of(instance: InstanceUuid, scope: Scope): MayRunSet {
    const known = this.#sets.get(instance);
    if (known !== undefined) return known;
    const set = new MayRunSet(this, { instance, scope, kept: this.#kept.get(instance) ?? [] });
    this.#sets.set(instance, set);
    return set;
  }
}

interface SetParts {
  readonly instance: InstanceUuid;
  readonly scope: Scope;
  readonly kept: readonly KeptWriteOff[];
}

export class MayRunSet {
  readonly #sets: MayRunSets;
  readonly #parts: SetParts;
  #kept: readonly KeptWriteOff[];
  #heldBack: string | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Steps of this life of the run. */
  #steps = 0;

  constructor(sets: MayRunSets, parts: SetParts) {
    this.#sets = sets;
    this.#parts = parts;
    this.#kept = parts.kept;
    while (parts.scope.wasDone(this.#stepName())) this.#steps += 1;
  }

  get isWrittenOff(): boolean {
    return this.#kept.length > 0;
  }

  /** The facts as they are decided on. */
  known(facts: InstanceFacts): InstanceFacts {
    if (this.#kept.length === 0) return facts;
    const writeOffs = this.#kept.flatMap((one) => one.records);
    return { ...facts, writeOffs, heldBack: this.#heldBack ?? this.#spentBy(facts) };
  }

  /**
   * Directly before a call for the instance: why none may be made. A member that has shown life
   * may have carried its old message out, so that nothing is asked for the instance any more.
   */
  async doubt(): Promise<string | undefined> {
    for (const { members, messagesAt } of this.#withMessages()) {
      for (const member of members.filter((one) => messagesAt.includes(one.host))) {
        const doubt = await this.#sets.members.doubt(member);
        if (doubt !== undefined) this.#heldBack ??= `${doubt}; ${adviceOn(this.#hosts())}`;
      }
    }
    return this.#heldBack;
  }

  /**
   * Writes off what keeps the instance waiting, when every member of its set is confirmed dead.
   * Answers whether it has; otherwise what is missing, where anything is known of it.
   */
  async writeOff(facts: InstanceFacts, isLast = false): Promise<boolean | string> {
    const { ports, settings, watch } = this.#sets.recovery;
    if (await this.#noteSpent(facts)) return true;
    const rows = mayRunBy(facts);
    const nowMs = ports.clock.monotonicMs();
    if (rows.length === 0 || facts.server === undefined || this.#heldBack !== undefined)
      return false;
    if (!isLast && (nowMs - this.#lookedAtMs < LOOK_MS || !this.#isWorthALook(rows, facts))) {
      return false;
    }
    const isUnplaced = rows.some((one) => one.destHost === null);
    // The conductor may still be choosing a host, and Placement then names it a moment later.
    if (isUnplaced && facts.unchangedForMs < settings.timing.callSettleMs) return false;
    this.#lookedAtMs = nowMs;
    const others = new Set(rows.flatMap((one) => namedBy(one, facts.failedHost)));
    if (isUnplaced) {
      const call = { deadlineMs: CALL_MS, signal: this.#parts.scope.signal };
      const providers = await ports.placement.allocatedProviders(this.#parts.instance, call);
      const services = watch.views().map((one) => one.host);
      const placed = providers
        .map((name) => hostOfProvider(name, services))
        .filter((host) => host !== facts.failedHost);
      // One for each call: of a call that was delivered twice one may still be without a host.
      const isNamed =
        countEvacuations(rows) <= placed.filter((one) => !this.#hosts().has(one)).length;
      if (!isNamed) return 'Placement names no host to which it was on its way';
      for (const host of placed) others.add(host);
    }
    return await this.#writeOff(rows, [...others]);
  }

  /** Only where Nova shows a host beside the failed one as forced down: what we do to dead ones. */
  #isWorthALook(rows: readonly MigrationFacts[], { failedHost }: InstanceFacts): boolean {
    const down = this.#sets.recovery.watch
      .views()
      .filter((one) => one.kind === 'seen' && one.forcedDown && one.host !== failedHost)
      .map((one) => one.host);
    return rows.every((one) =>
      one.destHost === null
        ? down.length > 0
        : namedBy(one, failedHost).every((host) => down.includes(host)),
    );
  }

  async #writeOff(
    rows: readonly MigrationFacts[],
    hosts: readonly HostName[],
  ): Promise<boolean | string> {
    const { members } = this.#sets;
    const dead: DeadMember[] = [];
    for (const host of hosts) {
      const view = await members.find(host);
      if (view.kind === 'unknown') return view.reason;
      dead.push(view.member);
    }
    if (dead.length === 0) return false;
    // What a host has begun died with its memory; what it has not waits for it on the bus.
    const messagesAt = rows.every(isBegun) ? [] : hosts;
    const builds = countEvacuations(rows.filter((one) => !isBegun(one)));
    const left = this.#withMessages().reduce((sum, one) => sum + one.builds, builds);
    if (left > MOST_BUILDS) {
      return `${left} hosts still have a message to build it, and may build it when they return`;
    }
    const kept: KeptWriteOff = {
      records: rows.map(({ id, status, destHost }) => ({ id, status, destHost, hosts })),
      members: dead,
      ...{ messagesAt, builds },
      isWatched: dead.every((one) => members.isWatched(one)),
    };
    await this.#keep(kept);
    const told = { instance: this.#parts.instance, hosts, migrations: rows.map((one) => one.id) };
    this.#sets.recovery.ports.log.info('recovery.written_off', told);
    return true;
  }

  async #noteSpent({ evacuations, server, writeOffs }: InstanceFacts): Promise<boolean> {
    if (server === undefined || this.#withMessages().length === 0) return false;
    const row = readTooLate(server, evacuations, writeOffs);
    if (row === undefined) return false;
    const { id, status, destHost } = row;
    const records = [{ id, status, destHost, hosts: [] }];
    const nothing = { members: [], messagesAt: [], builds: 0, isWatched: true };
    await this.#keep({ records, ...nothing, isSpent: true });
    this.#heldBack = undefined;
    return true;
  }

  async #keep(kept: KeptWriteOff): Promise<void> {
    const options = patiently(this.#sets.recovery.settings.timing.instanceMs);
    const name = this.#stepName();
    this.#steps += 1;
    await this.#parts.scope.step(name, options, async () => kept);
    this.#kept = [...this.#kept, kept];
  }

  /** Write-offs whose hosts may still have a message for the instance. */
  #withMessages(): readonly KeptWriteOff[] {
    const since = this.#kept.findLastIndex((one) => one.isSpent === true) + 1;
    return this.#kept.slice(since).filter((one) => one.messagesAt.length > 0);
  }

  /** Without a look at the power only one call is made: a second could meet the first's end. */
  #spentBy(facts: InstanceFacts): string | undefined {
    const open = this.#withMessages().filter((one) => !one.isWatched);
    const last = Math.max(...open.flatMap((one) => one.records.map(({ id }) => id)));
    const isSpent = facts.evacuations.some((one) => one.id > last);
    if (open.length === 0 || !isSpent) return undefined;
    const hosts = [...new Set(open.flatMap((one) => one.messagesAt))];
    const dead = `${hosts.join(' and ')} died, whose power nobody reads`;
    return `it was evacuated once more after ${dead}; ${adviceOn(this.#hosts())}`;
  }

  #hosts(): ReadonlySet<HostName> {
    return new Set(this.#kept.flatMap(({ members }) => members.map((one) => one.host)));
  }

  #stepName(): string {
    return writeOffStepName(this.#steps + 1);
  }
}

const CALL_MS = 60_000;
/**
 * A message that comes too late fails and leaves the task `rebuilding` behind, even on an instance
 * that has arrived elsewhere: a second one would then be carried out.
 */
const MOST_BUILDS = 1;

const isBegun = ({ type, status, destHost }: MigrationFacts): boolean =>
  type === 'evacuation' && status !== 'accepted' && destHost !== null;

const countEvacuations = (rows: readonly MigrationFacts[]): number =>
  rows.filter((one) => one.type === 'evacuation').length;

const namedBy = (row: MigrationFacts, failedHost: string): readonly HostName[] =>
  [row.sourceHost, row.destHost].flatMap((host) =>
    host === null || host === failedHost ? [] : [host as HostName],
  );

/** What an operator can do who must make certain by hand. */
const adviceOn = (hosts: ReadonlySet<HostName>): string =>
  `make certain that it has no domain on ${[...hosts].join(' or ')} nor on the host that its ` +
  'newest migration names, then evacuate it in Nova';

/** What is missing to write off, for those who look at the instance. */
export const missingFor = (missing: boolean | string): string =>
  typeof missing === 'string' ? `; ${missing}` : '';
