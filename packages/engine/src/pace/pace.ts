/**
 * The pace of all recoveries of this replica: how many evacuations are open at once in the cloud,
 * in each segment and at each destination, and how many calls are on their way. The bounds come
 * down when Nova shows that it is too much. The recoveries of several hosts share them by turns,
 * the most important instances first.
 */
import { type PaceRules, PaceTrouble } from '@medevac/core';
import type { Clock, HostName, IncidentId, Log, SegmentUuid } from '@medevac/kernel';
import type { LimitChange } from './adaptive-limit.ts';
import { FairGate, type Place } from './fair-gate.ts';
import { isFull, known, newsOf, type PaceFigures, type Share, shareOf } from './pace-share.ts';

/** An evacuation's place, from before its call until its answer. */
export interface PacePlace extends Place {
  readonly segment: SegmentUuid;
  /** Where it goes: what was asked for, and later what its record says. */
  destination: HostName | undefined;
  /** Its call has not gone out. */
  isAhead: boolean;
}

/** A recovery that is under way: hears what slows it down. */
export interface PaceListener {
  readonly incident: IncidentId;
  readonly segment: SegmentUuid;
  /** The failed one: whatever Nova still says, it takes nothing. */
  readonly host: HostName;
  readonly tell: (line: string) => void;
}

export interface PaceParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Hosts that Nova may choose, as they were not long ago. */
  readonly usableHosts: () => readonly HostName[];
}

/** A call that takes longer is trouble. */
const SLOW_CALL_MS = 10_000;
/** Calls go on one by one whatever happens. */
const LEAST_CALLS = 2;
const LEAST_AT_DESTINATION = 4;
/** While a destination has enough to do, so many at most are open of which nobody knows whereto. */
const PROBES = 8;
/**
 * Places that are held before their calls go out, for each call that may be on its way: more would
 * let the first of several hosts take all places before the others are there.
 */
const AHEAD_PER_CALL = 2;
/** The usable hosts are counted again after this long. */
const COUNT_MS = 1_000;
const CLOUD = 'the cloud';
const CALLS = 'calls to Nova';

export class Pace {
  readonly #parts: PaceParts;
  readonly #rules: PaceRules;
  readonly #cloud: Share;
  readonly #callShare: Share;
  readonly #segments = new Map<SegmentUuid, Share>();
  readonly #destinations = new Map<HostName, Share>();
  readonly #listeners = new Set<PaceListener>();
  readonly open: FairGate<PacePlace>;
  readonly calls: FairGate<PacePlace>;
  /** Open ones of which nobody knows whereto. */
  #unplaced = 0;
  /** Places whose call has not gone out. */
  #ahead = 0;
  #usable = { hosts: 0, untilMs: Number.NEGATIVE_INFINITY };

  constructor(parts: PaceParts, rules: PaceRules) {
    this.#parts = parts;
    this.#rules = rules;
    this.#cloud = shareOf(`open evacuations in ${CLOUD}`, rules.openPerCloud);
    this.#callShare = shareOf(CALLS, rules.calls, LEAST_CALLS);
    this.calls = new FairGate(rules.calls);
    this.open = new FairGate(rules.openPerCloud, {
      admits: (place) => this.#admits(place),
      entered: (place) => this.#count(place, 1),
      left: (place) => this.#count(place, -1),
    });
  }

  get figures(): PaceFigures {
    const shares = [this.#callShare, this.#cloud];
    const all = [...shares, ...this.#segments.values(), ...this.#destinations.values()];
    return {
      open: this.open.inside,
      waiting: this.open.waiting,
      calls: this.calls.inside,
      limits: Object.fromEntries(all.map(({ what, limit }) => [what, limit.limit])),
    };
  }

  /** Tells the recovery what slows it down until the function that it answers is called. */
  listen(listener: PaceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes an evacuate call and judges how Nova takes it; answers what the call answers. */
  async measure<T>(send: () => Promise<T>, isCloudsFault: (error: unknown) => boolean): Promise<T> {
    const sentMs = this.#parts.clock.monotonicMs();
    try {
      const answer = await send();
      const isSlow = this.#parts.clock.monotonicMs() - sentMs > SLOW_CALL_MS;
      this.#noteCall(isSlow ? PaceTrouble.slowCall : undefined, sentMs);
      return answer;
    } catch (error) {
      if (isCloudsFault(error)) this.#noteCall(PaceTrouble.failedCall, sentMs);
      throw error;
    }
  }

  /** Its call goes out: somebody else may get ready. */
  noteGoing(place: PacePlace): void {
    if (!place.isAhead) return;
    this.#count(place, -1);
    place.isAhead = false;
    this.#count(place, 1);
    this.open.serve();
  }

  /** Its record names its destination. `sentMs`: of its call, where that is known. */
  noteStart(place: PacePlace, destination: HostName, sentMs: number | undefined): void {
    this.#count(place, -1);
    place.destination = destination;
    this.#count(place, 1);
    if (sentMs === undefined) return;
    this.#segment(place.segment).limit.noteGood(sentMs, this.#parts.clock.monotonicMs());
  }

  noteArrival({ segment, destination }: PacePlace, sentMs: number): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#segment(segment).limit.noteGood(sentMs, nowMs);
    if (destination !== undefined) this.#destination(destination).limit.noteGood(sentMs, nowMs);
  }

  noteTrouble(kind: PaceTrouble, { segment, destination }: PacePlace, sentMs: number): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#segment(segment).limit.noteTrouble(kind, sentMs, nowMs);
    if (destination === undefined) return;
    this.#destination(destination).limit.noteTrouble(kind, sentMs, nowMs);
  }

  /** Decides on every bound; called after each look at what is under way. */
  decide(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const { waiting } = this.open;
    const calls = { inside: this.calls.inside, waiting: this.calls.waiting };
    const all = (): boolean => true;
    this.#tell(this.#callShare, this.#callShare.limit.decide(calls, nowMs), all);
    const cloud = { inside: this.open.inside, waiting };
    this.#tell(this.#cloud, this.#cloud.limit.decide(cloud, nowMs), all);
    for (const [uuid, share] of this.#segments) {
      const change = share.limit.decide({ inside: share.inside, waiting }, nowMs);
      this.#tell(share, change, ({ segment }) => segment === uuid);
    }
    for (const share of this.#destinations.values()) {
      this.#tell(share, share.limit.decide({ inside: share.inside, waiting }, nowMs), all);
    }
    this.#forgetIdle();
    if (this.calls.limit !== this.#callShare.limit.limit) {
      this.calls.limit = this.#callShare.limit.limit;
    }
    // Bounds of segments and destinations may have changed, too.
    this.open.limit = this.#cloud.limit.limit;
  }

  #noteCall(trouble: PaceTrouble | undefined, sentMs: number): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const { limit } of [this.#callShare, this.#cloud]) {
      if (trouble === undefined) limit.noteGood(sentMs, nowMs);
      else limit.noteTrouble(trouble, sentMs, nowMs);
    }
  }

  #admits({ segment, destination }: PacePlace): boolean {
    if (isFull(this.#segment(segment))) return false;
    if (this.#ahead >= this.calls.limit * AHEAD_PER_CALL) return false;
    if (destination !== undefined) return !isFull(this.#destination(destination));
    // Which hosts there are may not be known: one at a time goes on whatever is counted.
    if (this.open.inside === 0) return true;
    const shares = [...this.#destinations.values()];
    const room = this.#roomAtDestinations(shares);
    return this.#unplaced < (shares.some(isFull) ? Math.min(PROBES, room) : room);
  }

  /** What all that Nova may choose from can take beside what they have. */
  #roomAtDestinations(shares: readonly Share[]): number {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs >= this.#usable.untilMs) {
      const failed = new Set([...this.#listeners].map(({ host }) => host));
      const hosts = this.#parts.usableHosts().filter((host) => !failed.has(host)).length;
      this.#usable = { hosts, untilMs: nowMs + COUNT_MS };
    }
    const others = Math.max(0, this.#usable.hosts - shares.length);
    return shares.reduce(
      (sum, { inside, limit }) => sum + limit.limit - inside,
      others * this.#rules.openPerDestination,
    );
  }

  #count({ segment, destination, isAhead }: PacePlace, by: 1 | -1): void {
    if (isAhead) this.#ahead += by;
    this.#segment(segment).inside += by;
    if (destination === undefined) this.#unplaced += by;
    else this.#destination(destination).inside += by;
  }

  #segment(uuid: SegmentUuid): Share {
    const most = this.#rules.openPerSegment;
    return known(this.#segments, uuid, () => ({
      ...shareOf(`open evacuations of segment ${uuid}`, most),
      told: 'open evacuations of this segment',
    }));
  }

  #destination(host: HostName): Share {
    const most = this.#rules.openPerDestination;
    return known(this.#destinations, host, () =>
      shareOf(`open evacuations to ${host}`, most, LEAST_AT_DESTINATION),
    );
  }

  /** Nothing is open there and nothing was learned: a large cloud has many of them. */
  #forgetIdle(): void {
    for (const shares of [this.#segments, this.#destinations] as Map<string, Share>[]) {
      for (const [key, { inside, limit }] of shares) {
        if (inside === 0 && limit.isAtMost) shares.delete(key);
      }
    }
  }

  #tell(
    share: Share,
    change: LimitChange | undefined,
    hears: (listener: PaceListener) => boolean,
  ): void {
    if (change === undefined) return;
    this.#parts.log.info('recovery.pace', { what: share.what, ...change });
    const line = newsOf(share, change);
    if (line === undefined) return;
    for (const listener of this.#listeners) if (hears(listener)) listener.tell(line);
  }
}
