/**
 * Judges what the product does beside owners and operators: its calls, what Nova carries out, and
 * the final answers of its incidents. It knows which instances an operator and the product have
 * acted on in the same moment, which nobody can keep apart.
 */
import type { IncidentState } from '@medevac/core';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import { ACT_INVARIANTS } from '../invariants/acts.ts';
import { ANSWER_INVARIANTS } from '../invariants/answers.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { RETURN_INVARIANTS } from '../invariants/returns.ts';
import { WRITE_INVARIANTS } from '../invariants/truths.ts';
import type { NovaWrite } from '../world/simulated-nova.ts';
import { type ActWitnesses, actFacts } from './act-facts.ts';
import type { ChangingCall } from './call-facts.ts';
import { isProtected } from './end-facts.ts';
import { FaultKind, type RunPlan } from './faults.ts';

export interface ActJudgeParts extends Omit<ActWitnesses, 'toleranceMs'> {
  readonly plan: RunPlan;
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

  constructor(parts: ActJudgeParts) {
    this.#parts = parts;
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
    const { instance, beside } = write;
    if (instance === null || !beside.some((one) => one.by === 'operator')) return;
    this.#contested.add(instance);
    this.#parts.say(`outside the guarantee: somebody else acts on ${instance} in this moment`);
  }

  isContested(instance: InstanceUuid): boolean {
    return this.#contested.has(instance);
  }

  noteAnswer(host: HostName, state: IncidentState): void {
    const left = this.#parts.cloud
      .instances(host)
      .filter(isProtected)
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
