/**
 * One try to fence a host again that was confirmed off and whose power reads on. Observes: the
 * host's own word, and the power. Changes: the power, and the state of the incident, which goes
 * back to where it was. Safe to repeat: what is off is not switched.
 */
import { type Confirmation, Guard, IncidentState } from '@medevac/core';
import { anySignal, invariant, OperationalError } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { type FencingWatch, proveOff } from './confirm-off.ts';
import { type Recovery, readEvidenceOrder } from './context.ts';
import { restOf } from './fence-by-plan.ts';
import type { LivingCheck } from './living-check.ts';
import { reportPowerOff } from './power-check.ts';
import { TimelineStep } from './recorder.ts';

/** Where the recovery stands while the host is kept off. */
export interface HeldPhase {
  readonly backTo: 'planning' | 'evacuating';
  /** The evidence, and what operators have set. */
  readonly look: () => Promise<LivingCheck>;
  /** Asked for before a switch is commanded, where it looks at more. */
  readonly beforeCommand?: () => Promise<LivingCheck>;
}

export interface RefencingOrder {
  readonly recovery: Recovery;
  readonly fencing: FencingWatch;
  readonly phase: HeldPhase;
  /** Why it is fenced again. */
  readonly reason: string;
  /** Aborted when nothing is left to be evacuated. */
  readonly stop: AbortSignal;
}

export type Refenced =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'contradicted'; readonly guard: Guard; readonly reason: string }
  | { readonly kind: 'not-needed' };

const WORKING: readonly IncidentState[] = [
  IncidentState.planning,
  IncidentState.evacuating,
  IncidentState.waitingCapacity,
];
/** While it is fenced again; elsewhere somebody has held or paused the recovery meanwhile. */
const FENCES: readonly IncidentState[] = [IncidentState.refencing, IncidentState.fenceFailed];

/** Nothing is moved from anywhere else: others move the incident at the same time. */
async function moveFrom(
  recorder: Recovery['recorder'],
  from: readonly IncidentState[],
  to: IncidentState,
  reason: string,
): Promise<void> {
  for (const onlyFrom of from) await recorder.moveTo(to, reason, { onlyFrom });
}

export async function refenceOnce(order: RefencingOrder, attempt: Attempt): Promise<Refenced> {
  const { phase, reason, recovery, stop } = order;
  const { recorder } = recovery;
  try {
    if (!stop.aborted) return await tryOnce(order, attempt);
  } catch (error) {
    if (!stop.aborted || attempt.signal.aborted) throw error;
  }
  const { refencing } = IncidentState;
  await recorder.moveTo(refencing, reason, { onlyFrom: IncidentState.fenceFailed });
  await recorder.moveTo(phase.backTo, 'nothing is left to be evacuated', { onlyFrom: refencing });
  return { kind: 'not-needed' };
}

async function tryOnce(order: RefencingOrder, attempt: Attempt): Promise<Refenced> {
  const { fencing, phase, reason, recovery, stop } = order;
  const { incident, recorder } = recovery;
  await fencing.wait.listen();
  const look = phase.beforeCommand ?? phase.look;
  const seen = await look();
  if (seen.kind === 'contradicted') {
    // An earlier try may have switched it off in the moment in which it reported.
    if (seen.guard === Guard.contradiction) await reportPowerOff(recovery);
    return seen;
  }
  await moveFrom(recorder, WORKING, IncidentState.refencing, reason);
  if (!FENCES.includes(recorder.state)) return { kind: 'not-needed' };
  const { lastFailureReport } = await readEvidenceOrder(recovery);
  invariant(lastFailureReport !== undefined, 'a host is kept off because of a report');
  const proven = await proveOff(
    {
      recovery,
      attempt: {
        effect: (act) => attempt.effect(act),
        signal: anySignal(attempt.signal, stop),
      },
      report: lastFailureReport,
      look,
    },
    fencing,
  );
  if (proven.kind === 'unproven') {
    await moveFrom(recorder, FENCES, IncidentState.fenceFailed, proven.reason);
    throw new OperationalError(ENGINE_ERRORS.notFenced, proven.reason);
  }
  const message = `${incident.hostName} is off again (${restOf(proven.confirmation)})`;
  const { fenceFailed, refencing } = IncidentState;
  await recorder.moveTo(refencing, message, { onlyFrom: fenceFailed });
  await recorder.note(TimelineStep.fence, message, 1);
  await recorder.moveTo(phase.backTo, message, { onlyFrom: refencing });
  return proven;
}
