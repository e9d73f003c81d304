/**
 * What a recovery knows of the death of its host, kept in its journal for the recoveries of others:
 * an instance of one dead host may have been on its way to another one. It is worth nothing by
 * itself: whoever rests on it looks again.
 */
import type { Confirmation } from '@medevac/core';
import type { IncidentId, ServiceUuid } from '@medevac/kernel';
import { type JournalStore, StepState } from '@medevac/workflow';
import { hostFailureRunId } from './run-id.ts';

/** What must still be so. */
export type DeathCertificate = {
  readonly confirmation: Confirmation;
  readonly serviceUuid: ServiceUuid;
  /** The stamp after our own last write to the service. */
  readonly stamp: string | null;
};

const STEP = 'certificate-';

/** The name of the step that keeps it in a round. */
export const certificateStepName = (round: number): string => `${STEP}${round}`;

/** Of the last round that forced the host down; `undefined`: none has, or the journal is purged. */
export async function readCertificate(
  journal: Pick<JournalStore, 'readSteps'>,
  incident: IncidentId,
  retries: number,
): Promise<DeathCertificate | undefined> {
  for (let number = retries; number >= 0; number--) {
    const steps = await journal.readSteps(hostFailureRunId(incident, number));
    const rounds = steps
      .filter((one) => one.state === StepState.done && one.path.startsWith(STEP))
      .map((one) => ({ round: Number(one.path.slice(STEP.length)), result: one.result }))
      .toSorted((a, b) => b.round - a.round);
    const [last] = rounds;
    if (last !== undefined) return last.result as DeathCertificate;
  }
  return undefined;
}
