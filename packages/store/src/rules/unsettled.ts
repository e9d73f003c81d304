/** Statuses of an instance that has no final answer. */
import { VmoveStatus } from '@medevac/engine';

export const UNSETTLED = [VmoveStatus.pending, VmoveStatus.ongoing] as const;
