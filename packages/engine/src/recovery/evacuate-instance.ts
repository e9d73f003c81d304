/**
 * Step 8 and 9 for one instance, until its final answer. Observes: the instance and its migration
 * records before every act. Changes: evacuates, resets a state that a dead host left behind, stops
 * what was stopped before. Safe to repeat: what Nova's records show as begun is followed, not
 * repeated.
 */
import {
  decideInstance,
  type Guard,
  type InstanceAction,
  type InstanceFacts,
  isMigrationOpen,
  type Restoration,
  refusedClassOf,
} from '@medevac/core';
import {
  LIMITS,
  messageOf,
  nextRetryDelayMs,
  OperationalError,
  type RetryPolicy,
  throwIfAborted,
  unreachable,
} from '@medevac/kernel';
import type { Attempt, Scope } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { OwnerLocks } from '../locks/owner-locks.ts';
import type { PaceRound } from '../pace/pace-round.ts';
import type { EvacuationWay } from '../reserved/way.ts';
import { type VmoveChange, type VmoveRecord, VmoveStatus } from '../stores/vmove-store.ts';
import type { Recovery } from './context.ts';
import type { EvacuationWatch } from './evacuation-watch.ts';
import type { RoundCheck } from './held-off.ts';
import { type LivingCheck, living } from './living-check.ts';
import { type MayRunSet, type MayRunSets, missingFor } from './may-run-set.ts';
import { RESTORING, restoreState } from './restore-state.ts';
import type { Room } from './room.ts';

/** What the instances of one recovery share. */
export interface EvacuationRound {
  readonly recovery: Recovery;
  readonly watch: EvacuationWatch;
  /** Its places among all that is evacuated. */
  readonly pace: PaceRound;
  /** What Placement says about room. */
  readonly room: Room;
  /** Keep owners off what waits. */
  readonly locks: OwnerLocks;
  /** Where each instance may run beside the failed host. */
  readonly mayRun: MayRunSets;
  /** The last look before every write: is the host still dead? */
  readonly check: () => Promise<RoundCheck>;
  /** The same without the power, for what sends nothing. */
  readonly look: () => Promise<LivingCheck>;
  /** The operator's pause that holds this round. */
  readonly pauseFound: () => Extract<LivingCheck, { kind: 'contradicted' }> | undefined;
  /** Whether this round is to be left for the next one, which goes on with it. */
  readonly isOver: () => boolean;
  /** Failures up to this migration have been paused for. */
  readonly pausedFor: number;
  /** Where the evacuations of this round go. */
  readonly way: EvacuationWay;
  /** Sleeps that long, or until an operator asks that everything be tried again now. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Tells the incident whether this instance only waits for room. */
  readonly waitsForRoom: (vmove: VmoveRecord, waits: boolean) => Promise<void>;
  /** Tells it whether this instance waits for the answer of another one. */
  readonly waitsForTurn: (vmove: VmoveRecord, waits: boolean) => Promise<void>;
}

export type InstanceAnswer =
  /** `note`: what is other than it was before. */
  | { readonly kind: 'recovered'; readonly destHost: string; readonly note?: string }
  | { readonly kind: 'gone' | 'failed'; readonly reason: string }
  /** No place for it on this way: another way is to be gone. */
  | { readonly kind: 'unplaced'; readonly reason: string }
  /** No answer in this round: the next one has it too, and whatever was begun for it. */
  | { readonly kind: 'recalled' }
  /** No answer in this round: the host may live. */
  | { readonly kind: 'contradicted'; readonly guard: Guard; readonly reason: string };

const CALL_MS = 60_000;
const FAILURE_PAUSE: RetryPolicy = {
  maxAttempts: Number.MAX_SAFE_INTEGER,
  firstDelayMs: 2_000,
  maxDelayMs: 60_000,
  factor: 2,
};
/** How soon it is looked again whether the host has been fenced again. */
const STAND_BACK_MS = 1_000;
/** So often one is tried on a way that it may leave. */
const WAY_FAILURES = 3;
/** Room appears rarely, and every try without room costs Nova a scheduling. */
const CAPACITY_PAUSE: RetryPolicy = { ...FAILURE_PAUSE, firstDelayMs: 5_000, maxDelayMs: 300_000 };

export async function settleInstance(
  round: EvacuationRound,
  scope: Scope,
  vmove: VmoveRecord,
  attempt: Attempt,
): Promise<InstanceAnswer> {
  const settling = new Settling(round, scope, vmove, attempt);
  try {
    const answer = await settling.run();
    settling.leave();
    return answer;
  } catch (error) {
    // What Nova may be carrying out keeps its place: the next try finds it, or calls again.
    const isUnknown = error instanceof OperationalError && error.retry === 'unknown-outcome';
    if (!isUnknown) settling.leave();
    await settling.showTrouble(error);
    throw error;
  } finally {
    round.watch.forget(vmove.instanceUuid);
  }
}

/** One life of an instance's settling: what it has called and paused for. */
class Settling {
  readonly #round: EvacuationRound;
  readonly #scope: Scope;
  readonly #vmove: VmoveRecord;
  readonly #attempt: Attempt;
  readonly #mayRun: MayRunSet;
  /** Newest evacuation whose failure has been paused for. */
  #pausedFor: number;
  #isOngoing = false;
  #standsBack = false;
  #freshUntilMs = 0;
  /** The last evacuate call: when, and the newest record of that moment. */
  #lastCall: { readonly atMs: number; readonly newestRecord: number } | undefined;

  constructor(round: EvacuationRound, scope: Scope, vmove: VmoveRecord, attempt: Attempt) {
    this.#round = round;
    this.#scope = scope;
    this.#vmove = vmove;
    this.#attempt = attempt;
    this.#mayRun = round.mayRun.of(vmove.instanceUuid, scope);
    this.#pausedFor = round.pausedFor;
    // A call of an earlier try may still be on its way to Nova; no record that shows now settles
    // it.
    if (attempt.outcomeUnknown) {
      this.#lastCall = { atMs: this.#nowMs(), newestRecord: Number.POSITIVE_INFINITY };
    }
  }

  leave(): void {
    this.#round.pace.leave(this.#vmove.instanceUuid);
  }

  /** The step tries again; until it succeeds the vmove says what it is up against. */
  async showTrouble(error: unknown): Promise<void> {
    this.#round.room.refuse(this.#vmove.instanceUuid);
    if (error instanceof OperationalError && !this.#attempt.signal.aborted) {
      await this.#change({ message: messageOf(error) });
    }
  }

  async run(): Promise<InstanceAnswer> {
    for (;;) {
      throwIfAborted(this.#attempt.signal);
      if (this.#standsBack) await this.#round.pause(STAND_BACK_MS, this.#attempt.signal);
      this.#standsBack = false;
      const observed = await this.#round.watch.observe(this.#vmove.instanceUuid);
      const facts = this.#mayRun.known(observed.facts);
      this.#freshUntilMs = observed.freshUntilMs;
      const isTaken = facts.evacuations.some(
        (one) => isMigrationOpen(one) && one.destHost !== null,
      );
      if (isTaken) this.#round.room.settle(this.#vmove.instanceUuid);
      const answer = await this.#carryOut(decideInstance(facts), facts);
      if (answer !== undefined) return answer;
      if (this.#round.isOver() && !this.#isCallUnsettled(facts)) return { kind: 'recalled' };
    }
  }

  async #carryOut(
    action: InstanceAction,
    facts: InstanceFacts,
  ): Promise<InstanceAnswer | undefined> {
    switch (action.kind) {
      case 'wait':
        this.#round.pace.pass(this.#vmove.instanceUuid);
        if ((await this.#mayRun.writeOff(facts)) === true) this.#lookAgain();
        return undefined;
      case 'evacuate':
        return await this.#evacuate(facts);
      case 'reset':
        return await this.#reset(facts);
      case 'restore':
        return await this.#restore(action.by, facts);
      case 'retry':
        return await this.#retry(action, facts);
      case 'recovered':
        return { kind: 'recovered', destHost: action.destHost };
      case 'gone':
        return { kind: 'gone', reason: action.reason };
      case 'give-up':
        return await this.#giveUp(action.reason, facts);
      default:
        return unreachable(action);
    }
  }

  async #evacuate(facts: InstanceFacts): Promise<InstanceAnswer | undefined> {
    if (this.#isCallUnsettled(facts)) {
      if (this.#attempt.outcomeUnknown) this.#keepOff();
      return undefined;
    }
    const held = await this.#holdForRoom();
    if (held !== 'go') return held === 'held' ? this.#lookAgain() : held;
    const { locks, pace, recovery, watch, way } = this.#round;
    if (!pace.holds(this.#vmove)) {
      const isAtOnce = pace.hasRoomFor(this.#vmove);
      if (!isAtOnce) locks.inLine(this.#scope, this.#vmove);
      await pace.enter(this.#vmove, this.#attempt.signal);
      locks.leaveLine(this.#vmove.instanceUuid);
      // What was observed before a long wait in the queue is old: look again first.
      if (this.#nowMs() > this.#freshUntilMs) return this.#lookAgain();
    }
    const uuid = this.#vmove.instanceUuid;
    await this.#markOngoing();
    return await pace.call(
      this.#vmove,
      async () => {
        if (!(await way.isOpen(this.#attempt.signal))) {
          return unplaced(`${way.host} has gone silent`);
        }
        const check = await this.#round.check();
        if (check.kind !== 'dead') return this.#standBack(check);
        if (await this.#mayRunByNow()) return this.#lookAgain();
        if (this.#nowMs() > this.#freshUntilMs) return this.#lookAgain();
        watch.expectChange(uuid);
        const newestRecord = facts.evacuations[0]?.id ?? 0;
        const outcome = await this.#attempt.effect(async () => {
          this.#lastCall = { atMs: this.#nowMs(), newestRecord };
          this.#round.room.send(uuid);
          return await pace.send(uuid, () =>
            recovery.ports.nova.evacuate(uuid, way.host, this.#call()),
          );
        });
        switch (outcome.kind) {
          case 'accepted':
          case 'missing':
            return undefined;
          case 'service-in-use':
            return await living(
              recovery,
              `Nova counts ${recovery.incident.hostName} as up: ${outcome.message}`,
            );
          case 'rejected': {
            const forGood = refusedForGood(outcome.message);
            if (forGood !== undefined) return forGood;
            if (way.host !== undefined) return unplaced(outcome.message);
            throw refused(`Nova refused to evacuate ${uuid}: ${outcome.message}`);
          }
          case 'conflict':
            throw refused(`Nova refused to evacuate ${uuid}: ${outcome.message}`);
          default:
            return unreachable(outcome);
        }
      },
      this.#attempt.signal,
    );
  }

  /**
   * Without room it waits untouched, and its place is another's meanwhile. A reserved host has its
   * own rules.
   */
  async #holdForRoom(): Promise<'go' | 'held' | InstanceAnswer> {
    const { look, pause, room, waitsForRoom, way } = this.#round;
    if (way.host !== undefined) return 'go';
    const uuid = this.#vmove.instanceUuid;
    const answer = await room.ask(this.#vmove);
    if (answer.kind === 'go') {
      if (room.setLack(uuid, undefined)) await waitsForRoom(this.#vmove, false);
      return 'go';
    }
    const { reason } = answer;
    if (way.leavesEarly) return unplaced(reason);
    // Nothing is sent for a long time, perhaps: this is how the host's own word is heard.
    const seen = await look();
    if (seen.kind === 'contradicted') return seen;
    this.leave();
    if (room.setLack(uuid, reason)) await this.#change({ message: reason });
    await waitsForRoom(this.#vmove, true);
    this.#keepOff();
    await pause(LIMITS.roomLookMs, this.#attempt.signal);
    room.awake();
    return (await way.hasOther()) ? unplaced(reason) : 'held';
  }

  /** Nothing is sent while the host is fenced again; what stands in line goes on in a while. */
  #standBack(check: Exclude<RoundCheck, { kind: 'dead' }>): InstanceAnswer | undefined {
    if (check.kind === 'contradicted') return check;
    this.leave();
    this.#standsBack = true;
    return undefined;
  }

  #keepOff(): void {
    this.#round.locks.keepOff(this.#scope, this.#vmove);
  }

  #lookAgain(): undefined {
    this.#round.watch.expectChange(this.#vmove.instanceUuid);
  }

  /** A call was made, its record has not been seen, and it may still appear. */
  #isCallUnsettled(facts: InstanceFacts): boolean {
    const last = this.#lastCall;
    if (last === undefined || (facts.evacuations[0]?.id ?? 0) > last.newestRecord) return false;
    const { callSettleMs } = this.#round.recovery.settings.timing;
    return this.#nowMs() - last.atMs < callSettleMs;
  }

  #nowMs(): number {
    return this.#round.recovery.ports.clock.monotonicMs();
  }

  async #reset(facts: InstanceFacts): Promise<InstanceAnswer | undefined> {
    // A call that lands between our look and the reset would lose its task while it is rebuilt.
    if (this.#isCallUnsettled(facts)) return undefined;
    const { recovery, watch } = this.#round;
    const uuid = this.#vmove.instanceUuid;
    const check = await this.#round.check();
    if (check.kind !== 'dead') return this.#standBack(check);
    if (await this.#mayRunByNow()) return this.#lookAgain();
    watch.expectChange(uuid);
    const outcome = await this.#attempt.effect(() =>
      recovery.ports.nova.resetState(uuid, 'active', this.#call()),
    );
    if (outcome.kind === 'conflict') {
      throw refused(`Nova refused to reset the state of ${uuid}: ${outcome.message}`);
    }
    return undefined;
  }

  /** What Nova will not do any more leaves the instance recovered, and says so. */
  async #restore(
    by: Exclude<Restoration, 'none'>,
    facts: InstanceFacts,
  ): Promise<InstanceAnswer | undefined> {
    const { pauseFound, recovery, watch } = this.#round;
    const paused = pauseFound();
    if (paused !== undefined) return paused;
    const uuid = this.#vmove.instanceUuid;
    watch.expectChange(uuid);
    const outcome = await this.#attempt.effect(() =>
      restoreState(recovery.ports, by, uuid, this.#call()),
    );
    if (outcome.kind === 'conflict') {
      throw refused(`Nova refused to ${RESTORING[by]} ${uuid} again: ${outcome.message}`);
    }
    if (outcome.kind !== 'rejected') return undefined;
    const { vmStateBefore, server } = facts;
    const note = `it was ${vmStateBefore}, and Nova does not put it back: ${outcome.message}`;
    return { kind: 'recovered', destHost: server?.host ?? '', note };
  }

  async #retry(
    action: Extract<InstanceAction, { kind: 'retry' }>,
    facts: InstanceFacts,
  ): Promise<InstanceAnswer | undefined> {
    const latest = facts.evacuations[0]?.id ?? 0;
    if (this.#pausedFor < latest) {
      if (isBroken(facts)) this.#round.pace.noteBroken(this.#vmove.instanceUuid);
      if (this.#leavesWay(action)) return unplaced(action.reason);
      const { random } = this.#round.recovery.ports;
      const policy = action.forCapacity ? CAPACITY_PAUSE : FAILURE_PAUSE;
      this.leave();
      this.#round.room.refuse(this.#vmove.instanceUuid);
      await this.#change({ message: action.reason });
      await this.#round.waitsForRoom(this.#vmove, action.forCapacity);
      const pauseMs = nextRetryDelayMs(policy, action.failures, random) ?? policy.maxDelayMs;
      if (pauseMs >= LIMITS.lockWorthMs) this.#keepOff();
      await this.#round.pause(pauseMs, this.#attempt.signal);
      if (!action.forCapacity) await this.#round.waitsForRoom(this.#vmove, false);
      else this.#round.room.setLack(this.#vmove.instanceUuid, action.reason);
      if (action.forCapacity && (await this.#round.way.hasOther())) return unplaced(action.reason);
      this.#pausedFor = latest;
      this.#round.watch.expectChange(this.#vmove.instanceUuid);
      return undefined;
    }
    if (action.next === 'evacuate') return await this.#evacuate(facts);
    const held = await this.#holdForRoom();
    if (held !== 'go') return held === 'held' ? this.#lookAgain() : held;
    return await this.#reset(facts);
  }

  /** A reserved host is tried once; a host of Nova's choice again, unless none has room. */
  #leavesWay({ failures, forCapacity }: Extract<InstanceAction, { kind: 'retry' }>): boolean {
    const { host, leavesEarly } = this.#round.way;
    return leavesEarly && (host !== undefined || forCapacity || failures >= WAY_FAILURES);
  }

  /** What was written off has shown life, or what shows that is too old to act on. */
  async #mayRunByNow(): Promise<boolean> {
    if (!this.#mayRun.isWrittenOff) return false;
    if ((await this.#mayRun.doubt()) !== undefined) {
      this.leave();
      return true;
    }
    return this.#nowMs() > this.#freshUntilMs;
  }

  /** Not while the members of its may-run set are confirmed dead by now. */
  async #giveUp(reason: string, facts: InstanceFacts): Promise<InstanceAnswer | undefined> {
    const missing = await this.#mayRun.writeOff(facts, true);
    if (missing === true) return this.#lookAgain();
    const where = await this.#withDestination(reason, facts);
    return { kind: 'failed', reason: where + missingFor(missing) };
  }

  /** An evacuation that stands still without a destination: Placement knows where it was going. */
  async #withDestination(reason: string, facts: InstanceFacts): Promise<string> {
    const [latest] = facts.evacuations;
    if (latest === undefined || latest.destHost !== null) return reason;
    const { placement } = this.#round.recovery.ports;
    const names = await placement.allocatedProviders(this.#vmove.instanceUuid, this.#call());
    const others = names.filter((name) => name !== facts.failedHost);
    return others.length === 0 ? reason : `${reason}; Placement names ${others.join(', ')}`;
  }

  async #markOngoing(): Promise<void> {
    if (this.#isOngoing) return;
    this.#isOngoing = true;
    const startAtMs = this.#vmove.startAtMs ?? this.#round.recovery.ports.clock.wallMs();
    await this.#change({ status: VmoveStatus.ongoing, startAtMs });
  }

  async #change(change: VmoveChange): Promise<void> {
    const { clock, stores } = this.#round.recovery.ports;
    await this.#scope.write((tenure) =>
      stores.vmoves.change(tenure, this.#vmove, change, clock.wallMs()),
    );
  }

  #call(): { readonly deadlineMs: number; readonly signal: AbortSignal } {
    const deadlineMs = Math.min(this.#attempt.remainingMs(), CALL_MS);
    return { deadlineMs, signal: this.#attempt.signal };
  }
}

/** Not for want of room: the rebuild was begun and left the instance in ERROR. */
const isBroken = ({ evacuations, server, vmStateBefore }: InstanceFacts): boolean =>
  evacuations[0]?.status === 'failed' && server?.vmState === 'error' && vmStateBefore !== 'error';

/** Nova does not evacuate instances of its class: no pause and no other host would help. */
function refusedForGood(message: string): InstanceAnswer | undefined {
  const refused = refusedClassOf(message);
  if (refused?.treatment !== 'refuse') return undefined;
  return { kind: 'failed', reason: `${refused.reason}; Nova says: ${message}` };
}

const unplaced = (reason: string): InstanceAnswer => ({ kind: 'unplaced', reason });

const refused = (message: string): OperationalError =>
  new OperationalError(ENGINE_ERRORS.refused, message);
