/**
 * An incident that was opened again goes on where its earlier run ended: evacuations that began
 * after its first plan are ours, also those that arrived when nobody watched any more.
 */
import type { IncidentId } from '@medevac/kernel';
import { type JournalStore, type StepRecord, StepState } from '@medevac/workflow';
import { hostFailureRunId } from './run-id.ts';

/** The name of the step that plans in a round. */
export const planStepName = (round: number): string => `plan-${round}`;

/**
 * The newest migration that had ended when the incident was first planned. `null`: no earlier run
 * came as far, or its journal is purged.
 */
export async function readEarlierPlan(
  journal: Pick<JournalStore, 'readSteps'>,
  incident: IncidentId,
  retries: number,
): Promise<number | null> {
  for (let number = 0; number < retries; number++) {
    const steps = await journal.readSteps(hostFailureRunId(incident, number));
    const newest = newestOf(steps.find((one) => one.path === planStepName(1)));
    if (newest !== null) return newest;
  }
  return null;
}

function newestOf(step: StepRecord | undefined): number | null {
  if (step?.state !== StepState.done) return null;
  const { result } = step;
  if (result === null || typeof result !== 'object' || !('newestMigrationId' in result))
    return null;
  const { newestMigrationId } = result;
  return typeof newestMigrationId === 'number' ? newestMigrationId : null;
}
