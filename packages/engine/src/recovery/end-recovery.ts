/** The ends of a recovery, each of which leaves no instance without its final answer. */
import { IncidentState } from '@medevac/core';
import type { Json } from '@medevac/kernel';
import type { Interruption } from '@medevac/workflow';
import { VmoveStatus } from '../stores/vmove-store.ts';
import type { VerdictResult } from './await-verdict.ts';
import type { Recovery } from './context.ts';
import { listUnsettled, listVmoves } from './evacuate-all.ts';
import { watchForReturn } from './keep-way-back.ts';

export async function endWithoutDeath(
  recovery: Recovery,
  verdict: Exclude<VerdictResult, { kind: 'dead' }>,
): Promise<Json> {
  const left = await failUnsettled(recovery, verdict.reason);
  await watchForReturn(recovery, 'way-back-living');
  const isCancelled = verdict.kind === 'living' && left === 0;
  const to = isCancelled ? IncidentState.cancelled : IncidentState.partlyRecovered;
  await recovery.recorder.moveTo(to, verdict.reason);
  return to;
}

/** `undefined`: somebody has just asked that an instance be tried again. */
export async function finish(recovery: Recovery): Promise<Json | undefined> {
  const vmoves = await listVmoves(recovery);
  const count = (status: VmoveStatus): number =>
    vmoves.filter((one) => one.status === status).length;
  const failed = count(VmoveStatus.failed);
  const reason =
    `${vmoves.length} instances: ${count(VmoveStatus.succeeded)} recovered, ` +
    `${failed} failed, ${count(VmoveStatus.ignored)} left alone`;
  const to = failed === 0 ? IncidentState.recovered : IncidentState.partlyRecovered;
  const isMoved = await recovery.recorder.moveTo(to, reason, { onlySettled: true });
  return isMoved ? to : undefined;
}

export async function giveUp(recovery: Recovery, interruption: Interruption): Promise<void> {
  const reason =
    interruption.state === 'cancelled'
      ? `cancelled: ${interruption.reason}`
      : `the recovery could not be carried to its end: ${interruption.reason}`;
  await failUnsettled(recovery, reason);
  await watchForReturn(recovery, 'way-back');
  const isCancelled = interruption.state === 'cancelled';
  const to = isCancelled ? IncidentState.cancelled : IncidentState.partlyRecovered;
  await recovery.recorder.moveTo(to, reason);
}

/** Every instance without a final answer gets this one. */
async function failUnsettled(recovery: Recovery, reason: string): Promise<number> {
  const unsettled = await listUnsettled(recovery);
  const { clock, stores } = recovery.ports;
  for (const vmove of unsettled) {
    const endAtMs = clock.wallMs();
    const change = { status: VmoveStatus.failed, message: reason, endAtMs };
    await recovery.scope.write((tenure) => stores.vmoves.change(tenure, vmove, change, endAtMs));
  }
  return unsettled.length;
}
