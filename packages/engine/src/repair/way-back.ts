/**
 * The way back of a host that was disabled for a failed process: enabled again when the process is
 * back, and only while the reason in Nova is still ours. Its notifications have ended before.
 */
import { decideWayBack } from '@medevac/core';
import { type Json, OperationalError, type ServiceUuid } from '@medevac/kernel';
import type { ServiceChangeOutcome } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { patiently } from '../recovery/context.ts';
import {
  type Barrier,
  barrierOf,
  callOf,
  closeRepair,
  note,
  type Repairing,
  RepairStep,
  ROUNDS,
  readRepair,
} from './context.ts';
import { disabledForProcess } from './disable-host.ts';
import { ServiceObserver } from './service-observer.ts';

type WayBack =
  | { readonly kind: 'enabled' | 'left'; readonly reason: string; readonly reports: number }
  | { readonly kind: 'waiting' };

/** One step of waiting; its deadline lies well behind it. */
const WATCH_MS = 43_200_000;

export async function returnHost(repairing: Repairing, serviceUuid: ServiceUuid): Promise<Json> {
  const { scope } = repairing;
  for (let round = 1; round <= ROUNDS; round++) {
    const seen = await scope.step(`way-back-${round}`, patiently(2 * WATCH_MS), (attempt) =>
      watchForReturn(repairing, serviceUuid, attempt),
    );
    if (seen.kind === 'waiting') continue;
    const { reason, reports } = seen;
    if (await closeRepair(repairing, { status: 'finished', reason, reports })) return seen.kind;
    // A report that came in between is answered by the same ending unless the host is ours still.
    const now = await readRepair(repairing);
    if (await closeRepair(repairing, { status: 'finished', reason, reports: now.reports })) {
      return seen.kind;
    }
  }
  const reason = `${repairing.repair.hostName} stays disabled: nobody has brought it back`;
  const { reports } = await readRepair(repairing);
  await closeRepair(repairing, { status: 'finished', reason, reports });
  return 'given up';
}

async function watchForReturn(
  repairing: Repairing,
  serviceUuid: ServiceUuid,
  attempt: Attempt,
): Promise<WayBack> {
  const { ports, repair, settings } = repairing;
  const { subject: process, hostName: host } = repair;
  const ourReason = disabledForProcess(repairing);
  const observer = new ServiceObserver(repairing, host);
  const endMs = ports.clock.monotonicMs() + WATCH_MS;
  while (ports.clock.monotonicMs() < endMs) {
    const { reports, startedAtMs } = await readRepair(repairing);
    const ended = (kind: 'enabled' | 'left', reason: string): WayBack => ({
      kind,
      reason,
      reports,
    });
    const seen = await observer.look();
    if (seen?.service.uuid !== serviceUuid) return ended('left', `${host} has registered anew`);
    const { service, isReporting } = seen;
    if (attempt.outcomeUnknown && service.status === 'enabled') {
      return ended('enabled', `${process} of ${host} is back: the host is enabled again`);
    }
    const registered = await ports.stores.segments.readHost(repair.hostUuid);
    const decision = decideWayBack({
      ...{ process, host, isReporting, ourReason },
      hasStartedAgain: startedAtMs !== null,
      status: service.status,
      disabledReason: service.disabledReason,
      forcedDown: service.forcedDown,
      onMaintenance: registered?.onMaintenance ?? false,
    });
    if (decision.kind === 'leave') return ended('left', decision.reason);
    if (decision.kind === 'enable') {
      const outcome = await askToEnable(repairing, serviceUuid, attempt);
      if (outcome.kind === 'changed') {
        const message = `Enabled compute service on host: '${host}'`;
        await note(repairing, RepairStep.enable, { message, progress: 1 });
        return ended('enabled', `${process} of ${host} is back: the host is enabled again`);
      }
      if (outcome.kind === 'refused') {
        const why = `Nova did not enable ${host}: ${outcome.message}`;
        throw new OperationalError(ENGINE_ERRORS.refused, why);
      }
    }
    await ports.clock.sleep(settings.timing.pollMs, attempt.signal);
  }
  return { kind: 'waiting' };
}

function askToEnable(
  repairing: Repairing,
  serviceUuid: ServiceUuid,
  attempt: Attempt,
): Promise<ServiceChangeOutcome | Barrier> {
  const { incidents } = repairing.ports.stores;
  return attempt.effect(async () => {
    // The last look: a host that has just failed gets no new instances.
    const barrier = await barrierOf(repairing);
    const isFailing = (await incidents.findOpen(repairing.repair.hostName)) !== undefined;
    if (barrier !== undefined && (isFailing || barrier.kind === 'end')) return barrier;
    return await repairing.ports.nova.changeService(
      serviceUuid,
      { status: 'enabled' },
      callOf(attempt),
    );
  });
}
