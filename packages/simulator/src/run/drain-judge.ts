/** Judges what the product does for planned maintenance, on the truth of the world. */
import { drainReason, keepsHostBusy } from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import {
  DRAIN_ANSWER_INVARIANTS,
  DRAIN_END_INVARIANTS,
  DRAIN_WRITE_INVARIANTS,
  type DrainWriteFacts,
} from '../invariants/drains.ts';
import type { Invariant } from '../invariants/invariant.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { DrainBook, DrainNote } from './drain-book.ts';
import { isProtected } from './end-facts.ts';

export interface DrainJudgeParts {
  readonly cloud: SimulatedCloud;
  readonly drains: DrainBook;
  readonly judge: <Facts>(invariants: readonly Invariant<Facts>[], facts: Facts) => void;
}

/** From the last look to the call, with a slow database and a slow cloud between. */
const LOOK_TO_CALL_MS = 30_000;
const OURS = drainReason('');

export class DrainJudge {
  readonly #parts: DrainJudgeParts;
  readonly #wasEnabled = new Map<string, boolean>();
  readonly #unclear = new Set<string>();

  constructor(parts: DrainJudgeParts) {
    this.#parts = parts;
    const note = ({ host, id }: DrainNote): void => {
      const { isEnabled } = parts.cloud.host(host).service;
      // What somebody changes between the two moments is nobody's to judge.
      const before = this.#wasEnabled.get(id);
      if (before === undefined || before === isEnabled) this.#wasEnabled.set(id, isEnabled);
      else this.#unclear.add(id);
    };
    parts.drains.onOpened = note;
    parts.drains.onKept = note;
    parts.drains.onMoved = (drain) => this.#noteMoved(drain);
  }

  noteWrite({ change, host, kind }: NovaWrite): void {
    if (kind !== 'changeService' || host === null || change?.status === undefined) return;
    const open = this.#parts.drains.openOf(host);
    const facts: DrainWriteFacts = {
      ...{ host, status: change.status },
      isForDrain: change.disabledReason?.startsWith(OURS) === true,
      settled: this.#settledOn(host),
      wasEnabled: open === undefined ? undefined : this.#wasEnabledOf(open.id),
    };
    this.#parts.judge(DRAIN_WRITE_INVARIANTS, facts);
  }

  noteAnswer(host: HostName, state: string, isContradicted: boolean): void {
    const { cloud, drains, judge } = this.#parts;
    const settled = new Set(this.#settledOn(host));
    const left = cloud
      .instances(host)
      .filter((one) => isProtected(one) && settled.has(one.server.uuid))
      .map((one) => one.server.uuid);
    const isDead = cloud.isDead(host) && !isContradicted;
    const isDrained = drains.openOf(host) !== undefined;
    judge(DRAIN_ANSWER_INVARIANTS, { host, state, isDrained, isDead, left });
  }

  #wasEnabledOf(drain: string): boolean | undefined {
    return this.#unclear.has(drain) ? undefined : this.#wasEnabled.get(drain);
  }

  #settledOn(host: HostName): DrainWriteFacts['settled'] {
    const { cloud } = this.#parts;
    return cloud
      .instances(host)
      .map(({ server }) => server)
      .filter(({ uuid, vmState }) => {
        return keepsHostBusy(vmState) && cloud.unchangedForMs(uuid) > LOOK_TO_CALL_MS;
      })
      .map(({ uuid }) => uuid);
  }

  #noteMoved({ host, id, state }: DrainNote): void {
    const { isEnabled, disabledReason } = this.#parts.cloud.host(host).service;
    this.#parts.judge(DRAIN_END_INVARIANTS, {
      ...{ host, state },
      wasEnabled: this.#wasEnabledOf(id) === true,
      isLeftDisabled: !isEnabled && disabledReason === drainReason(id),
    });
  }
}
