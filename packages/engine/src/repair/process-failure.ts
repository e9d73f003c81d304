/**
 * The workflow of one failed process on a living host: waits whether it comes back, takes the host
 * out of service if it does not, and watches for its way back. It never puts the host on
 * maintenance, so that a failure of the host itself is always heard.
 */
import { decideProcessRepair } from '@medevac/core';
import type { Json, ServiceUuid } from '@medevac/kernel';
import type { Attempt, WorkflowDefinition } from '@medevac/workflow';
import { patiently } from '../recovery/context.ts';
import {
  barrierOf,
  closeRepair,
  note,
  type Repairing,
  type RepairParts,
  RepairStep,
  ROUNDS,
  readRepair,
  showHeld,
} from './context.ts';
import { type Disabled, disableHost } from './disable-host.ts';
import { begunTooOften, repairWorkflow } from './repair-workflow.ts';
import { PROCESS_FAILURE } from './run-id.ts';
import { ServiceObserver } from './service-observer.ts';
import { returnHost } from './way-back.ts';

type Judgement =
  | {
      readonly kind: 'end';
      readonly status: 'finished' | 'ignored' | 'failed';
      readonly reason: string;
      readonly reports: number;
    }
  | { readonly kind: 'disable'; readonly serviceUuid: ServiceUuid; readonly reason: string };

export const processFailureWorkflow = (parts: RepairParts): WorkflowDefinition =>
  repairWorkflow(parts, PROCESS_FAILURE, repairProcess);

async function repairProcess(repairing: Repairing): Promise<Json> {
  const { scope, settings } = repairing;
  const { heldMs, instanceMs } = settings.timing;
  for (let round = 1; round <= ROUNDS; round++) {
    const judgement = await scope.step(`judge-${round}`, patiently(heldMs * 2), (attempt) =>
      judgeProcess(repairing, attempt),
    );
    if (judgement.kind === 'end') {
      if (await closeRepair(repairing, judgement)) return judgement.status;
      continue;
    }
    const disabled: Disabled = await scope.step(
      `disable-${round}`,
      patiently(instanceMs),
      (attempt) => disableHost(repairing, judgement.serviceUuid, attempt),
    );
    if (disabled.kind === 'left') continue;
    await scope.step(`disabled-${round}`, patiently(instanceMs), async () => {
      await tellDisabled(repairing);
      return null;
    });
    return await returnHost(repairing, judgement.serviceUuid);
  }
  throw begunTooOften(repairing);
}

/** Watches until the process is back, or must be answered. */
async function judgeProcess(repairing: Repairing, attempt: Attempt): Promise<Judgement> {
  const { ports, repair, settings } = repairing;
  const { subject: process, hostName: host } = repair;
  const observer = new ServiceObserver(repairing, host);
  const sinceMs = ports.clock.monotonicMs();
  for (;;) {
    const { reports, startedAtMs } = await readRepair(repairing);
    const end = (status: 'finished' | 'ignored' | 'failed', reason: string): Judgement => ({
      kind: 'end',
      ...{ status, reason, reports },
    });
    const barrier = await barrierOf(repairing);
    if (barrier?.kind === 'end') return end('ignored', barrier.reason);
    const seen = await observer.look();
    if (seen === undefined) return end('failed', `Nova has no compute service of ${host}`);
    const { service, isReporting } = seen;
    const decision = decideProcessRepair(
      {
        ...{ process, host, isReporting },
        hasStartedAgain: startedAtMs !== null,
        state: service.state,
        status: service.status,
        failedForMs: ports.clock.monotonicMs() - sinceMs,
      },
      settings.failures,
    );
    if (decision.kind === 'back') return end('finished', decision.reason);
    if (decision.kind === 'disabled-already') {
      await note(repairing, RepairStep.disable, { message: decision.reason, progress: 1 });
      return end('finished', decision.reason);
    }
    if (barrier === undefined && decision.kind === 'disable') {
      return { kind: 'disable', serviceUuid: service.uuid, reason: decision.reason };
    }
    if (ports.clock.wallMs() - repair.openedAtMs >= settings.timing.heldMs) {
      return end('failed', `Not settled in time: ${barrier?.reason ?? decision.reason}`);
    }
    await showHeld(repairing, barrier?.reason ?? decision.reason);
    await ports.clock.sleep(settings.timing.pollMs, attempt.signal);
  }
}

/** As Masakari, which ends the notification here; the repair stays open for the way back. */
async function tellDisabled(repairing: Repairing): Promise<void> {
  const { ports, repair, scope } = repairing;
  const host = repair.hostName;
  const step = RepairStep.confirmDisabled;
  const begins = `Confirming compute service is disabled on host: '${host}'`;
  await note(repairing, step, { message: begins, progress: 0 });
  const message = `Confirmed compute service is disabled on host: '${host}'`;
  await note(repairing, step, { message, progress: 1 });
  const reason = `${repair.subject} of ${host} did not come back: disabled until it does`;
  const change = { status: 'finished', message: reason, atMs: ports.clock.wallMs() } as const;
  await scope.write((tenure) => ports.stores.repairs.change(tenure, repair.id, change));
}
