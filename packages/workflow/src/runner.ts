/**
 * Carries runs from their claim to their end. Any number of runners share one journal: each run has
 * a lease, its holder executes it, and when the holder dies another runner takes the lease over and
 * continues behind the last journaled step.
 */
import {
  type Clock,
  type Json,
  LIMITS,
  type Log,
  messageOf,
  nextRetryDelayMs,
  OperationalError,
  type Random,
  type ReplicaId,
  type RetryPolicy,
  type RunId,
} from '@medevac/kernel';
import type { Interruption, WorkflowDefinition } from './definition.ts';
import { RunInterrupted, StepFailed } from './errors.ts';
import type { JournalStore, RunOutcome, RunRecord } from './journal-store.ts';
import type { LeaseStore } from './lease-store.ts';
import { LeaseWatch } from './lease-watch.ts';
import { RunScope } from './run-scope.ts';
import type { RunFrame } from './step.ts';
import { Tenancy } from './tenancy.ts';

export interface RunnerOptions {
  readonly journal: JournalStore;
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly replica: ReplicaId;
  /** How long a holder may be silent before another replica takes its runs over. */
  readonly leaseMs: number;
  /** No other process can use this journal: leases of earlier processes are void at once. */
  readonly isSoleProcess: boolean;
  readonly definitions: readonly WorkflowDefinition[];
}

export interface NewRunRequest {
  readonly id: RunId;
  readonly workflow: string;
  readonly input: Json;
}

/** Open runs are looked through this many times per lease. */
const CLAIMS_PER_LEASE = 4;

/** A run that could not be carried to an end rests before it is taken again, longer each time. */
const REST: RetryPolicy = {
  maxAttempts: Number.POSITIVE_INFINITY,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  factor: 2,
};

interface Rest {
  readonly times: number;
  readonly untilMs: number;
}

export class WorkflowRunner {
  readonly #options: RunnerOptions;
  readonly #watch: LeaseWatch;
  readonly #carried = new Map<
    RunId,
    { readonly tenancy: Tenancy; readonly ended: Promise<void> }
  >();
  readonly #resting = new Map<RunId, Rest>();
  /** Runs of other releases, each complained about once. */
  readonly #unknown = new Set<RunId>();
  #stopClaiming: (() => void) | undefined;
  #claiming: Promise<void> | undefined;
  #claimAgain = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#watch = new LeaseWatch(options.leaseMs);
  }

  /** Begins to claim runs, those left over by others included. */
  start(): void {
    const { clock, leaseMs } = this.#options;
    this.#stopClaiming = clock.every(leaseMs / CLAIMS_PER_LEASE, () => this.#claim());
    this.nudge();
  }

  /** Stops claiming, interrupts the runs under way where they are and gives their leases back. */
  async stop(): Promise<void> {
    this.#stopClaiming?.();
    this.#stopClaiming = undefined;
    await this.#claiming;
    const carried = [...this.#carried.values()];
    for (const run of carried) {
      run.tenancy.interrupt(new RunInterrupted('stopping', 'this replica is stopping'));
    }
    await Promise.all(carried.map((run) => run.ended));
  }

  /**
   * Makes sure that the run exists under the newest version of its workflow, and looks at it at
   * once.
   */
  async submit(request: NewRunRequest): Promise<'created' | 'exists'> {
    const versions = this.#options.definitions.filter((one) => one.name === request.workflow);
    const version = Math.max(...versions.map((one) => one.version));
    const createdAtMs = this.#options.clock.wallMs();
    const outcome = await this.#options.journal.createRun({ ...request, version, createdAtMs });
    if (outcome === 'created') this.nudge();
    return outcome;
  }

  /** Looks through the open runs now instead of at the next turn. */
  nudge(): void {
    if (this.#stopClaiming !== undefined) void this.#claim();
  }

  /** How many runs this replica carries now. */
  get carriedRuns(): number {
    return this.#carried.size;
  }

  async #claim(): Promise<void> {
    this.#claimAgain = true;
    this.#claiming ??= this.#claimRounds().finally(() => {
      this.#claiming = undefined;
    });
    await this.#claiming;
  }

  async #claimRounds(): Promise<void> {
    while (this.#claimAgain) {
      this.#claimAgain = false;
      try {
        await this.#claimRound();
      } catch (error) {
        this.#options.log.warn('runner.claim_failed', { error: messageOf(error) });
      }
    }
  }

  async #claimRound(): Promise<void> {
    const runs = await this.#options.journal.runningRuns(LIMITS.runsPerReplica);
    this.#watch.keepOnly(new Set(runs.map((run) => leaseName(run.id))));
    this.#forgetAllBut(new Set(runs.map((run) => run.id)));
    const nowMs = this.#options.clock.monotonicMs();
    for (const run of runs) {
      const carried = this.#carried.get(run.id);
      if (carried === undefined) {
        if ((this.#resting.get(run.id)?.untilMs ?? 0) <= nowMs) await this.#take(run);
      } else if (run.cancelReason !== null) {
        carried.tenancy.interrupt(new RunInterrupted('cancelled', run.cancelReason));
      }
    }
  }

  async #take(listed: RunRecord): Promise<void> {
    const { journal, leases, clock, replica, log } = this.#options;
    const definition = this.#definitionOf(listed);
    if (definition === undefined || this.#stopClaiming === undefined) return;
    const name = leaseName(listed.id);
    const row = await leases.read(name);
    const isFree =
      row === undefined ||
      row.holder === null ||
      this.#watch.isAbandoned(row, clock.monotonicMs()) ||
      this.#options.isSoleProcess;
    if (!isFree) return;
    const sentMs = clock.monotonicMs();
    const tenure = await leases.take(name, row, replica);
    if (tenure === undefined) return;
    // The list may be older than the run's end; under the lease the record no longer changes.
    const run = await journal.readRun(listed.id);
    if (run?.state !== 'running') {
      await leases.release(tenure);
      return;
    }
    log.info('run.taken', { run: run.id, workflow: run.workflow, epoch: tenure.epoch });
    const tenancy = new Tenancy(tenure, sentMs, this.#options);
    const ended = this.#carry(run, definition, tenancy).finally(() => {
      this.#carried.delete(run.id);
    });
    this.#carried.set(run.id, { tenancy, ended });
  }

  /** What is remembered of runs that have ended would grow for ever. */
  #forgetAllBut(open: ReadonlySet<RunId>): void {
    for (const id of this.#resting.keys()) if (!open.has(id)) this.#resting.delete(id);
    for (const id of this.#unknown) if (!open.has(id)) this.#unknown.delete(id);
  }

  #definitionOf(run: RunRecord): WorkflowDefinition | undefined {
    const found = this.#options.definitions.find(
      (one) => one.name === run.workflow && one.version === run.version,
    );
    if (found === undefined && !this.#unknown.has(run.id)) {
      this.#unknown.add(run.id);
      this.#options.log.error('run.unknown_definition', {
        run: run.id,
        workflow: run.workflow,
        version: run.version,
        advice: 'This run was begun by another release; start a replica of that release to end it.',
      });
    }
    return found;
  }

  async #carry(run: RunRecord, definition: WorkflowDefinition, tenancy: Tenancy): Promise<void> {
    const { log } = this.#options;
    try {
      const outcome = await this.#execute(run, definition, tenancy);
      await this.#finish(run, outcome, tenancy);
      this.#resting.delete(run.id);
      log.info('run.ended', { run: run.id, state: outcome.state });
    } catch (error) {
      const restMs = this.#rest(run.id);
      log.warn('run.interrupted', { run: run.id, error: messageOf(error), restMs });
    }
    try {
      await tenancy.end(true);
    } catch (error) {
      log.warn('lease.release_failed', { run: run.id, error: messageOf(error) });
    }
  }

  #rest(id: RunId): number {
    const { clock, random } = this.#options;
    const times = (this.#resting.get(id)?.times ?? 0) + 1;
    const restMs = nextRetryDelayMs(REST, Math.min(times, 20), random) ?? REST.maxDelayMs;
    this.#resting.set(id, { times, untilMs: clock.monotonicMs() + restMs });
    return restMs;
  }

  /** The run's outcome; throws when the run must be continued by somebody else or later. */
  async #execute(
    run: RunRecord,
    definition: WorkflowDefinition,
    tenancy: Tenancy,
  ): Promise<RunOutcome> {
    const frame = await this.#frame(run, tenancy);
    if (run.cancelReason !== null) {
      tenancy.interrupt(new RunInterrupted('cancelled', run.cancelReason));
    }
    let interruption: Interruption;
    try {
      const result = await definition.run(new RunScope(frame), run.input);
      return { state: 'succeeded', result };
    } catch (error) {
      interruption = this.#interruptionOf(run, tenancy, error);
    }
    const after = await this.#afterwards(run, tenancy);
    try {
      const scope = new RunScope({ ...frame, tenancy: after }, 'interrupted/');
      await definition.onInterrupted(scope, run.input, interruption);
    } finally {
      if (after !== tenancy) await after.end(false);
    }
    return { state: interruption.state, error: interruption.reason };
  }

  #interruptionOf(run: RunRecord, tenancy: Tenancy, error: unknown): Interruption {
    const reason: unknown = tenancy.signal.aborted ? tenancy.signal.reason : error;
    if (reason instanceof RunInterrupted) {
      if (reason.why !== 'cancelled') throw reason;
      return { state: 'cancelled', reason: reason.message };
    }
    // What failed between the steps, a read of a store for instance, may succeed after a rest.
    if (reason instanceof OperationalError && reason.retry !== 'never') throw reason;
    const isExpected = reason instanceof OperationalError || reason instanceof StepFailed;
    this.#options.log.error('run.failed', {
      run: run.id,
      error: messageOf(reason),
      ...(!isExpected && reason instanceof Error ? { stack: reason.stack } : {}),
    });
    return { state: 'failed', reason: messageOf(reason) };
  }

  /** A tenancy for the clean-up: the first one's signal is spent when the run was cancelled. */
  async #afterwards(run: RunRecord, tenancy: Tenancy): Promise<Tenancy> {
    if (!tenancy.signal.aborted) return tenancy;
    const sentMs = this.#options.clock.monotonicMs();
    if (!(await this.#options.leases.renew(tenancy.tenure))) {
      throw new RunInterrupted('lost', `another replica has taken the run ${run.id} over`);
    }
    return new Tenancy(tenancy.tenure, sentMs, this.#options);
  }

  async #frame(run: RunRecord, tenancy: Tenancy): Promise<RunFrame> {
    const { journal, clock, random, log } = this.#options;
    const steps = await journal.readSteps(run.id);
    const known = new Map(steps.map((step) => [step.path, step]));
    return { runId: run.id, journal, tenancy, clock, random: random.fork(run.id), log, known };
  }

  async #finish(run: RunRecord, outcome: RunOutcome, tenancy: Tenancy): Promise<void> {
    const { journal, leases, clock } = this.#options;
    if (!tenancy.signal.aborted) {
      await tenancy.write((tenure) => journal.finishRun(tenure, run.id, outcome, clock.wallMs()));
      return;
    }
    if (await leases.renew(tenancy.tenure)) {
      await journal.finishRun(tenancy.tenure, run.id, outcome, clock.wallMs());
    }
  }
}

const leaseName = (id: RunId): string => `run/${id}`;
