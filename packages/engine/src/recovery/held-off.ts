/**
 * Keeps a confirmed host off for one round of its recovery. Its power is read before every effect
 * and on a timer while evacuations are open; when it reads on without a sign of life, the host is
 * fenced again at once in a step of its own, nothing is sent meanwhile, and then the recovery goes
 * on where it was. With a sign of life the round ends, and the recovery is held.
 *
 * | what is seen | state | next |
 * | --- | --- | --- |
 * | power reads on, no sign of life | refencing | fenced again: back to where it was |
 * | no proof that it is off again | fence_failed | tried again, as any fencing |
 * | a sign of life | held | a newer report is needed |
 * | nothing is left to be evacuated | back to where it was | fencing again is given up |
 */
import { type Confirmation, IncidentState } from '@medevac/core';
import { anySignal, messageOf } from '@medevac/kernel';
import type { FencingWatch } from './confirm-off.ts';
import { patiently, type Recovery } from './context.ts';
import type { LivingCheck } from './living-check.ts';
import { PowerCheck } from './power-check.ts';
import { type HeldPhase, refenceOnce } from './refence.ts';

/** `refencing`: nothing may be sent now; ask again soon. */
export type RoundCheck = LivingCheck | { readonly kind: 'refencing' };

export interface HeldOffParts {
  readonly round: number;
  readonly confirmation: Confirmation;
  readonly fencing: FencingWatch;
}

/** A host needs longer from its power to its first guest than two of these. */
const WATCH_MS = 5_000;
/** In these states a fencing of an earlier life of the run has not ended. */
const BROKEN_OFF: readonly IncidentState[] = [IncidentState.refencing, IncidentState.fenceFailed];
/** In these nothing is begun. */
const STANDS_STILL: readonly IncidentState[] = [IncidentState.held, IncidentState.paused];

/** What earlier lives of the run have fenced again counts on. */
export async function openHeldOff(recovery: Recovery, parts: HeldOffParts): Promise<HeldOff> {
  const held = new HeldOff(recovery, parts);
  await held.restore();
  return held;
}

export class HeldOff {
  readonly #recovery: Recovery;
  readonly #parts: HeldOffParts;
  readonly #power: PowerCheck;
  #confirmation: Confirmation;
  #refences = 0;
  #underWay: Promise<void> | undefined;
  #contradicted: Extract<LivingCheck, { kind: 'contradicted' }> | undefined;
  #failure: Error | undefined;
  #stop = new AbortController();

  constructor(recovery: Recovery, parts: HeldOffParts) {
    this.#recovery = recovery;
    this.#parts = parts;
    this.#confirmation = parts.confirmation;
    this.#power = new PowerCheck(recovery, parts.confirmation);
  }

  /** What counts now: that of the last fencing. */
  get confirmation(): Confirmation {
    return this.#confirmation;
  }

  async restore(): Promise<void> {
    const { scope } = this.#recovery;
    while (scope.wasDone(this.#stepName(this.#refences + 1))) {
      const phase: HeldPhase = {
        backTo: 'evacuating',
        look: () => Promise.resolve({ kind: 'dead' }),
      };
      await this.#refence(phase, '');
    }
    this.#contradicted = undefined;
  }

  /** Looks at the host, and then at its power; begins to fence it again when that reads on. */
  async check(phase: HeldPhase): Promise<RoundCheck> {
    this.#throwFailure();
    if (this.#contradicted !== undefined) return this.#contradicted;
    if (this.#underWay !== undefined) return { kind: 'refencing' };
    // The host is looked at first, so that a switch that does not answer hides no sign of life, and
    // again after a reading, which may take long.
    const seen = await phase.look();
    if (seen.kind === 'contradicted' || this.#power.isFresh) return seen;
    const powered = await this.#power.check();
    if (powered.kind === 'holds') return await phase.look();
    this.#begin(phase, powered.reason);
    return { kind: 'refencing' };
  }

  /** As `check`, and waits until the host is fenced again. */
  async hold(phase: HeldPhase, signal: AbortSignal): Promise<LivingCheck> {
    this.resume(phase);
    for (;;) {
      const seen = await this.check(phase);
      if (seen.kind !== 'refencing') return seen;
      if (this.#underWay === undefined) await this.#recovery.ports.clock.sleep(WATCH_MS, signal);
      else await this.#underWay;
    }
  }

  /** A fencing that an earlier life of the run has begun is gone on with. */
  resume(phase: HeldPhase): void {
    const { recorder, incident } = this.#recovery;
    if (!BROKEN_OFF.includes(recorder.state)) return;
    this.#begin(phase, `making certain again that ${incident.hostName} is off`);
  }

  /**
   * Reads the power on a timer until the answered function is called, which ends what is under way
   * and waits for its end. `onContradiction` hears that the host lives.
   */
  watch(
    phase: HeldPhase,
    onContradiction: (found: Extract<LivingCheck, { kind: 'contradicted' }>) => Promise<void>,
  ): () => Promise<void> {
    this.#stop = new AbortController();
    this.resume(phase);
    const stopWatch = this.#power.isWatched
      ? this.#recovery.ports.clock.every(WATCH_MS, () => this.#tick(phase, onContradiction))
      : () => {};
    return async () => {
      stopWatch();
      this.#stop.abort(new Error('nothing is left to be evacuated'));
      await this.#underWay;
      this.#throwFailure();
    };
  }

  async #tick(
    phase: HeldPhase,
    onContradiction: (found: Extract<LivingCheck, { kind: 'contradicted' }>) => Promise<void>,
  ): Promise<void> {
    const { ports, recorder, scope } = this.#recovery;
    try {
      // What only waits for room sends nothing: until it does, the host may come back in peace.
      const waits = recorder.state === IncidentState.waitingCapacity;
      if (this.#underWay === undefined && !waits && !this.#power.isFresh) {
        const powered = await this.#power.check();
        if (powered.kind === 'on') this.#begin(phase, powered.reason);
      }
      if (this.#contradicted !== undefined) await onContradiction(this.#contradicted);
    } catch (error) {
      // The run is over or the power cannot be read: whoever sends something finds out for itself.
      if (scope.signal.aborted) return;
      ports.log.warn('recovery.power_unseen', { error: messageOf(error) });
    }
  }

  #begin(phase: HeldPhase, reason: string): void {
    const { recorder } = this.#recovery;
    if (this.#underWay !== undefined || this.#stop.signal.aborted) return;
    if (this.#contradicted !== undefined || STANDS_STILL.includes(recorder.state)) return;
    this.#underWay = this.#refence(phase, reason)
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }

  async #refence(phase: HeldPhase, reason: string): Promise<void> {
    const { scope, settings } = this.#recovery;
    const { fencing } = this.#parts;
    this.#refences += 1;
    const order = { recovery: this.#recovery, fencing, phase, reason, stop: this.#stop.signal };
    const options = {
      ...patiently(settings.timing.heldMs),
      pause: (ms: number, signal: AbortSignal) => this.#pause(ms, signal),
    };
    const refenced = await fencing.wait.during(() =>
      scope.step(this.#stepName(this.#refences), options, (attempt) => refenceOnce(order, attempt)),
    );
    if (refenced.kind === 'confirmed') {
      this.#confirmation = refenced.confirmation;
      this.#power.renew(refenced.confirmation);
    }
    if (refenced.kind === 'contradicted') this.#contradicted = refenced;
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const stop = this.#stop.signal;
    try {
      await this.#parts.fencing.wait.pause(ms, anySignal(signal, stop));
    } catch (error) {
      if (!stop.aborted || signal.aborted) throw error;
    }
  }

  #stepName(number: number): string {
    return `refence-${this.#parts.round}-${number}`;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
