/** From a report of a failed instance or process to its open repair and to the run of it. */
import { newUuid, type RepairId } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { EnginePorts } from '../ports.ts';
import type { NotificationRecord } from '../stores/notification-store.ts';
import type { RepairKind, RepairRecord } from '../stores/repair-store.ts';
import { repairRunId, repairWorkflow } from './run-id.ts';

export interface RepairDispatch {
  readonly ports: EnginePorts;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

export async function openRepair(
  parts: RepairDispatch,
  notification: NotificationRecord,
  kind: RepairKind,
  subject: string,
): Promise<void> {
  const { clock, log, random, stores } = parts.ports;
  const { hostUuid, hostName, segmentUuid, payload } = notification;
  const id = newUuid<RepairId>(random);
  const place = { hostUuid, hostName, segmentUuid };
  const repair = { id, kind, subject, ...place, payload, openedAtMs: clock.wallMs() };
  const opened = await stores.repairs.openOrJoin(repair, notification.uuid);
  if (opened.kind === 'already-dispatched') return;
  const fields = { repair: opened.repair.id, host: hostName, by: notification.reportedBy };
  log.info(`repair.${opened.kind}`, { ...fields, subject });
  await submitRepair(parts, opened.repair);
}

export async function submitRepair(
  parts: Pick<RepairDispatch, 'runner'>,
  { id, kind }: Pick<RepairRecord, 'id' | 'kind'>,
): Promise<void> {
  await parts.runner.submit({
    id: repairRunId(kind, id),
    workflow: repairWorkflow(kind),
    input: id,
  });
}
