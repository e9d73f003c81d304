/**
 * Port: the durable record of runs and their steps. Every write is made under a tenure and is
 * refused as `stale` when the lease has gone to another epoch; a write also counts as a beat of the
 * lease. A write has reached the disk when its promise resolves.
 */
import type { Json, OperationalError, RunId } from '@medevac/kernel';
import type { Tenure } from './lease-store.ts';

export const RunState = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;
export type RunState = (typeof RunState)[keyof typeof RunState];

export interface NewRun {
  readonly id: RunId;
  /**
   * Name and version of the definition it was begun with; a running run finishes under that
   * version.
   */
  readonly workflow: string;
  readonly version: number;
  readonly input: Json;
  readonly createdAtMs: number;
}

export interface RunRecord extends NewRun {
  readonly state: RunState;
  /** Set once somebody asked for cancellation; the run ends at its next opportunity. */
  readonly cancelReason: string | null;
  readonly result: Json;
  readonly error: string | null;
  readonly finishedAtMs: number | null;
}

/**
 * `attempting`: begun, outcome not known; after a crash the step must observe before it acts.
 * `waiting`: the attempt failed, the next one is due at `nextAttemptAtMs`.
 */
export const StepState = {
  attempting: 'attempting',
  waiting: 'waiting',
  done: 'done',
  failed: 'failed',
} as const;
export type StepState = (typeof StepState)[keyof typeof StepState];

export interface StepError {
  readonly code: string;
  readonly message: string;
  readonly retry: OperationalError['retry'];
}

export interface StepRecord {
  readonly runId: RunId;
  /** Names from the run's root, joined by `/`: unique within the run. */
  readonly path: string;
  readonly state: StepState;
  /** Number of the present or last attempt, from 1. */
  readonly attempt: number;
  /** Wall time at which the first attempt began, for people. */
  readonly startedAtMs: number;
  /**
   * Time that its holders have spent on it up to this write, each by its own monotonic clock: what
   * is left until its deadline never depends on the clocks of two machines.
   */
  readonly spentMs: number;
  readonly nextAttemptAtMs: number | null;
  readonly result: Json;
  readonly error: StepError | null;
}

export type WriteOutcome = 'written' | 'stale';

export type RunOutcome =
  | { readonly state: 'succeeded'; readonly result: Json }
  | { readonly state: 'failed'; readonly error: string }
  | { readonly state: 'cancelled'; readonly error: string };

export interface JournalStore {
  /** Idempotent: a run that is there already stays as it is. */
  createRun(run: NewRun): Promise<'created' | 'exists'>;
  readRun(id: RunId): Promise<RunRecord | undefined>;
  /** Runs in state `running`, oldest first. */
  runningRuns(limit: number): Promise<readonly RunRecord[]>;
  /** Every step of the run, in the order of their first attempts. */
  readSteps(id: RunId): Promise<readonly StepRecord[]>;
  /** Inserts or replaces the step of that path. */
  writeStep(tenure: Tenure, step: StepRecord): Promise<WriteOutcome>;
  /** Ends a running run; a run that has ended stays as it is and answers `stale`. */
  finishRun(tenure: Tenure, id: RunId, outcome: RunOutcome, atMs: number): Promise<WriteOutcome>;
  /** Asks for cancellation of a running run; anybody may ask. `false`: not running. */
  requestCancel(id: RunId, reason: string): Promise<boolean>;
}
