/**
 * The way of a drained host back to service. Observes: its service and its reports. Changes:
 * `status` alone, and only where it was enabled before and the drain has disabled it; then the
 * drain ends, and with it the maintenance that is ours. Safe to repeat.
 */
import { messageOf } from '@medevac/kernel';
import { StepFailed, type WorkflowDefinition } from '@medevac/workflow';
import { patiently } from '../recovery/context.ts';
import { DrainState } from '../stores/drain-store.ts';
import { restoreService } from './disable-drained.ts';
import { type DrainParts, moveDrain, openDrainRun } from './drain-run.ts';
import { UNDRAIN } from './run-id.ts';

/** A host that is asked back is waited for so long; then it is drained as before. */
const UNDRAIN_MS = 86_400_000;

export function undrainWorkflow(parts: DrainParts): WorkflowDefinition {
  const { drained, undraining, undrained } = DrainState;
  return {
    name: UNDRAIN,
    version: 1,
    run: async (scope, input) => {
      const run = await openDrainRun(parts, scope, input);
      if (run.drain.state !== undraining) return 'ended before';
      try {
        const message = await scope.step('enable', patiently(UNDRAIN_MS), (attempt) =>
          restoreService(run, [undraining], attempt),
        );
        return await moveDrain(run, { from: undraining, to: undrained, message });
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        const message = `not back in service: ${messageOf(error.error.message)}`;
        return await moveDrain(run, { from: undraining, to: drained, message });
      }
    },
    onInterrupted: async (scope, input, { reason }) => {
      const run = await openDrainRun(parts, scope, input);
      if (run.drain.state !== undraining) return;
      await moveDrain(run, { from: undraining, to: drained, message: reason });
    },
  };
}
