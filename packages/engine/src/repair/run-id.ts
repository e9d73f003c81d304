/** Names of the workflows of failures on living hosts, and of their runs: one for each repair. */
import { type RepairId, type RunId, unreachable } from '@medevac/kernel';
import type { RepairKind } from '../stores/repair-store.ts';

export const INSTANCE_FAILURE = 'instance-failure';
export const PROCESS_FAILURE = 'process-failure';

export function repairWorkflow(kind: RepairKind): string {
  switch (kind) {
    case 'instance':
      return INSTANCE_FAILURE;
    case 'process':
      return PROCESS_FAILURE;
    default:
      return unreachable(kind);
  }
}

export const repairRunId = (kind: RepairKind, id: RepairId): RunId =>
  `${repairWorkflow(kind)}/${id}` as RunId;
