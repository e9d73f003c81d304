/**
 * One replica's engine: takes notifications up, carries recoveries and returns, watches Nova. Start
 * it once; everything it does can be continued by another replica, or by itself after a crash.
 */
import { LIMITS, messageOf } from '@medevac/kernel';
import { type JournalStore, type LeaseStore, WorkflowRunner } from '@medevac/workflow';
import {
  type DispatchParts,
  dispatchNotifications,
  resumeIncidents,
  resumeRepairs,
} from './dispatch.ts';
import { NovaWatch } from './evidence/nova-watch.ts';
import type { EnginePorts } from './ports.ts';
import { hostFailureWorkflow } from './recovery/host-failure.ts';
import { Surroundings } from './recovery/surroundings.ts';
import { instanceFailureWorkflow } from './repair/instance-failure.ts';
import { processFailureWorkflow } from './repair/process-failure.ts';
import { giveBackWorkflow } from './reserved/give-back.ts';
import { sweepReservations } from './reserved/sweep-reservations.ts';
import { beginReturns } from './return/begin-returns.ts';
import { hostEnableWorkflow } from './return/host-enable.ts';
import { hostReturnWorkflow } from './return/host-return.ts';
import type { EngineSettings } from './settings.ts';

export interface EngineOptions {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly journal: JournalStore;
  readonly leases: LeaseStore;
  /** How long a replica may be silent before another one takes its recoveries over. */
  readonly leaseMs: number;
  /** No other process can use these stores: recoveries of an earlier one are continued at once. */
  readonly isSoleProcess: boolean;
}

/** The stores are looked through this often even when nobody nudges. */
const TURN_MS = 1_000;
/** Every so many turns, open incidents are compared with their runs. */
const RESUME_EVERY = 30;
/** And the history is purged. */
const PURGE_EVERY = 3_600;

export class Engine {
  readonly #options: EngineOptions;
  readonly #watch: NovaWatch;
  readonly #runner: WorkflowRunner;
  readonly #dispatch: DispatchParts;
  #stopTurns: (() => void) | undefined;
  #turning: Promise<void> | undefined;
  #turnAgain = false;
  #turns = 0;

  constructor(options: EngineOptions) {
    const { ports, settings } = options;
    const watchOptions = { ...ports, reportIntervalMs: settings.reportIntervalMs };
    this.#options = options;
    this.#watch = new NovaWatch(watchOptions);
    const { journal } = options;
    const surroundings = new Surroundings(ports);
    const parts = { ports, settings, watch: this.#watch, surroundings, journal };
    this.#runner = new WorkflowRunner({
      ...options,
      ...ports,
      definitions: [
        hostFailureWorkflow(parts),
        hostReturnWorkflow(parts),
        hostEnableWorkflow(parts),
        giveBackWorkflow(parts),
        instanceFailureWorkflow(parts),
        processFailureWorkflow(parts),
      ],
    });
    this.#dispatch = { ports, runner: this.#runner, rules: settings.failures };
  }

  start(): void {
    this.#watch.start();
    this.#runner.start();
    this.#stopTurns = this.#options.ports.clock.every(TURN_MS, () => this.#turn());
    this.nudge();
  }

  /** A notification was kept: look at it now. Never throws, never waits. */
  nudge(): void {
    if (this.#stopTurns !== undefined) void this.#turn();
  }

  /** Leaves every run where it is, for the next replica to continue. */
  async stop(): Promise<void> {
    this.#stopTurns?.();
    this.#stopTurns = undefined;
    await this.#turning;
    await this.#runner.stop();
    this.#watch.stop();
  }

  /** Batch by batch, so that no other write waits for long. */
  async #purge(): Promise<void> {
    const { ports, settings } = this.#options;
    const beforeMs = ports.clock.wallMs() - settings.keepHistoryMs;
    for (let purged = 1; purged > 0; ) {
      purged = await ports.stores.history.purge(beforeMs, LIMITS.purgeBatch);
      if (purged > 0) ports.log.info('history.purged', { rows: purged });
    }
  }

  async #turn(): Promise<void> {
    this.#turnAgain = true;
    this.#turning ??= this.#takeTurns().finally(() => {
      this.#turning = undefined;
    });
    await this.#turning;
  }

  async #takeTurns(): Promise<void> {
    while (this.#turnAgain) {
      this.#turnAgain = false;
      try {
        await dispatchNotifications(this.#dispatch);
        if (this.#turns % RESUME_EVERY === 0) {
          await resumeIncidents(this.#dispatch);
          await resumeRepairs(this.#dispatch);
        }
        const { ports, settings } = this.#options;
        await beginReturns({ ...ports, settings, watch: this.#watch, runner: this.#runner });
        await sweepReservations({ ...this.#options.ports, runner: this.#runner });
        // Last, so that a purge that fails keeps nothing else from being done.
        if (this.#turns % PURGE_EVERY === 0) await this.#purge();
        this.#turns += 1;
      } catch (error) {
        this.#options.ports.log.warn('engine.turn_failed', { error: messageOf(error) });
      }
    }
  }
}
