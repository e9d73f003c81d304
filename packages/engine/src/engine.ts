/**
 * One replica's engine: takes notifications up, carries recoveries and returns, watches Nova. Start
 * it once; everything it does can be continued by another replica, or by itself after a crash.
 */
import { type HostName, LIMITS, messageOf } from '@medevac/kernel';
import type { ServiceView } from '@medevac/openstack';
import { type JournalStore, type LeaseStore, WorkflowRunner } from '@medevac/workflow';
import type { HostSilence } from './commands/confirm-fenced.ts';
import {
  type DispatchParts,
  dispatchNotifications,
  resumeIncidents,
  resumeRepairs,
} from './dispatch.ts';
import { NovaWatch } from './evidence/nova-watch.ts';
import { liftLockWorkflow } from './locks/lift-lock.ts';
import { LockSweep } from './locks/sweep-locks.ts';
import { drainWorkflow } from './maintenance/drain-host.ts';
import { sweepDrains } from './maintenance/sweep-drains.ts';
import { undrainWorkflow } from './maintenance/undrain-host.ts';
import { Pace } from './pace/pace.ts';
import type { PaceFigures } from './pace/pace-share.ts';
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

/** Whether Nova's scheduler may choose it. */
const isUsable = (view: ServiceView): boolean =>
  view.kind === 'seen' && view.state === 'up' && view.status === 'enabled';

/** The stores are looked through this often even when nobody nudges. */
const TURN_MS = 1_000;
/** Every so many turns, open incidents are compared with their runs. */
const RESUME_EVERY = 30;
/** And the history is purged. */
const PURGE_EVERY = 3_600;

export class Engine {
  readonly #options: EngineOptions;
  readonly #watch: NovaWatch;
  readonly #pace: Pace;
  readonly #runner: WorkflowRunner;
  readonly #dispatch: DispatchParts;
  readonly #locks: LockSweep;
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
    const usableHosts = (): readonly HostName[] =>
      this.#watch
        .views()
        .filter(isUsable)
        .map((view) => view.host);
    this.#pace = new Pace({ ...ports, usableHosts }, settings.pace);
    const pace = this.#pace;
    const parts = { ports, settings, watch: this.#watch, surroundings, pace, journal };
    this.#runner = new WorkflowRunner({
      ...options,
      ...ports,
      definitions: [
        hostFailureWorkflow(parts),
        hostReturnWorkflow(parts),
        hostEnableWorkflow(parts),
        giveBackWorkflow(parts),
        liftLockWorkflow(parts),
        instanceFailureWorkflow(parts),
        processFailureWorkflow(parts),
        drainWorkflow(parts),
        undrainWorkflow(parts),
      ],
    });
    this.#dispatch = { ports, runner: this.#runner, rules: settings.failures };
    this.#locks = new LockSweep({ stores: ports.stores, runner: this.#runner });
  }

  /** How much of the cloud all recoveries of this replica use now, and may use. */
  get pace(): PaceFigures {
    return this.#pace.figures;
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

  /** What Nova shows of the host's reports, asked now. Rejects when Nova gives no answer. */
  async silenceOf(host: HostName): Promise<HostSilence> {
    const { settings } = this.#options;
    const view = await this.#watch.refresh(host);
    if (view?.kind !== 'seen') return { kind: 'unseen' };
    const forMs = this.#watch.silentForMs(host);
    const waitMs = this.#watch.reportIntervalMs(host) + settings.timing.silenceMarginMs - forMs;
    return waitMs > 0 ? { kind: 'reporting', waitMs } : { kind: 'silent', forMs };
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
        await sweepDrains({ ...ports, watch: this.#watch, runner: this.#runner });
        await this.#locks.turn();
        // Last, so that a purge that fails keeps nothing else from being done.
        if (this.#turns % PURGE_EVERY === 0) await this.#purge();
        this.#turns += 1;
      } catch (error) {
        this.#options.ports.log.warn('engine.turn_failed', { error: messageOf(error) });
      }
    }
  }
}
