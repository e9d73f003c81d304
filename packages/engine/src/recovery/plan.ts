/**
 * Step 7: which instances are brought back, in which order, and why the others are not. Stores each
 * instance's state before anything was done. Changes nothing in the cloud; repeating it keeps what
 * an earlier try has stored.
 */
import { decideProtection, IncidentState, isMigrationOpen, type Protection } from '@medevac/core';
import { newUuid, OperationalError, type VmoveUuid } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { type NewVmove, VmoveStatus } from '../stores/vmove-store.ts';
import type { Recovery } from './context.ts';
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
  if (list.unseen.length > 0) {
    const message = `Nova cannot see ${list.unseen.length} instances of ${host} now: no plan`;
    throw new OperationalError(ENGINE_ERRORS.cellUnseen, message);
  }
  const vmoves = order(recovery, list.servers).map(({ server, protection }) =>
    vmoveOf(recovery, server, protection),
  );
  await recovery.scope.write((tenure) => ports.stores.vmoves.plan(tenure, vmoves));
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

interface Candidate {
  readonly server: Server;
  readonly protection: Protection;
}

/** Those whose owner asked for it first; the oldest instance first among equals. */
function order(recovery: Recovery, servers: readonly Server[]): readonly Candidate[] {
  const { settings } = recovery;
  const rank = ({ protection }: Candidate): number =>
    protection.kind === 'evacuate' ? protection.rank : Number.MAX_SAFE_INTEGER;
  return servers
    .map((server) => ({
      server,
      protection: decideProtection(
        {
          instanceUuid: server.uuid,
          vmState: server.vmState,
          taskState: server.taskState,
          metadata: server.metadata,
          bootsFromVolume: server.imageUuid === null,
        },
        settings,
      ),
    }))
    .toSorted((a, b) => rank(a) - rank(b) || compare(a.server.createdAt, b.server.createdAt));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const STATUS_OF = {
  evacuate: VmoveStatus.pending,
  ignore: VmoveStatus.ignored,
  refuse: VmoveStatus.failed,
} as const;

function vmoveOf(recovery: Recovery, server: Server, protection: Protection): NewVmove {
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
    },
    createdAtMs: recovery.ports.clock.wallMs(),
  };
}
