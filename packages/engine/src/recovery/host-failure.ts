/**
 * The workflow of one incident: verdict, confirmation, plan, force-down, evacuation, final answers.
 * It goes round again when the host shows a sign of life in between: then everything stops, the
 * incident is held, and only a newer report of the failure lets it go on.
 */
import { IncidentState, isFinal } from '@medevac/core';
import { type IncidentId, invariant, type Json, OperationalError } from '@medevac/kernel';
import {
  type Interruption,
  type JournalStore,
  type Scope,
  StepFailed,
  type WorkflowDefinition,
} from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import { evacuateByWays, type WalkOrder } from '../reserved/evacuate-by-ways.ts';
import type { EngineSettings } from '../settings.ts';
import { VmoveStatus } from '../stores/vmove-store.ts';
import { awaitVerdict, type VerdictResult } from './await-verdict.ts';
import { confirmOff } from './confirm-off.ts';
import {
  type DeadHost,
  disabledReasonOf,
  patiently,
  type Recovery,
  readService,
} from './context.ts';
import { planStepName, readEarlierPlan } from './earlier-plan.ts';
import { type EvacuationResult, listUnsettled, listVmoves } from './evacuate-all.ts';
import { forceDown } from './force-down.ts';
import { type PlanResult, planArrivals, planRecovery } from './plan.ts';
import { Recorder, TimelineStep } from './recorder.ts';
import { HOST_FAILURE, HOST_FAILURE_VERSION } from './run-id.ts';
import type { Surroundings } from './surroundings.ts';

/** Times that a recovery may be held and go on before a person must look at it. */
const ROUNDS = 100;
/** Times that new instances may come to the host while it is emptied. */
const PASSES = 10;

export interface HostFailureParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
  readonly surroundings: Surroundings;
  /** Of this workflow: an incident that was opened again reads how far it had come. */
  readonly journal: Pick<JournalStore, 'readSteps'>;
}

export function hostFailureWorkflow(parts: HostFailureParts): WorkflowDefinition {
  return {
    name: HOST_FAILURE,
    version: HOST_FAILURE_VERSION,
    run: async (scope, input) => {
      const recovery = await openRecovery(parts, scope, input);
      return isFinal(recovery.incident.state) ? 'ended before' : await recover(recovery);
    },
    onInterrupted: async (scope, input, interruption) => {
      const recovery = await openRecovery(parts, scope, input);
      if (!isFinal(recovery.incident.state)) await giveUp(recovery, interruption);
    },
  };
}

async function openRecovery(parts: HostFailureParts, scope: Scope, input: Json): Promise<Recovery> {
  invariant(typeof input === 'string', 'the input of a host failure is its incident');
  const { incidents } = parts.ports.stores;
  const incident = await incidents.read(input as IncidentId);
  invariant(incident !== undefined, `there is no incident ${input}`);
  const recorder = new Recorder(scope, incidents, parts.ports.clock, incident);
  return { ...parts, scope, incident, recorder };
}

async function recover(recovery: Recovery): Promise<Json> {
  const plans: PlanResult[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const result = await recoverOnce(recovery, round, plans);
    if (result !== 'again') return result;
  }
  throw new OperationalError(
    ENGINE_ERRORS.refused,
    `the recovery of ${recovery.incident.hostName} was held ${ROUNDS} times`,
    { retry: 'never' },
  );
}

/**
 * One round; `again` when the host showed a sign of life before the round was through. Evacuations
 * are ours that began after the first plan, in whichever round.
 */
async function recoverOnce(recovery: Recovery, round: number, plans: PlanResult[]): Promise<Json> {
  const { scope } = recovery;
  const { heldMs, instanceMs } = recovery.settings.timing;
  const held = patiently(heldMs * 2);
  const verdict = await scope.step(`verdict-${round}`, held, (attempt) =>
    awaitVerdict(recovery, attempt),
  );
  if (verdict.kind !== 'dead') return await endWithoutDeath(recovery, verdict);
  const confirmed = await scope.step(`fence-${round}`, patiently(heldMs), (attempt) =>
    confirmOff(recovery, verdict, attempt),
  );
  if (confirmed.kind === 'void') return 'again';
  const { confirmation } = confirmed;
  const plan = await scope.step(planStepName(round), patiently(instanceMs), (attempt) =>
    planRecovery(recovery, attempt),
  );
  plans.push(plan);
  const down = await scope.step(`force-down-${round}`, patiently(instanceMs), (attempt) =>
    forceDown(recovery, verdict, confirmation, attempt),
  );
  if (down.kind === 'contradicted') {
    if (down.ourWrite !== null) await prepareReturn(recovery, round, verdict, down.ourWrite);
    return 'again';
  }
  await prepareReturn(recovery, round, verdict, down.stamp ?? '');
  const { retries } = recovery.incident;
  const earlier = retries === 0 ? null : await earlierPlan(recovery, round);
  return await evacuateToTheEnd(recovery, {
    round: String(round),
    certificate: { confirmation, serviceUuid: verdict.serviceUuid, stamp: down.stamp },
    newestMigrationId: earlier ?? (plans[0] ?? plan).newestMigrationId,
    // Failures of an earlier run have been waited for: the operator wants another try now.
    pausedFor: retries === 0 ? 0 : plan.newestMigrationId,
  });
}

/** A step, because the journal that it reads is purged in time. */
function earlierPlan(recovery: Recovery, round: number): Promise<number | null> {
  const { incident, journal, scope, settings } = recovery;
  return scope.step(`earlier-${round}`, patiently(settings.timing.instanceMs), () =>
    readEarlierPlan(journal, incident.id, incident.retries),
  );
}

/** What comes to the host while it is emptied is evacuated too; only then is it recovered. */
async function evacuateToTheEnd(recovery: Recovery, order: WalkOrder): Promise<Json> {
  const { scope, settings } = recovery;
  const options = patiently(settings.timing.instanceMs);
  for (let pass = 1; pass <= PASSES; pass++) {
    const round = pass === 1 ? order.round : `${order.round}.${pass}`;
    const ended = await evacuateOnce(recovery, { ...order, round });
    if (ended === 'contradicted') return 'again';
    const arrived = await scope.step(`arrivals-${round}`, options, (attempt) =>
      planArrivals(recovery, attempt),
    );
    if (arrived === 0) return await finish(recovery);
  }
  throw new OperationalError(
    ENGINE_ERRORS.refused,
    `instances came to ${recovery.incident.hostName} after each of ${PASSES} evacuations`,
    { retry: 'never' },
  );
}

/** How a round ended is journaled: a restart in a later round does not go through it again. */
async function evacuateOnce(
  recovery: Recovery,
  order: WalkOrder,
): Promise<EvacuationResult['kind']> {
  const { scope, settings } = recovery;
  const name = `round-${order.round}`;
  const isOver = scope.wasDone(name);
  const result = isOver ? undefined : await evacuateByWays(recovery, order);
  const options = patiently(settings.timing.instanceMs);
  return await scope.step(name, options, async () => result ?? 'contradicted');
}

/**
 * From now on the host is on maintenance, and its way back is watched for. A step, so that a
 * restart does not set again what an operator has cleared meanwhile; an earlier round's return is
 * kept.
 */
async function prepareReturn(
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

async function endWithoutDeath(
  recovery: Recovery,
  verdict: Exclude<VerdictResult, { kind: 'dead' }>,
): Promise<Json> {
  const left = await failUnsettled(recovery, verdict.reason);
  const isCancelled = verdict.kind === 'living' && left === 0;
  const to = isCancelled ? IncidentState.cancelled : IncidentState.partlyRecovered;
  await recovery.recorder.moveTo(to, verdict.reason);
  return to;
}

async function finish(recovery: Recovery): Promise<Json> {
  const vmoves = await listVmoves(recovery);
  const count = (status: VmoveStatus): number =>
    vmoves.filter((one) => one.status === status).length;
  const failed = count(VmoveStatus.failed);
  const reason =
    `${vmoves.length} instances: ${count(VmoveStatus.succeeded)} recovered, ` +
    `${failed} failed, ${count(VmoveStatus.ignored)} left alone`;
  const to = failed === 0 ? IncidentState.recovered : IncidentState.partlyRecovered;
  await recovery.recorder.moveTo(to, reason);
  return to;
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

async function giveUp(recovery: Recovery, interruption: Interruption): Promise<void> {
  const reason =
    interruption.state === 'cancelled'
      ? `cancelled: ${interruption.reason}`
      : `the recovery could not be carried to its end: ${interruption.reason}`;
  await failUnsettled(recovery, reason);
  try {
    const options = patiently(recovery.settings.timing.returnMs);
    await recovery.scope.step('way-back', options, async () => {
      await keepWayBack(recovery);
      return null;
    });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const fields = { incident: recovery.incident.id, error: error.error.message };
    recovery.ports.log.error('recovery.way_back_unknown', fields);
  }
  const isCancelled = interruption.state === 'cancelled';
  const to = isCancelled ? IncidentState.cancelled : IncidentState.partlyRecovered;
  await recovery.recorder.moveTo(to, reason);
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
