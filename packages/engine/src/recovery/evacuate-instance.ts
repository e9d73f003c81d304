/**
 * Step 8 and 9 for one instance, until its final answer. Observes: the instance and its migration
 * records before every act. Changes: evacuates, resets a state that a dead host left behind, stops
 * what was stopped before. Safe to repeat: what Nova's records show as begun is followed, not
 * repeated.
 */
import { decideInstance, type Guard, type InstanceAction, type InstanceFacts } from '@medevac/core';
import {
  type Gate,
  messageOf,
  nextRetryDelayMs,
  OperationalError,
  type RetryPolicy,
  throwIfAborted,
  unreachable,
} from '@medevac/kernel';
import type { Attempt, Scope } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { type VmoveChange, type VmoveRecord, VmoveStatus } from '../stores/vmove-store.ts';
import type { Recovery } from './context.ts';
import type { EvacuationWatch } from './evacuation-watch.ts';
import { type LivingCheck, living } from './living-check.ts';

/** What the instances of one recovery share. */
export interface EvacuationRound {
  readonly recovery: Recovery;
  readonly watch: EvacuationWatch;
  /** Evacuations asked for and not settled. */
  readonly open: Gate;
  /** Evacuate calls on their way. */
  readonly calls: Gate;
  /** The last look before every write: is the host still dead? */
  readonly check: () => Promise<LivingCheck>;
  /** Tells the incident whether this instance only waits for room. */
  readonly waitsForRoom: (vmove: VmoveRecord, waits: boolean) => Promise<void>;
}

export type InstanceAnswer =
  | { readonly kind: 'recovered'; readonly destHost: string }
  | { readonly kind: 'gone' | 'failed'; readonly reason: string }
  /** No answer in this round: the host may live. */
  | { readonly kind: 'contradicted'; readonly guard: Guard; readonly reason: string };

const CALL_MS = 60_000;
const FAILURE_PAUSE: RetryPolicy = {
  maxAttempts: Number.MAX_SAFE_INTEGER,
  firstDelayMs: 2_000,
  maxDelayMs: 60_000,
  factor: 2,
};
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
    return await settling.run();
  } catch (error) {
    await settling.showTrouble(error);
    throw error;
  } finally {
    settling.leave();
    round.watch.forget(vmove.instanceUuid);
  }
}

/** One life of an instance's settling: holds its place in the gate and what it has paused for. */
class Settling {
  readonly #round: EvacuationRound;
  readonly #scope: Scope;
  readonly #vmove: VmoveRecord;
  readonly #attempt: Attempt;
  #place: (() => void) | undefined;
  /** Newest evacuation whose failure has been paused for. */
  #pausedFor = 0;
  #isOngoing = false;
  #freshUntilMs = 0;
  /** The last evacuate call: when, and the newest record of that moment. */
  #lastCall: { readonly atMs: number; readonly newestRecord: number } | undefined;

  constructor(round: EvacuationRound, scope: Scope, vmove: VmoveRecord, attempt: Attempt) {
    this.#round = round;
    this.#scope = scope;
    this.#vmove = vmove;
    this.#attempt = attempt;
    // A call of an earlier try may still be on its way to Nova; no record that shows now settles
    // it.
    if (attempt.outcomeUnknown) {
      this.#lastCall = { atMs: this.#nowMs(), newestRecord: Number.POSITIVE_INFINITY };
    }
  }

  leave(): void {
    this.#place?.();
    this.#place = undefined;
  }

  /** The step tries again; until it succeeds the vmove says what it is up against. */
  async showTrouble(error: unknown): Promise<void> {
    if (error instanceof OperationalError && !this.#attempt.signal.aborted) {
      await this.#change({ message: messageOf(error) });
    }
  }

  async run(): Promise<InstanceAnswer> {
    for (;;) {
      throwIfAborted(this.#attempt.signal);
      const { facts, freshUntilMs } = await this.#round.watch.observe(this.#vmove.instanceUuid);
      this.#freshUntilMs = freshUntilMs;
      const answer = await this.#carryOut(decideInstance(facts), facts);
      if (answer !== undefined) return answer;
    }
  }

  async #carryOut(
    action: InstanceAction,
    facts: InstanceFacts,
  ): Promise<InstanceAnswer | undefined> {
    switch (action.kind) {
      case 'wait':
        return undefined;
      case 'evacuate':
        return await this.#evacuate(facts);
      case 'reset':
        return await this.#reset(facts);
      case 'stop':
        return await this.#stop();
      case 'retry':
        return await this.#retry(action, facts);
      case 'recovered':
        return { kind: 'recovered', destHost: action.destHost };
      case 'gone':
        return { kind: 'gone', reason: action.reason };
      case 'give-up':
        return { kind: 'failed', reason: await this.#withDestination(action.reason, facts) };
      default:
        return unreachable(action);
    }
  }

  async #evacuate(facts: InstanceFacts): Promise<InstanceAnswer | undefined> {
    if (this.#isCallUnsettled(facts)) return undefined;
    if (this.#place === undefined) {
      const isAtOnce = this.#round.open.hasRoom;
      this.#place = await this.#round.open.enter(this.#attempt.signal);
      // What was observed before a wait in the queue is old: look again first.
      if (!isAtOnce) return this.#lookAgain();
    }
    const { calls, recovery, watch } = this.#round;
    const uuid = this.#vmove.instanceUuid;
    await this.#markOngoing();
    return await calls.run(async () => {
      const check = await this.#round.check();
      if (check.kind === 'contradicted') return check;
      if (this.#nowMs() > this.#freshUntilMs) return this.#lookAgain();
      watch.expectChange(uuid);
      const newestRecord = facts.evacuations[0]?.id ?? 0;
      const outcome = await this.#attempt.effect(async () => {
        this.#lastCall = { atMs: this.#nowMs(), newestRecord };
        return await recovery.ports.nova.evacuate(uuid, undefined, this.#call());
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
        case 'conflict':
        case 'rejected':
          throw refused(`Nova refused to evacuate ${uuid}: ${outcome.message}`);
        default:
          return unreachable(outcome);
      }
    }, this.#attempt.signal);
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
    if (check.kind === 'contradicted') return check;
    watch.expectChange(uuid);
    const outcome = await this.#attempt.effect(() =>
      recovery.ports.nova.resetState(uuid, 'active', this.#call()),
    );
    if (outcome.kind === 'conflict') {
      throw refused(`Nova refused to reset the state of ${uuid}: ${outcome.message}`);
    }
    return undefined;
  }

  async #stop(): Promise<undefined> {
    const { recovery, watch } = this.#round;
    const uuid = this.#vmove.instanceUuid;
    watch.expectChange(uuid);
    const outcome = await this.#attempt.effect(() => recovery.ports.nova.stop(uuid, this.#call()));
    if (outcome.kind === 'conflict') {
      throw refused(`Nova refused to stop ${uuid} again: ${outcome.message}`);
    }
  }

  async #retry(
    action: Extract<InstanceAction, { kind: 'retry' }>,
    facts: InstanceFacts,
  ): Promise<InstanceAnswer | undefined> {
    const latest = facts.evacuations[0]?.id ?? 0;
    if (this.#pausedFor < latest) {
      const { clock, random } = this.#round.recovery.ports;
      const policy = action.forCapacity ? CAPACITY_PAUSE : FAILURE_PAUSE;
      this.leave();
      await this.#change({ message: action.reason });
      await this.#round.waitsForRoom(this.#vmove, action.forCapacity);
      const pauseMs = nextRetryDelayMs(policy, action.failures, random) ?? policy.maxDelayMs;
      await clock.sleep(pauseMs, this.#attempt.signal);
      await this.#round.waitsForRoom(this.#vmove, false);
      this.#pausedFor = latest;
      this.#round.watch.expectChange(this.#vmove.instanceUuid);
      return undefined;
    }
    return action.next === 'reset' ? await this.#reset(facts) : await this.#evacuate(facts);
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

const refused = (message: string): OperationalError =>
  new OperationalError(ENGINE_ERRORS.refused, message);
