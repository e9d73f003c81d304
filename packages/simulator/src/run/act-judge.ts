/**
 * Judges what the product does beside owners and operators: its calls, what Nova carries out, and
 * the final answers of its incidents. It knows which instances an operator and the product have
 * acted on in the same moment, which nobody can keep apart.
 */
import type { IncidentState } from '@medevac/core';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import { ACT_INVARIANTS } from '../invariants/acts.ts';
import { ANSWER_INVARIANTS } from '../invariants/answers.ts';
import { ENABLING_INVARIANTS } from '../invariants/enabling.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { ORDER_INVARIANTS } from '../invariants/order.ts';
import { PACE_INVARIANTS } from '../invariants/pace.ts';
import { RETURN_INVARIANTS } from '../invariants/returns.ts';
import { WRITE_INVARIANTS } from '../invariants/truths.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import { type ActWitnesses, actFacts } from './act-facts.ts';
import type { ChangingCall } from './call-facts.ts';
import { EnablingBook, type EnablingBookParts } from './enabling-book.ts';
import { isProtected } from './end-facts.ts';
import { FaultKind, type RunPlan } from './faults.ts';
import { OrderBook } from './order-book.ts';
import { PaceBook } from './pace-book.ts';

export interface ActJudgeParts extends Omit<ActWitnesses, 'toleranceMs'> {
  readonly plan: RunPlan;
  readonly maintenanceOf: EnablingBookParts['maintenanceOf'];
  readonly fail: (what: string, error: unknown) => void;
  readonly judge: <Facts>(invariants: readonly Invariant<Facts>[], facts: Facts) => void;
  readonly say: (text: string) => void;
}

/** How old the facts behind a call may be, and a write to a slow database between them. */
const FACTS_MS = 9_000;
/** In a slow cloud the product acts on older facts, because there are no newer ones. */
const SLOW_FACTS_MS = 150_000;

export class ActJudge {
  readonly #parts: ActJudgeParts;
  readonly #contested = new Set<InstanceUuid>();
  readonly #pace: PaceBook | undefined;
  readonly #enabling: EnablingBook;
  readonly #order: OrderBook | undefined;

  constructor(parts: ActJudgeParts) {
    this.#parts = parts;
    this.#enabling = new EnablingBook(parts);
    const { openEvacuations, replicas } = parts.plan;
    if (openEvacuations === undefined) return;
    this.#order = new OrderBook({ ...parts, openEvacuations });
    this.#pace = new PaceBook({ ...parts, bound: openEvacuations * replicas });
  }

  noteCall(call: ChangingCall): void {
    const facts = actFacts({ ...this.#parts, toleranceMs: this.#toleranceMs() }, call);
    this.#parts.judge(ACT_INVARIANTS, facts);
    this.#parts.judge(RETURN_INVARIANTS, facts);
  }

  /**
   * An evacuation that an operator began between the last look and the call cannot be seen, and
   * Nova carries out both: what becomes of this instance is outside of every guarantee.
   */
  noteWrite(write: NovaWrite): void {
    this.#parts.judge(WRITE_INVARIANTS, write);
    const pace = this.#pace?.note(write);
    if (pace !== undefined) this.#parts.judge(PACE_INVARIANTS, pace);
    const order = this.#order?.note(write);
    if (order !== undefined) this.#parts.judge(ORDER_INVARIANTS, order);
    this.#judgeEnabling(write);
    const { instance, beside } = write;
    if (instance === null || !beside.some((one) => one.by === 'operator')) return;
    this.#contested.add(instance);
    this.#parts.say(`outside the guarantee: somebody else acts on ${instance} in this moment`);
  }

  /** The stores with the books listening at them. */
  listen(stores: Stores): Stores {
    return this.#order?.listen(stores) ?? stores;
  }

  #judgeEnabling(write: NovaWrite): void {
    const { fail, judge } = this.#parts;
    this.#enabling
      .note(write)
      ?.then((facts) => judge(ENABLING_INVARIANTS, facts))
      .catch((error: unknown) => fail('the look at an enabling', error));
  }

  isContested(instance: InstanceUuid): boolean {
    return this.#contested.has(instance);
  }

  noteAnswer(host: HostName, state: IncidentState): void {
    const left = this.#parts.cloud
      .instances(host)
      // What an old message has built there since the host is back is nothing that was left.
      .filter((one) => isProtected(one) && one.runsOn.length === 0)
      .map((one) => one.server.uuid);
    this.#parts.judge(ANSWER_INVARIANTS, { host, state, left });
  }

  #toleranceMs(): number {
    const nowMs = this.#parts.clock.monotonicMs();
    const isSlow = this.#parts.plan.faults.some(
      ({ kind, atMs, forMs }) =>
        kind === FaultKind.nova && nowMs >= atMs && nowMs <= atMs + forMs + SLOW_FACTS_MS,
    );
    return isSlow ? SLOW_FACTS_MS : FACTS_MS;
  }
}
