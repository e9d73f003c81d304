/**
 * The workflow of one incident: verdict, confirmation, plan, force-down, evacuation, final answers.
 * It goes round again when the host shows a sign of life in between: then everything stops, the
 * incident is held, and only a newer report of the failure lets it go on.
 */
import { isFinal } from '@medevac/core';
import { type IncidentId, invariant, type Json, OperationalError } from '@medevac/kernel';
import type { JournalStore, Scope, WorkflowDefinition } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import { InstancePoints } from '../hooks/instance-points.ts';
import {
  passAfterEvacuate,
  stopsAfterFence,
  stopsBeforeEvacuate,
  stopsBeforeFence,
} from '../hooks/recovery-points.ts';
import type { Pace } from '../pace/pace.ts';
import type { EnginePorts } from '../ports.ts';
import { evacuateByWays, type WalkOrder } from '../reserved/evacuate-by-ways.ts';
import type { EngineSettings } from '../settings.ts';
import { awaitVerdict } from './await-verdict.ts';
import { patiently, type Recovery } from './context.ts';
import { certificateStepName, type DeathCertificate } from './death-certificate.ts';
import { portsForSegment } from './declared-fencing.ts';
import { planStepName, readEarlierPlan } from './earlier-plan.ts';
import { endWithoutDeath, finish, giveUp } from './end-recovery.ts';
import type { EvacuationResult } from './evacuate-all.ts';
import { fenceHost } from './fence-host.ts';
import { forceDown } from './force-down.ts';
import { prepareReturn } from './keep-way-back.ts';
import { HeedingScope, requireUnpaused } from './pause.ts';
import { type PlanResult, planArrivals, planRecovery } from './plan.ts';
import { Recorder } from './recorder.ts';
import { HOST_FAILURE, HOST_FAILURE_VERSION } from './run-id.ts';
import type { Surroundings } from './surroundings.ts';

/** Times that a recovery may be held and go on before a person must look at it. */
const ROUNDS = 100;
/** Times that new instances may come to the host while it is emptied, or be asked for again. */
const PASSES = 100;

export interface HostFailureParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
  readonly surroundings: Surroundings;
  /** Of all recoveries of this replica. */
  readonly pace: Pace;
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
  const heeding = new HeedingScope(scope, () => requireUnpaused(incidents, incident.id));
  const ports = await portsForSegment(parts.ports, incident.segmentUuid);
  return { ...parts, ports, scope: heeding, incident, recorder };
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
  const { heldMs, instanceMs, pausedMs } = recovery.settings.timing;
  const held = patiently(heldMs * 2 + pausedMs);
  const verdict = await scope.step(`verdict-${round}`, held, (attempt) =>
    awaitVerdict(recovery, attempt),
  );
  if (verdict.kind !== 'dead') return await endWithoutDeath(recovery, verdict);
  if (await stopsBeforeFence(recovery, round, verdict)) return 'again';
  const fenced = await fenceHost(recovery, round, verdict);
  if (fenced.kind === 'void') return 'again';
  const { heldOff } = fenced;
  if (await stopsAfterFence(recovery, round, verdict, heldOff.confirmation)) return 'again';
  const { confirmation } = heldOff;
  const plan = await scope.step(planStepName(round), patiently(instanceMs), (attempt) =>
    planRecovery(recovery, attempt),
  );
  plans.push(plan);
  const down = await scope.step(`force-down-${round}`, patiently(instanceMs), (attempt) =>
    forceDown(recovery, verdict, heldOff, attempt),
  );
  if (down.kind === 'contradicted') {
    if (down.ourWrite !== null) await prepareReturn(recovery, round, verdict, down.ourWrite);
    return 'again';
  }
  await prepareReturn(recovery, round, verdict, down.stamp ?? '');
  const certificate = await keepCertificate(recovery, round, {
    confirmation,
    serviceUuid: verdict.serviceUuid,
    stamp: down.stamp,
  });
  if (await stopsBeforeEvacuate(recovery, round, certificate)) return 'again';
  const { retries } = recovery.incident;
  const earlier = retries === 0 ? null : await earlierPlan(recovery, round);
  return await evacuateToTheEnd(recovery, {
    round: String(round),
    certificate,
    instancePoints: new InstancePoints(recovery, round),
    heldOff,
    newestMigrationId: earlier ?? (plans[0] ?? plan).newestMigrationId,
    // Failures of an earlier run have been waited for: the operator wants another try now.
    pausedFor: retries === 0 ? 0 : plan.newestMigrationId,
  });
}

/** For the recoveries of others: an instance of theirs may have been on its way to this host. */
function keepCertificate(
  { scope, settings }: Recovery,
  round: number,
  certificate: DeathCertificate,
): Promise<DeathCertificate> {
  const options = patiently(settings.timing.instanceMs);
  return scope.step(certificateStepName(round), options, async () => certificate);
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
    if (ended === 'recalled') continue;
    const arrived = await scope.step(`arrivals-${round}`, options, (attempt) =>
      planArrivals(recovery, attempt),
    );
    if (arrived > 0) continue;
    if (await passAfterEvacuate(recovery, round)) continue;
    const end = await finish(recovery);
    if (end !== undefined) return end;
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
