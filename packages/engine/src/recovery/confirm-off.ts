/**
 * Step 5: makes certain that the host is off, device by device. Without a confirmation it ends in
 * `fence_failed` and is tried again until the incident's time is up; nothing is written to Nova
 * meanwhile.
 */
import { type Confirmation, Guard, IncidentState } from '@medevac/core';
import type { FenceOutcome, FenceTarget } from '@medevac/fencing';
import { invariant, OperationalError } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { EvidenceRecord } from '../stores/incident-store.ts';
import { type DeadHost, type Recovery, readEvidenceOrder, readService } from './context.ts';
import { checkOperatorsWord, type LivingCheck, living } from './living-check.ts';
import { reportPowerOff } from './power-check.ts';
import { TimelineStep } from './recorder.ts';

/** `void`: the host showed a sign of life meanwhile, so the verdict must be found anew. */
export type ConfirmResult =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'void' };

export async function confirmOff(
  recovery: Recovery,
  dead: DeadHost,
  attempt: Attempt,
): Promise<ConfirmResult> {
  const { incident, recorder } = recovery;
  const look = await lookOnce(recovery, dead);
  if (look.kind === 'contradicted') {
    const { guard, reason } = look;
    await recorder.moveTo(IncidentState.held, reason, { guard });
    // An earlier try may have switched it off in the moment in which it reported.
    if (guard === Guard.contradiction) await reportPowerOff(recovery);
    return { kind: 'void' };
  }
  const { fenceDevices } = recovery.ports;
  // What has failed is shown as failed while it is tried again, until a device confirms.
  if (recorder.state !== IncidentState.fenceFailed) {
    await recorder.moveTo(IncidentState.fencing, `making certain that ${incident.hostName} is off`);
  }
  const target: FenceTarget = {
    host: incident.hostName,
    incident: incident.id,
    report: { evidenceId: look.report.id, by: look.report.observer },
    command: (act) => commandPower(recovery, dead, { attempt, act }),
  };
  const reasons: string[] = [];
  for (const device of fenceDevices) {
    const outcome = await attempt.effect(() => device.fence(target, attempt.signal));
    if (outcome.kind === 'confirmed') {
      const message = `${incident.hostName} counts as off (${device.name}, ${restOf(outcome)})`;
      const onlyFrom = IncidentState.fenceFailed;
      await recorder.moveTo(IncidentState.fencing, message, { onlyFrom });
      await recorder.note(TimelineStep.fence, message, 1);
      return { kind: 'confirmed', confirmation: outcome.confirmation };
    }
    reasons.push(`${device.name}: ${outcome.reason}`);
  }
  const why = reasons.length > 0 ? reasons.join('; ') : 'no fence device is configured';
  const reason = `${incident.hostName} could not be fenced, so nothing is evacuated: ${why}`;
  await recorder.moveTo(IncidentState.fenceFailed, reason);
  throw new OperationalError(ENGINE_ERRORS.notFenced, reason);
}

type Look =
  | { readonly kind: 'dead'; readonly report: EvidenceRecord }
  | Extract<LivingCheck, { kind: 'contradicted' }>;

/** What the evidence and the operators say now, which may be long after the verdict. */
async function lookOnce(recovery: Recovery, dead: DeadHost): Promise<Look> {
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

/** A switch may take long to read: directly before a command the host is looked at once more. */
async function commandPower(
  recovery: Recovery,
  dead: DeadHost,
  { attempt, act }: { readonly attempt: Attempt; readonly act: () => Promise<void> },
): Promise<void> {
  const look = await lookOnce(recovery, dead);
  if (look.kind === 'contradicted') {
    throw new OperationalError(ENGINE_ERRORS.notFenced, `not switched off: ${look.reason}`);
  }
  await attempt.effect(act);
}

/** What a confirmation rests on, in words. */
const restOf = ({ confirmation }: Extract<FenceOutcome, { kind: 'confirmed' }>): string =>
  confirmation.basis === 'power_off' ? 'its power reads off' : `on the word of ${confirmation.by}`;
