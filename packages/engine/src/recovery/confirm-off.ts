/**
 * Step 5: makes certain that the host is off, device by device. Without a confirmation it ends in
 * `fence_failed` and is tried again until the incident's time is up; nothing is written to Nova
 * meanwhile.
 */
import { type Confirmation, Guard, IncidentState } from '@medevac/core';
import { invariant, OperationalError } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { type DeadHost, type Recovery, readEvidenceOrder, readService } from './context.ts';
import { checkOperatorsWord, living } from './living-check.ts';
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
  await lookAgain(recovery, dead);
  const { lastFailureReport, lastSignOfLife } = await readEvidenceOrder(recovery);
  invariant(lastFailureReport !== undefined, 'fencing follows a report');
  if (lastSignOfLife !== undefined && lastSignOfLife.id > lastFailureReport.id) {
    const reason = `${incident.hostName} showed a sign of life before it was confirmed off`;
    await recorder.moveTo(IncidentState.held, reason, { guard: Guard.contradiction });
    return { kind: 'void' };
  }
  const allowed = await checkOperatorsWord(recovery);
  if (allowed.kind === 'contradicted') {
    const { guard, reason } = allowed;
    await recorder.moveTo(IncidentState.held, reason, { guard });
    return { kind: 'void' };
  }
  const { fenceDevices } = recovery.ports;
  // Without a device there is nothing to try again: the incident stays as it is shown.
  if (fenceDevices.length > 0 || recorder.state !== IncidentState.fenceFailed) {
    await recorder.moveTo(IncidentState.fencing, `making certain that ${incident.hostName} is off`);
  }
  const report = { evidenceId: lastFailureReport.id, by: lastFailureReport.observer };
  const reasons: string[] = [];
  for (const device of fenceDevices) {
    const target = { host: incident.hostName, incident: incident.id, report };
    const outcome = await attempt.effect(() => device.fence(target, attempt.signal));
    if (outcome.kind === 'confirmed') {
      const { by } = outcome.confirmation;
      const message = `${incident.hostName} counts as off (${device.name}, on the word of ${by})`;
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

/** The verdict may be old when a step is repeated; a host that has reported since is not fenced. */
async function lookAgain(recovery: Recovery, dead: DeadHost): Promise<void> {
  const host = recovery.incident.hostName;
  const view = await readService(recovery);
  if (view?.uuid !== dead.serviceUuid || view.updatedAt !== dead.stamp) {
    await living(recovery, `${host} has reported to Nova before it was confirmed off`);
  }
}
