/**
 * The places of one recovery in the common pace: takes and gives them back, counts what another
 * life of the recovery has asked for, and tells the pace what the records show of its own calls.
 */
import {
  hasArrived,
  isMigrationOpen,
  type MigrationFacts,
  PaceTrouble,
  type PaceTrouble as Trouble,
} from '@medevac/core';
import {
  type Clock,
  type HostName,
  type InstanceUuid,
  OperationalError,
  type SegmentUuid,
} from '@medevac/kernel';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import type { Pace, PaceListener, PacePlace } from './pace.ts';

export interface PaceRoundParts {
  readonly pace: Pace;
  readonly clock: Clock;
  readonly listener: PaceListener;
  /** In the order of the plan. */
  readonly vmoves: readonly VmoveRecord[];
  /** The only destination of this round, if it has one. */
  readonly destination: HostName | undefined;
}

interface Held {
  readonly place: PacePlace;
  readonly leave: () => void;
  sentMs: number | undefined;
  isJudged: boolean;
}

/** An evacuation that no destination has begun after this long is late. */
const LATE_START_MS = 30_000;

export class PaceRound {
  readonly #parts: PaceRoundParts;
  readonly #stopListening: () => void;
  readonly #urgencyOf: ReadonlyMap<InstanceUuid, number>;
  readonly #held = new Map<InstanceUuid, Held>();
  readonly #waiting = new Set<InstanceUuid>();
  readonly #answered = new Set<InstanceUuid>();

  constructor(parts: PaceRoundParts) {
    this.#parts = parts;
    this.#urgencyOf = urgencies(parts.vmoves);
    this.#stopListening = parts.pace.listen(parts.listener);
  }

  holds({ instanceUuid }: VmoveRecord): boolean {
    return this.#held.has(instanceUuid);
  }

  /** Whether `enter` would not wait. */
  hasRoomFor(vmove: VmoveRecord): boolean {
    return this.#parts.pace.open.hasRoomFor(this.#placeOf(vmove));
  }

  /** Takes a place: once, until it leaves. */
  async enter(vmove: VmoveRecord, signal: AbortSignal): Promise<void> {
    const { instanceUuid: uuid } = vmove;
    const place = this.#placeOf(vmove);
    this.#waiting.add(uuid);
    try {
      this.#hold(uuid, place, await this.#parts.pace.open.enter(place, signal));
    } finally {
      this.#waiting.delete(uuid);
    }
  }

  /** Carries the task out when its turn among the calls comes. */
  call<T>(vmove: VmoveRecord, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#parts.pace.calls.run(this.#placeOf(vmove), task, signal);
  }

  /** Sends the evacuate call itself. */
  async send<T>(uuid: InstanceUuid, call: () => Promise<T>): Promise<T> {
    const held = this.#held.get(uuid);
    if (held !== undefined) {
      this.#parts.pace.noteGoing(held.place);
      held.sentMs = this.#parts.clock.monotonicMs();
      held.isJudged = false;
    }
    return await this.#parts.pace.measure(call, (error) => error instanceof OperationalError);
  }

  leave(uuid: InstanceUuid): void {
    const held = this.#held.get(uuid);
    this.#held.delete(uuid);
    held?.leave();
  }

  /**
   * It has its answer for this round. What is open for it nevertheless stands still at a host that
   * has died, perhaps for ever, and keeps no place from those that can move.
   */
  answer(uuid: InstanceUuid): void {
    this.#answered.add(uuid);
    this.leave(uuid);
  }

  /** It makes no call now: who has not called yet keeps nobody from calling. */
  pass(uuid: InstanceUuid): void {
    if (this.#held.get(uuid)?.place.isAhead === true) this.leave(uuid);
  }

  /** What the records show of every instance, newest first, after each look at them. */
  noteLook(looks: Iterable<readonly [VmoveRecord, readonly MigrationFacts[]]>): void {
    for (const [vmove, evacuations] of looks) this.#noteRecords(vmove, evacuations);
    this.#parts.pace.decide();
  }

  /** Its rebuild broke at the destination. */
  noteBroken(uuid: InstanceUuid): void {
    const held = this.#held.get(uuid);
    if (held !== undefined) this.#judge(held, PaceTrouble.brokenRebuild);
  }

  /** Gives every place back. */
  end(): void {
    this.#stopListening();
    for (const uuid of [...this.#held.keys()]) this.leave(uuid);
  }

  #noteRecords(vmove: VmoveRecord, evacuations: readonly MigrationFacts[]): void {
    const { instanceUuid: uuid } = vmove;
    if (this.#answered.has(uuid)) return;
    const open = evacuations.find(isMigrationOpen);
    if (open !== undefined && !this.#held.has(uuid) && !this.#waiting.has(uuid)) {
      const place = { ...this.#placeOf(vmove), isAhead: false };
      this.#hold(uuid, place, this.#parts.pace.open.join(place));
    }
    const held = this.#held.get(uuid);
    if (held === undefined) return;
    if (open !== undefined) this.#parts.pace.noteGoing(held.place);
    const { place, sentMs } = held;
    const newest = open ?? evacuations.find(hasArrived);
    const destination = newest?.destHost ?? undefined;
    if (destination !== undefined && place.destination !== destination) {
      this.#parts.pace.noteStart(place, destination as HostName, sentMs);
    }
    if (open === undefined && newest !== undefined) this.#judge(held, undefined);
    else if (open !== undefined && destination === undefined && sentMs !== undefined) {
      const lateMs = this.#parts.clock.monotonicMs() - sentMs - LATE_START_MS;
      if (lateMs > 0) this.#judge(held, PaceTrouble.lateStart);
    }
  }

  /** Once for each call of ours. */
  #judge(held: Held, trouble: Trouble | undefined): void {
    if (held.sentMs === undefined || held.isJudged) return;
    held.isJudged = true;
    if (trouble === undefined) this.#parts.pace.noteArrival(held.place, held.sentMs);
    else this.#parts.pace.noteTrouble(trouble, held.place, held.sentMs);
  }

  #hold(uuid: InstanceUuid, place: PacePlace, leave: () => void): void {
    this.#held.set(uuid, { place, leave, sentMs: undefined, isJudged: false });
  }

  #placeOf({ id, instanceUuid }: VmoveRecord): PacePlace {
    const { destination, listener } = this.#parts;
    const urgency = this.#urgencyOf.get(instanceUuid) ?? 0;
    const segment: SegmentUuid = listener.segment;
    return { queue: listener.incident, rank: id, urgency, segment, destination, isAhead: true };
  }
}

/**
 * Its own priority, or that of a later one in the plan, which it would otherwise keep waiting: a
 * plan puts what others need before them.
 */
function urgencies(vmoves: readonly VmoveRecord[]): ReadonlyMap<InstanceUuid, number> {
  let urgency = 0;
  const pairs = vmoves.toReversed().map(({ before, instanceUuid }) => {
    urgency = Math.max(urgency, before.order?.priority ?? 0);
    return [instanceUuid, urgency] as const;
  });
  return new Map(pairs);
}
