/**
 * The points of a host's recovery at which hooks run, beside those of its instances. A recovery
 * that waits for a hook shows it as the guard `hook`; before the fencing it is held, later it keeps
 * its state.
 */
import { type Confirmation, Guard, IncidentState } from '@medevac/core';
import { lookOnce } from '../recovery/confirm-off.ts';
import { type DeadHost, patiently, type Recovery } from '../recovery/context.ts';
import type { DeathCertificate } from '../recovery/death-certificate.ts';
import { planStepName } from '../recovery/earlier-plan.ts';
import { listVmoves } from '../recovery/evacuate-all.ts';
import { checkStillDown, type LivingCheck } from '../recovery/living-check.ts';
import { planArrivals } from '../recovery/plan.ts';
import { reportPowerOff } from '../recovery/power-check.ts';
import { TimelineStep } from '../recovery/recorder.ts';
import { VmoveStatus } from '../stores/vmove-store.ts';
import { HookPoint, type HookSubject } from './hook.ts';
import { type Passage, type PointDisplay, passPoint } from './pass-point.ts';

interface RecoveryPoint {
  readonly point: HookPoint;
  /** The round, and the pass of it at its end. */
  readonly round: number | string;
  /** The step behind the point: once it is done, hooks that were added since come too late. */
  readonly before?: string;
  readonly check: () => Promise<LivingCheck>;
  readonly result?: HookSubject['result'];
}

/** Whether the recovery has to stop: the host speaks, or an operator holds it back. */
export async function stopsBeforeFence(
  recovery: Recovery,
  round: number,
  dead: DeadHost,
): Promise<boolean> {
  const point = HookPoint.beforeFence;
  const check = (): Promise<LivingCheck> => lookOnce(recovery, dead);
  return await stopsAt(recovery, { point, round, before: `fence-${round}`, check });
}

/** As before the fencing. */
export async function stopsAfterFence(
  recovery: Recovery,
  round: number,
  dead: DeadHost,
  { basis, by, kind: confirmation }: Confirmation,
): Promise<boolean> {
  const point = HookPoint.afterFence;
  const check = (): Promise<LivingCheck> => lookOnce(recovery, dead);
  const result = { confirmation, basis, by };
  return await stopsAt(recovery, { point, round, before: planStepName(round), check, result });
}

/** As before the fencing. */
export async function stopsBeforeEvacuate(
  recovery: Recovery,
  round: number,
  certificate: DeathCertificate,
): Promise<boolean> {
  const point = HookPoint.beforeEvacuate;
  const check = (): Promise<LivingCheck> => checkStillDown(recovery, certificate);
  return await stopsAt(recovery, { point, round, before: `way-${round}`, check });
}

/**
 * Nothing is done to the cloud behind it, so the host is not asked. Answers whether instances have
 * come to the host while the hooks ran: then another pass is needed, and this point once more.
 */
export async function passAfterEvacuate(recovery: Recovery, round: string): Promise<boolean> {
  const { ports, scope, settings } = recovery;
  const point = HookPoint.afterEvacuate;
  if (!ports.hooks.some((hook) => hook.points.includes(point))) return false;
  const vmoves = await listVmoves(recovery);
  const count = (status: VmoveStatus): number =>
    vmoves.filter((one) => one.status === status).length;
  const result = {
    recovered: count(VmoveStatus.succeeded),
    failed: count(VmoveStatus.failed),
    left_alone: count(VmoveStatus.ignored),
  };
  const check = (): Promise<LivingCheck> => Promise.resolve({ kind: 'dead' });
  await stopsAt(recovery, { point, round, check, result });
  const options = patiently(settings.timing.instanceMs);
  const arrived = await scope.step(`arrivals-${round}-behind-hooks`, options, (attempt) =>
    planArrivals(recovery, attempt),
  );
  return arrived > 0;
}

export const subjectOf = ({ incident }: Recovery, round: number): HookSubject => ({
  incident: incident.id,
  host: incident.hostName,
  hostUuid: incident.hostUuid,
  segmentUuid: incident.segmentUuid,
  round,
});

/** A recovery that an operator tries again passes its points again. */
export const occasionOf = (
  { incident }: Recovery,
  round: number | string,
  point: HookPoint,
): string =>
  incident.retries === 0 ? `${point}/${round}` : `${point}/retry-${incident.retries}/${round}`;

export function hooksCheck(
  check: () => Promise<LivingCheck | { readonly kind: 'refencing' }>,
): Passage['check'] {
  return async () => {
    const seen = await check();
    return seen.kind === 'contradicted' ? { ...seen, kind: 'void' } : { kind: 'go' };
  };
}

async function stopsAt(
  recovery: Recovery,
  { before, check, point, result, round }: RecoveryPoint,
): Promise<boolean> {
  const { ports, recorder, scope, settings } = recovery;
  if (before !== undefined && scope.wasDone(before)) return false;
  const isEarly = point === HookPoint.beforeFence;
  const { heldMs, instanceMs } = settings.timing;
  const subject = subjectOf(recovery, Number.parseInt(String(round), 10));
  const end = await passPoint({
    ...ports,
    ...{ point, scope },
    subject: result === undefined ? subject : { ...subject, result },
    occasion: occasionOf(recovery, round, point),
    deadlineMs: isEarly ? heldMs : instanceMs,
    check: hooksCheck(check),
    show: displayOf(recovery, isEarly),
  });
  if (end.kind === 'void') {
    const { guard, reason } = end;
    await recorder.moveTo(IncidentState.held, reason, { guard });
    // We may have switched it off in the very moment in which it reported.
    if (!isEarly && guard === Guard.contradiction) await reportPowerOff(recovery);
  } else if (end.kind === 'passed' && end.ran > 0 && isEarly) {
    // Not held any more: a later contradiction is to be waited out from its own beginning.
    const onlyFrom = IncidentState.held;
    await recorder.moveTo(IncidentState.suspected, `every hook at ${point} has run`, { onlyFrom });
  }
  return end.kind !== 'passed';
}

function displayOf({ recorder }: Recovery, isEarly: boolean): PointDisplay {
  return {
    note: (message, failed) => recorder.note(TimelineStep.hook, message, failed ? 0.5 : 1, failed),
    hold: async (reason) => {
      const to = isEarly ? IncidentState.held : recorder.state;
      await recorder.moveTo(to, reason, { guard: Guard.hook });
    },
  };
}
