/** What the workflows of failed instances and of failed processes share: their frame. */
import { type Json, OperationalError } from '@medevac/kernel';
import type { WorkflowDefinition } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import {
  giveUpRepair,
  openRepairing,
  type Repairing,
  type RepairParts,
  ROUNDS,
} from './context.ts';

/** A repair that has ended is not begun again; one that is interrupted is given up. */
export function repairWorkflow(
  parts: RepairParts,
  name: string,
  repair: (repairing: Repairing) => Promise<Json>,
): WorkflowDefinition {
  return {
    name,
    version: 1,
    run: async (scope, input) => {
      const repairing = await openRepairing(parts, scope, input);
      return repairing.repair.closedAtMs === null ? await repair(repairing) : 'ended before';
    },
    onInterrupted: async (scope, input, interruption) => {
      await giveUpRepair(await openRepairing(parts, scope, input), interruption.reason);
    },
  };
}

/** Thrown when a repair has been begun anew for as many rounds as there may be. */
export const begunTooOften = ({ repair }: Repairing): OperationalError =>
  new OperationalError(
    ENGINE_ERRORS.refused,
    `the repair of ${repair.subject} was begun ${ROUNDS} times`,
    { retry: 'never' },
  );
