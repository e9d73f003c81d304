/**
 * Sees to it that no lock of a recovery outlives it. Level-triggered: every turn of every replica
 * looks at what is stored, so nothing is left behind by a crash.
 */
import { LIMITS, type RunId } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { EngineStores } from '../ports.ts';
import { LIFT_LOCK, liftLockRunId } from './lift-lock.ts';

export interface LockSweepParts {
  readonly stores: Pick<EngineStores, 'instanceLocks'>;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

export class LockSweep {
  readonly #parts: LockSweepParts;
  /** Asked for by this replica: a lock that is slow to lift is not asked for at every turn. */
  #submitted: ReadonlySet<RunId> = new Set();

  constructor(parts: LockSweepParts) {
    this.#parts = parts;
  }

  async turn(): Promise<void> {
    const { runner, stores } = this.#parts;
    const due = await stores.instanceLocks.listDue(LIMITS.runsPerReplica);
    const submitted = new Set<RunId>();
    for (const record of due) {
      const id = liftLockRunId(record);
      if (!this.#submitted.has(id)) {
        await runner.submit({ id, workflow: LIFT_LOCK, input: record.uuid });
      }
      submitted.add(id);
    }
    this.#submitted = submitted;
  }
}
