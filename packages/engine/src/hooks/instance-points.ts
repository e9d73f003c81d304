/**
 * The points of single instances at which hooks run. One that waits for a hook keeps none of the
 * others waiting but those that come after it. Each point is passed once per instance and round,
 * whichever way the instance goes.
 */
import { type Clock, Gate, LIMITS } from '@medevac/kernel';
import { type Scope, StepFailed } from '@medevac/workflow';
import type { Recovery } from '../recovery/context.ts';
import type { EvacuationRound, InstanceAnswer } from '../recovery/evacuate-instance.ts';
import { roundKeyOf } from '../recovery/round-news.ts';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import { HookPoint, type HookSubject } from './hook.ts';
import { InstanceDisplay } from './instance-display.ts';
import { type Passage, type PointEnd, type PointStop, passPoint } from './pass-point.ts';
import { hooksCheck, occasionOf, subjectOf } from './recovery-points.ts';

/** The round that the instance is in. */
type Settling = Pick<EvacuationRound, 'check' | 'isOver' | 'pauseFound' | 'waitsForTurn'>;

type FinalAnswer = Extract<InstanceAnswer, { kind: 'recovered' | 'gone' | 'failed' }>;

/** How soon a round that is over is left by what waits for a hook. */
const LOOK_MS = 1_000;

/** Of one round of a recovery. */
export class InstancePoints {
  readonly round: number;
  readonly #recovery: Recovery;
  readonly #gate = new Gate(LIMITS.hooksPerIncident);
  /** Instances that are past their first point, whichever way they have tried since. */
  readonly #entered = new Set<string>();

  constructor(recovery: Recovery, round: number) {
    this.#recovery = recovery;
    this.round = round;
  }

  /** Settles the instance between its two points. Everything is looked at anew behind a hook. */
  async around(
    settling: Settling,
    scope: Scope,
    vmove: VmoveRecord,
    settle: () => Promise<InstanceAnswer>,
  ): Promise<InstanceAnswer> {
    // Hooks that were added since come too late for what is settled.
    const isEntered = scope.wasDone('settle') || this.#entered.has(roundKeyOf(vmove));
    if (!isEntered) {
      const stopped = await this.#enter(settling, scope, vmove);
      if (stopped !== undefined) return stopped;
    }
    const answer = await settle();
    switch (answer.kind) {
      case 'recovered':
      case 'gone':
      case 'failed':
        return await this.#leave(settling, scope, vmove, answer);
      default:
        return answer;
    }
  }

  /** Answers why it is not settled now, if it is not. */
  async #enter(
    settling: Settling,
    scope: Scope,
    vmove: VmoveRecord,
  ): Promise<InstanceAnswer | undefined> {
    const point = HookPoint.beforeInstance;
    const hostCheck = hooksCheck(() => settling.check());
    try {
      const end = await this.#pass(settling, vmove, { scope, point, check: hostCheck });
      if (end.kind !== 'passed') return answerOf(end);
      this.#entered.add(roundKeyOf(vmove));
      return undefined;
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) };
    }
  }

  /** The instance is where it is, whatever the host and the hook say: its answer stands. */
  async #leave(
    settling: Settling,
    scope: Scope,
    vmove: VmoveRecord,
    answer: FinalAnswer,
  ): Promise<InstanceAnswer> {
    const point = HookPoint.afterInstance;
    const check: Passage['check'] = async () => {
      const paused = settling.pauseFound();
      return paused === undefined ? { kind: 'go' } : { ...paused, kind: 'void' };
    };
    const result = resultOf(answer);
    try {
      const end = await this.#pass(settling, vmove, { scope, point, check, result });
      return end.kind === 'passed' ? answer : answerOf(end);
    } catch (error) {
      return withTrouble(answer, reasonOf(error));
    }
  }

  async #pass(
    settling: Settling,
    vmove: VmoveRecord,
    {
      result,
      ...passage
    }: Pick<Passage, 'scope' | 'point' | 'check'> & Pick<HookSubject, 'result'>,
  ): Promise<PointEnd> {
    const recovery = this.#recovery;
    const { ports, settings } = recovery;
    const { instanceName: name, instanceUuid: uuid } = vmove;
    const subject = { ...subjectOf(recovery, this.round), instance: { uuid, name } };
    const show = new InstanceDisplay(
      recovery,
      (waits) => settling.waitsForTurn(vmove, waits),
      vmove,
    );
    try {
      return await passPoint({
        ...ports,
        ...passage,
        ...{ show, gate: this.#gate },
        subject: result === undefined ? subject : { ...subject, result },
        occasion: `${occasionOf(recovery, this.round, passage.point)}/${roundKeyOf(vmove)}`,
        deadlineMs: settings.timing.instanceMs,
        check: async () => (settling.isOver() ? { kind: 'recalled' } : await passage.check()),
        pause: (ms, signal) => pauseInRound(ports.clock, settling, ms, signal),
      });
    } finally {
      if (!recovery.scope.signal.aborted) await show.end();
    }
  }
}

/** Sleeps that long, or until the round is to be left. */
async function pauseInRound(
  clock: Clock,
  settling: Settling,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.monotonicMs() + ms;
  for (let leftMs = ms; leftMs > 0; leftMs = endMs - clock.monotonicMs()) {
    if (settling.isOver() || settling.pauseFound() !== undefined) return;
    await clock.sleep(Math.min(leftMs, LOOK_MS), signal);
  }
}

const answerOf = (stop: PointStop): InstanceAnswer =>
  stop.kind === 'recalled' ? stop : { ...stop, kind: 'contradicted' };

/** As hooks are told. */
function resultOf(answer: FinalAnswer): NonNullable<HookSubject['result']> {
  return answer.kind === 'recovered'
    ? { outcome: answer.kind, destination: answer.destHost, reason: answer.note ?? null }
    : { outcome: answer.kind, destination: null, reason: answer.reason };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof StepFailed)) throw error;
  return error.error.message;
}

function withTrouble(answer: FinalAnswer, trouble: string): FinalAnswer {
  if (answer.kind !== 'recovered') return { ...answer, reason: `${answer.reason}; ${trouble}` };
  return { ...answer, note: answer.note === undefined ? trouble : `${answer.note}; ${trouble}` };
}
