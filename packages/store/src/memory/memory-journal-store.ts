/** The journal in memory. */
import { invariant, type RunId } from '@medevac/kernel';
import type {
  JournalStore,
  NewRun,
  RunOutcome,
  RunRecord,
  StepRecord,
  Tenure,
  WriteOutcome,
} from '@medevac/workflow';
import { copyOf, jsonCopyOf, type MemoryTables, sharedCopiesOf } from './memory-tables.ts';

export class MemoryJournalStore implements JournalStore {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async createRun(run: NewRun): Promise<'created' | 'exists'> {
    if (this.#tables.runs.has(run.id)) return 'exists';
    const { id, workflow, version, createdAtMs } = run;
    this.#tables.runs.set(id, {
      id,
      workflow,
      version,
      input: jsonCopyOf(run.input),
      createdAtMs,
      state: 'running',
      cancelReason: null,
      result: null,
      error: null,
      finishedAtMs: null,
    });
    return 'created';
  }

  async readRun(id: RunId): Promise<RunRecord | undefined> {
    return copyOf(this.#tables.runs.get(id));
  }

  async runningRuns(limit: number): Promise<readonly RunRecord[]> {
    const running = [...this.#tables.runs.values()].filter(({ state }) => state === 'running');
    return sharedCopiesOf(running.sort((a, b) => a.createdAtMs - b.createdAtMs).slice(0, limit));
  }

  async readSteps(id: RunId): Promise<readonly StepRecord[]> {
    return copyOf([...(this.#tables.steps.get(id)?.values() ?? [])]);
  }

  async writeStep(tenure: Tenure, step: StepRecord): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      invariant(this.#tables.runs.has(step.runId), `there is no run ${step.runId}`);
      const steps = this.#tables.steps.get(step.runId) ?? new Map<string, StepRecord>();
      steps.set(step.path, { ...copyOf(step), result: jsonCopyOf(step.result) });
      this.#tables.steps.set(step.runId, steps);
      return 'written';
    });
  }

  async finishRun(
    tenure: Tenure,
    id: RunId,
    outcome: RunOutcome,
    atMs: number,
  ): Promise<WriteOutcome> {
    return this.#tables.fenced<WriteOutcome>(tenure, () => {
      const run = this.#tables.runs.get(id);
      if (run?.state !== 'running') return 'stale';
      const ending =
        outcome.state === 'succeeded'
          ? { state: outcome.state, result: jsonCopyOf(outcome.result) }
          : { state: outcome.state, error: outcome.error };
      this.#tables.runs.set(id, { ...run, ...ending, finishedAtMs: atMs });
      return 'written';
    });
  }

  async requestCancel(id: RunId, reason: string): Promise<boolean> {
    const run = this.#tables.runs.get(id);
    if (run?.state !== 'running') return false;
    this.#tables.runs.set(id, { ...run, cancelReason: run.cancelReason ?? reason });
    return true;
  }
}
