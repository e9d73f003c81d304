/**
 * Step 7: which instances are brought back, in which order, and why the others are not. Stores each
 * instance's state before anything was done. Changes nothing in the cloud; repeating it keeps what
 * an earlier try has stored.
 */
import { IncidentState, isMigrationOpen } from '@medevac/core';
import { newUuid, OperationalError, type VmoveUuid } from '@medevac/kernel';
import type { Server, ServerList } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { type NewVmove, VmoveStatus } from '../stores/vmove-store.ts';
import { type Candidate, chooseCandidates } from './candidate.ts';
import type { Recovery } from './context.ts';
import { readEffectiveRules } from './effective-rules.ts';
import { listUnsettled, listVmoves } from './evacuate-all.ts';
import { TimelineStep } from './recorder.ts';

export type PlanResult = {
  /** Migrations with a greater id were begun after the plan. */
  readonly newestMigrationId: number;
  readonly planned: number;
};

export async function planRecovery(recovery: Recovery, attempt: Attempt): Promise<PlanResult> {
  const { incident, recorder, ports } = recovery;
  const host = incident.hostName;
  const call = { deadlineMs: attempt.remainingMs(), signal: attempt.signal };
  await recorder.moveTo(IncidentState.planning, `looking at the instances of ${host}`);
  const [list, migrations] = await Promise.all([
    ports.nova.listServers({ host }, call),
    ports.nova.listMigrations({ host }, call),
  ]);
  requireSeen(host, list);
  const vmoves = await keepPlan(recovery, list.servers, attempt);
  const planned = vmoves.filter((vmove) => vmove.status === VmoveStatus.pending).length;
  const message = `${list.servers.length} instances are on ${host}; ${planned} are to be evacuated`;
  await recorder.note(TimelineStep.prepare, message, 1);
  // An evacuation that is under way was begun by somebody else or by an earlier round of ours: the
  // records that count as ours begin behind the newest one that has ended.
  const ended = migrations.filter((one) => !isMigrationOpen(one) || one.type !== 'evacuation');
  return {
    newestMigrationId: ended.reduce((newest, one) => Math.max(newest, one.id), 0),
    planned,
  };
}

/**
 * Instances that have come to the host since its plan was made: a migration or an evacuation that
 * was under way has put them there. Answers how many of them are now to be evacuated too.
 */
export async function planArrivals(recovery: Recovery, attempt: Attempt): Promise<number> {
  const { incident, recorder, ports } = recovery;
  const host = incident.hostName;
  const call = { deadlineMs: attempt.remainingMs(), signal: attempt.signal };
  const list = await ports.nova.listServers({ host }, call);
  requireSeen(host, list);
  const known = new Set((await listVmoves(recovery)).map((vmove) => vmove.instanceUuid));
  const arrived = list.servers.filter((server) => !known.has(server.uuid));
  if (arrived.length === 0) return (await listUnsettled(recovery)).length;
  const vmoves = await keepPlan(recovery, arrived, attempt);
  const planned = vmoves.filter((vmove) => vmove.status === VmoveStatus.pending).length;
  const came = `${arrived.length} instances have come to ${host} since`;
  const message = `${came}; ${planned} are to be evacuated`;
  await recorder.note(TimelineStep.prepare, message, 1);
  return (await listUnsettled(recovery)).length;
}

/** Decides about the instances, and stores it. */
async function keepPlan(
  recovery: Recovery,
  servers: readonly Server[],
  attempt: Attempt,
): Promise<readonly NewVmove[]> {
  const { ports, recorder, scope } = recovery;
  const call = { deadlineMs: attempt.remainingMs(), signal: attempt.signal };
  const uuids = servers.map((server) => server.uuid);
  const settings = await readEffectiveRules(recovery, recovery.incident.segmentUuid, uuids);
  const { all, notes } = await chooseCandidates({ ...recovery, settings }, servers, call);
  const vmoves = all.map((one) => vmoveOf(recovery, one));
  await scope.write((tenure) => ports.stores.vmoves.plan(tenure, vmoves));
  for (const note of notes) await recorder.note(TimelineStep.prepare, note, 1);
  return vmoves;
}

/** What cannot be seen must not be taken for nothing. */
function requireSeen(host: string, { unseen }: ServerList): void {
  if (unseen.length === 0) return;
  const message = `Nova cannot see ${unseen.length} instances of ${host} now: no plan`;
  throw new OperationalError(ENGINE_ERRORS.cellUnseen, message);
}

const STATUS_OF = {
  evacuate: VmoveStatus.pending,
  ignore: VmoveStatus.ignored,
  refuse: VmoveStatus.failed,
} as const;

function vmoveOf(recovery: Recovery, { server, protection, order }: Candidate): NewVmove {
  return {
    uuid: newUuid<VmoveUuid>(recovery.ports.random),
    incidentId: recovery.incident.id,
    instanceUuid: server.uuid,
    instanceName: server.name,
    sourceHost: recovery.incident.hostName,
    type: 'evacuation',
    status: STATUS_OF[protection.kind],
    message: protection.kind === 'evacuate' ? null : protection.reason,
    before: {
      vmState: server.vmState,
      taskState: server.taskState,
      powerState: server.powerState,
      locked: server.locked,
      ...(order === undefined ? {} : { order }),
    },
    createdAtMs: recovery.ports.clock.wallMs(),
  };
}
