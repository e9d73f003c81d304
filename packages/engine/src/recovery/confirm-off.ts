/**
 * Step 5: makes certain that the host is off: by what others have proven already, by the devices of
 * its fencing plan, or by a proof set. Without a confirmation it ends in `fence_failed` and is
 * tried again until the incident's time is up; nothing is written to Nova meanwhile.
 */
import { type Confirmation, Guard, IncidentState } from '@medevac/core';
import { invariant, OperationalError } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { EvidenceRecord } from '../stores/incident-store.ts';
import { type DeadHost, type Recovery, readEvidenceOrder, readService } from './context.ts';
import { fenceByPlan, restOf } from './fence-by-plan.ts';
import type { FenceWait } from './fence-wait.ts';
import { checkOperatorsWord, type LivingCheck, living } from './living-check.ts';
import type { OutsideProofs } from './outside-proof.ts';
import { PowerCheck, reportPowerOff } from './power-check.ts';
import { TimelineStep } from './recorder.ts';

/** `void`: the host showed a sign of life meanwhile, so the verdict must be found anew. */
export type ConfirmResult =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'void' };

/** What lasts over all passes of one fencing. */
export interface FencingWatch {
  readonly wait: FenceWait;
  readonly outside: OutsideProofs;
}

export async function confirmOff(
  recovery: Recovery,
  dead: DeadHost,
  { wait, outside }: FencingWatch,
  attempt: Attempt,
): Promise<ConfirmResult> {
  const { incident, recorder } = recovery;
  const host = incident.hostName;
  await wait.listen();
  const look = await lookOnce(recovery, dead);
  if (look.kind === 'contradicted') {
    const { guard } = look;
    await recorder.hold(look);
    // An earlier try may have switched it off in the moment in which it reported.
    if (guard === Guard.contradiction) await reportPowerOff(recovery);
    return { kind: 'void' };
  }
  // What has failed is shown as failed while it is tried again, until there is a confirmation.
  if (recorder.state !== IncidentState.fenceFailed) {
    await recorder.moveTo(IncidentState.fencing, `making certain that ${host} is off`);
  }
  const outcome = await proveOff(
    { recovery, attempt, report: look.report, look: () => lookOnce(recovery, dead) },
    { wait, outside },
  );
  if (outcome.kind === 'confirmed') {
    const message = `${host} counts as off (${restOf(outcome.confirmation)})`;
    const onlyFrom = IncidentState.fenceFailed;
    await recorder.moveTo(IncidentState.fencing, message, { onlyFrom });
    await recorder.note(TimelineStep.fence, message, 1);
    return outcome;
  }
  await recorder.moveTo(IncidentState.fenceFailed, outcome.reason);
  throw new OperationalError(ENGINE_ERRORS.notFenced, outcome.reason);
}

export interface ProvingOrder {
  readonly recovery: Recovery;
  readonly attempt: Pick<Attempt, 'effect' | 'signal'>;
  readonly report: EvidenceRecord;
  readonly look: () => Promise<LivingCheck>;
}

export type ProofOfOff =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'unproven'; readonly reason: string };

/** One pass over everything that can prove that the host is off. */
export async function proveOff(
  order: ProvingOrder,
  { wait, outside }: FencingWatch,
): Promise<ProofOfOff> {
  const { attempt, recovery } = order;
  const told = await outside.look(attempt.signal);
  if (told.confirmation !== undefined && (await isPowerAway(recovery, told.confirmation))) {
    return { kind: 'confirmed', confirmation: told.confirmation };
  }
  const fenced = await fenceByPlan({ ...order, signal: attempt.signal });
  if (fenced.kind === 'confirmed') return fenced;
  const proven = await wait.proofs.look(attempt.signal);
  // Looked at last: a sign of life may have come while the devices were tried.
  const seen = proven.confirmation === undefined ? undefined : await order.look();
  if (proven.confirmation !== undefined && seen?.kind === 'dead') {
    if (await isPowerAway(recovery, proven.confirmation)) {
      return { kind: 'confirmed', confirmation: proven.confirmation };
    }
  }
  const all = [...fenced.reasons, ...told.reasons, ...proven.reasons];
  const why = all.length > 0 ? all.join('; ') : 'no fence device is configured';
  const host = recovery.incident.hostName;
  const reason = `${host} could not be fenced, so nothing is evacuated: ${why}`;
  return { kind: 'unproven', reason };
}

/** Whoever says it: a host whose power reads on is not off. */
const isPowerAway = async (recovery: Recovery, confirmation: Confirmation): Promise<boolean> =>
  (await new PowerCheck(recovery, confirmation).check()).kind === 'holds';

type Look =
  | { readonly kind: 'dead'; readonly report: EvidenceRecord }
  | Extract<LivingCheck, { kind: 'contradicted' }>;

/** What the evidence and the operators say now, which may be long after the verdict. */
export async function lookOnce(recovery: Recovery, dead: DeadHost): Promise<Look> {
  await lookAgain(recovery, dead);
  const { lastFailureReport, lastSignOfLife } = await readEvidenceOrder(recovery);
  invariant(lastFailureReport !== undefined, 'fencing follows a report');
  if (lastSignOfLife !== undefined && lastSignOfLife.id > lastFailureReport.id) {
    const host = recovery.incident.hostName;
    const reason = `${host} showed a sign of life before it was confirmed off`;
    return { kind: 'contradicted', guard: Guard.contradiction, reason };
  }
  const allowed = await checkOperatorsWord(recovery);
  return allowed.kind === 'contradicted' ? allowed : { kind: 'dead', report: lastFailureReport };
}

/** The verdict may be old when a step is repeated; a host that has reported since is not fenced. */
async function lookAgain(recovery: Recovery, dead: DeadHost): Promise<void> {
  const host = recovery.incident.hostName;
  const view = await readService(recovery);
  if (view?.uuid !== dead.serviceUuid || view.updatedAt !== dead.stamp) {
    await living(recovery, `${host} has reported to Nova before it was confirmed off`);
  }
}
