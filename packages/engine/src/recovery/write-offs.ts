/** What a recovery has written off of its instances' may-run sets, as its journal keeps it. */
import type { WriteOff } from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import { StepState } from '@medevac/workflow';
import type { Recovery } from './context.ts';
import type { DeadMember } from './dead-members.ts';
import { hostFailureRunId } from './run-id.ts';

/** Migrations that were written off together. Journaled. */
export type KeptWriteOff = {
  readonly records: readonly WriteOff[];
  readonly members: readonly DeadMember[];
  /** Members that may have a message for the instance which they have not begun to carry out. */
  readonly messagesAt: readonly HostName[];
  /** Messages to build the instance that are left so. */
  readonly builds: number;
  /** Each of those is seen by its power: it cannot come back unseen. */
  readonly isWatched: boolean;
  /** Instead: the one message that was left was read too late, and nothing is left of it. */
  readonly isSpent?: boolean;
};

const STEP = 'write-off-';
const STEP_PATH = /\/([\w-]{36})\/write-off-\d+$/;

/** The name of the step that keeps one, in the scope of its instance. */
export const writeOffStepName = (number: number): string => `${STEP}${number}`;

/** By instance, oldest first: of all rounds, lives and runs of the incident. */
export async function readWriteOffs({ incident, journal }: Recovery) {
  const kept = new Map<string, KeptWriteOff[]>();
  for (let number = 0; number <= incident.retries; number++) {
    for (const step of await journal.readSteps(hostFailureRunId(incident.id, number))) {
      const uuid = STEP_PATH.exec(step.path)?.[1];
      if (uuid === undefined || step.state !== StepState.done) continue;
      kept.set(uuid, [...(kept.get(uuid) ?? []), step.result as unknown as KeptWriteOff]);
    }
  }
  return kept;
}
