/**
 * What a workflow is written with. The function of a definition is run from its start after every
 * crash; steps that the journal knows as done answer from there. Between steps it may depend on its
 * input and on the results of steps only.
 */
import type { Json, RetryPolicy, RunId } from '@medevac/kernel';
import type { Tenure } from './lease-store.ts';

export interface StepOptions {
  /**
   * Time for all attempts together. A crash adds to it at most what was spent since the last
   * journal entry of the step.
   */
  readonly deadlineMs: number;
  readonly retry: RetryPolicy;
  /**
   * Also failures that are said to be final are repeated: a right, a certificate or a route that is
   * wrong now is mended by people while the step lives. Broken promises of our own code never are.
   */
  readonly outlastsRefusals?: boolean;
  /**
   * Sleeps between two tries instead of the clock, and may end early when there is news. Throws
   * when `signal` is aborted.
   */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * One try of a step. Any try may follow one that acted and did not live to see the answer: the body
 * observes first and acts only if that is still needed.
 */
export interface Attempt {
  /** From 1. A try that a crash cut short is repeated under its number. */
  readonly number: number;
  /**
   * An effect of an earlier try of this step may have been carried out, or may still be on its way,
   * although nobody saw its answer.
   */
  readonly outcomeUnknown: boolean;
  /** Aborted at the step's deadline and when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Milliseconds until the step's deadline. */
  remainingMs(): number;
  /**
   * The only way to change the outside world. Directly before `act` the intention is journaled
   * under the run's epoch, which is a compare-and-swap renewal of its lease; a stale holder never
   * gets to `act`.
   */
  effect<T>(act: () => Promise<T>): Promise<T>;
}

export interface ForEachOptions<Item> {
  /** Names the item's steps: unique among the items and the same after a crash. */
  readonly key: (item: Item) => string;
  readonly concurrency: number;
}

/** A place in a run's tree of steps. */
export interface Scope {
  readonly runId: RunId;
  /** Aborted when the run is interrupted; its reason is a `RunInterrupted`. */
  readonly signal: AbortSignal;
  /**
   * Runs `body` until it succeeds, at most once to the end: a journaled result is returned without
   * running it. Failures of the world are repeated by the policy, with the time of the next try
   * journaled. Throws `StepFailed` when it gives up; that too is remembered.
   */
  step<T extends Json>(
    name: string,
    options: StepOptions,
    body: (attempt: Attempt) => Promise<T>,
  ): Promise<T>;
  /** Whether the journal had that step as done when this life of the run began. */
  wasDone(name: string): boolean;
  /**
   * Runs `body` for each item in a scope of its own. The first failure is thrown after all ended.
   */
  forEach<Item>(
    name: string,
    items: readonly Item[],
    options: ForEachOptions<Item>,
    body: (scope: Scope, item: Item) => Promise<void>,
  ): Promise<void>;
  /**
   * A store's write under the run's tenure; `stale` interrupts the run. Other answers are returned.
   */
  write<Outcome extends string>(
    write: (tenure: Tenure) => Promise<Outcome>,
  ): Promise<Exclude<Outcome, 'stale'>>;
}

export type Interruption = {
  readonly state: 'failed' | 'cancelled';
  /** One sentence for people. */
  readonly reason: string;
};

export interface WorkflowDefinition {
  readonly name: string;
  /** Raised with every change that an old journal could not be continued under. */
  readonly version: number;
  readonly run: (scope: Scope, input: Json) => Promise<Json>;
  /** Puts things in order after a failure or a cancellation, in steps of its own. */
  readonly onInterrupted: (scope: Scope, input: Json, interruption: Interruption) => Promise<void>;
}
