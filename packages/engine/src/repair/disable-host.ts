/**
 * Takes a host out of Nova's scheduling for a failed process. Observes: its service. Changes:
 * `status` with our reason, and nothing else. Safe to repeat: what is disabled is left as it is.
 */
import { decideProcessRepair } from '@medevac/core';
import { OperationalError, type ServiceUuid } from '@medevac/kernel';
import type { ServiceChangeOutcome } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import {
  type Barrier,
  barrierOf,
  callOf,
  note,
  type Repairing,
  RepairStep,
  readRepair,
} from './context.ts';
import { ServiceObserver } from './service-observer.ts';

export type Disabled =
  | { readonly kind: 'disabled' }
  /** Things have changed: it is judged again. */
  | { readonly kind: 'left'; readonly reason: string };

/** The reason by which our own disabling is known in Nova. */
export const disabledForProcess = ({ repair }: Repairing): string =>
  `medevac ${repair.id}: a process failed`;

export async function disableHost(
  repairing: Repairing,
  serviceUuid: ServiceUuid,
  attempt: Attempt,
): Promise<Disabled> {
  const { ports, repair, settings } = repairing;
  const { subject: process, hostName: host } = repair;
  const observer = new ServiceObserver(repairing, host);
  const step = RepairStep.disable;
  const begins = `Disabling compute service on host: '${host}'`;
  await note(repairing, step, { message: begins, progress: 0 });
  for (;;) {
    const seen = await observer.look();
    if (seen?.service.uuid !== serviceUuid) return left(`${host} has registered anew in Nova`);
    const { service, isReporting } = seen;
    const isOurs = service.disabledReason === disabledForProcess(repairing);
    if (service.status === 'disabled' && isOurs) break;
    const { startedAtMs } = await readRepair(repairing);
    const decision = decideProcessRepair(
      {
        ...{ process, host, isReporting },
        hasStartedAgain: startedAtMs !== null,
        state: service.state,
        status: service.status,
        failedForMs: settings.failures.processGraceMs,
      },
      settings.failures,
    );
    if (decision.kind === 'wait') {
      await ports.clock.sleep(settings.timing.pollMs, attempt.signal);
      continue;
    }
    if (decision.kind !== 'disable') return left(decision.reason);
    const outcome = await askToDisable(repairing, serviceUuid, attempt);
    if (outcome.kind === 'hold' || outcome.kind === 'end') return left(outcome.reason);
    if (outcome.kind !== 'changed') {
      const why = outcome.kind === 'missing' ? 'the service is gone' : outcome.message;
      throw new OperationalError(ENGINE_ERRORS.refused, `Nova did not disable ${host}: ${why}`);
    }
    break;
  }
  const message = `Disabled compute service on host: '${host}'`;
  await note(repairing, step, { message, progress: 1 });
  return { kind: 'disabled' };
}

function askToDisable(
  repairing: Repairing,
  serviceUuid: ServiceUuid,
  attempt: Attempt,
): Promise<ServiceChangeOutcome | Barrier> {
  const change = { status: 'disabled', disabledReason: disabledForProcess(repairing) } as const;
  return attempt.effect(async () => {
    // The last look, behind the renewal of the lease: the host may have failed meanwhile.
    const barrier = await barrierOf(repairing);
    if (barrier !== undefined) return barrier;
    return await repairing.ports.nova.changeService(serviceUuid, change, callOf(attempt));
  });
}

const left = (reason: string): Disabled => ({ kind: 'left', reason });
