/** Prepares a failed host's way back to service, however its recovery goes on. */
import { StepFailed } from '@medevac/workflow';
import type { VerdictResult } from './await-verdict.ts';
import {
  type DeadHost,
  disabledReasonOf,
  patiently,
  type Recovery,
  readService,
} from './context.ts';
import { TimelineStep } from './recorder.ts';

/**
 * From now on the host is on maintenance, and its way back is watched for. A step, so that a
 * restart does not set again what an operator has cleared meanwhile; an earlier round's return is
 * kept.
 */
export async function prepareReturn(
  recovery: Recovery,
  round: number,
  dead: Extract<VerdictResult, { kind: 'dead' }>,
  silentStamp: string,
): Promise<void> {
  const options = patiently(recovery.settings.timing.instanceMs);
  await recovery.scope.step(`return-${round}`, options, async () => {
    await openReturn(recovery, dead, silentStamp);
    await setMaintenance(recovery);
    return null;
  });
}

/** In a step of the given name, at the end of a recovery whose force-down may have gone unheard. */
export async function watchForReturn(recovery: Recovery, step: string): Promise<void> {
  try {
    const options = patiently(recovery.settings.timing.returnMs);
    await recovery.scope.step(step, options, async () => {
      await keepWayBack(recovery);
      return null;
    });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const fields = { incident: recovery.incident.id, error: error.error.message };
    recovery.ports.log.error('recovery.way_back_unknown', fields);
  }
}

/**
 * A recovery that ends between the force-down and the preparation of the return: the force-down
 * stands in Nova or may still land there, so the host's return is watched for all the same. A
 * service that somebody else forced down is left to them.
 */
async function keepWayBack(recovery: Recovery): Promise<void> {
  const { incident, ports } = recovery;
  const { incidents, returns } = ports.stores;
  if ((await returns.read(incident.id)) !== undefined) return;
  const events = await incidents.readEvents(incident.id);
  // Nothing is forced down before the plan is made.
  if (!events.some((one) => one.step === TimelineStep.prepare)) return;
  const view = await readService(recovery);
  if (view === undefined) return;
  const isOurs = view.disabledReason === disabledReasonOf(recovery);
  if (view.forcedDown && !isOurs) return;
  const dead = { serviceUuid: view.uuid, wasEnabled: isOurs || view.status === 'enabled' };
  await openReturn(recovery, dead, view.updatedAt ?? '');
  if (view.forcedDown) await setMaintenance(recovery);
}

async function openReturn(
  recovery: Recovery,
  { serviceUuid, wasEnabled }: Pick<DeadHost, 'serviceUuid' | 'wasEnabled'>,
  silentStamp: string,
): Promise<void> {
  const { id: incidentId, hostUuid, hostName } = recovery.incident;
  const { clock, stores } = recovery.ports;
  const host = { incidentId, hostUuid, hostName, serviceUuid, silentStamp, wasEnabled };
  await recovery.scope.write((tenure) =>
    stores.returns.open(tenure, { ...host, createdAtMs: clock.wallMs() }),
  );
}

async function setMaintenance(recovery: Recovery): Promise<void> {
  const { clock, stores } = recovery.ports;
  const { hostUuid } = recovery.incident;
  await recovery.scope.write((tenure) =>
    stores.incidents.setMaintenance(tenure, hostUuid, clock.wallMs()),
  );
}
