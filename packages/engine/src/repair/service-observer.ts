/**
 * Whether a host's nova-compute reports at this moment: its stamp has moved between two of our own
 * reads, without a setting that moved with it, and not longer ago than two report intervals. What
 * was seen by an earlier life of a step does not count.
 */
import { type HostName, OperationalError } from '@medevac/kernel';
import type { ComputeService } from '@medevac/openstack';
import { ENGINE_ERRORS } from '../errors.ts';
import type { RepairParts } from './context.ts';

export interface SeenService {
  readonly service: ComputeService;
  readonly isReporting: boolean;
}

export class ServiceObserver {
  readonly #parts: RepairParts;
  readonly #host: HostName;
  #last: ComputeService | undefined;
  #movedMs: number | undefined;

  constructor(parts: RepairParts, host: HostName) {
    this.#parts = parts;
    this.#host = host;
  }

  /** `undefined`: Nova has no such service. Throws while its cell cannot be seen. */
  async look(): Promise<SeenService | undefined> {
    const { ports, settings, watch } = this.#parts;
    const view = await watch.refresh(this.#host);
    if (view === undefined) return undefined;
    if (view.kind === 'unseen') {
      const message = `Nova does not show the service of ${this.#host} now`;
      throw new OperationalError(ENGINE_ERRORS.cellUnseen, message);
    }
    const nowMs = ports.clock.monotonicMs();
    if (this.#last !== undefined && isReport(this.#last, view)) this.#movedMs = nowMs;
    this.#last = view;
    const freshMs = 2 * watch.reportIntervalMs(this.#host) + settings.timing.silenceMarginMs;
    const isReporting = this.#movedMs !== undefined && nowMs - this.#movedMs < freshMs;
    return { service: view, isReporting };
  }
}

/** A stamp that moved together with a setting was moved by a write. */
const isReport = (before: ComputeService, after: ComputeService): boolean =>
  before.updatedAt !== after.updatedAt &&
  before.uuid === after.uuid &&
  before.status === after.status &&
  before.disabledReason === after.disabledReason &&
  before.forcedDown === after.forcedDown;
