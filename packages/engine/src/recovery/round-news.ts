/**
 * What people ask for while a round of evacuations is under way, whichever replica has taken it:
 *
 * | news | the round |
 * | --- | --- |
 * | the incident is paused | nothing more is sent; what is under way in Nova is followed |
 * | it is resumed after that | is left, also by what is followed: the next round follows it |
 * | an instance that has failed is to be tried again | is left: the next pass has it too |
 */
import { Guard } from '@medevac/core';
import { messageOf } from '@medevac/kernel';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import type { Recovery } from './context.ts';
import { checkOperatorsWord, type LivingCheck } from './living-check.ts';

type Contradicted = Extract<LivingCheck, { kind: 'contradicted' }>;

/** Names the steps of an instance within a round; another one with each try that is asked for. */
export const roundKeyOf = ({ instanceUuid, tries }: VmoveRecord): string =>
  tries === 0 ? instanceUuid : `${instanceUuid}.${tries}`;

/** How soon the news of another replica is heard. */
const LOOK_MS = 5_000;

export interface RoundNewsParts {
  readonly recovery: Recovery;
  /** Those of the round. */
  readonly vmoves: readonly VmoveRecord[];
  /** The guard that holds the round, if any. */
  readonly guard: () => Guard | undefined;
  readonly onPause: (found: Contradicted) => Promise<void>;
  readonly unsettled: () => Promise<readonly VmoveRecord[]>;
}

export class RoundNews {
  readonly #parts: RoundNewsParts;
  readonly #keys: ReadonlySet<string>;
  #heardMs: number | null;
  #isOver = false;

  constructor(parts: RoundNewsParts) {
    this.#parts = parts;
    this.#keys = new Set(parts.vmoves.map(roundKeyOf));
    this.#heardMs = parts.recovery.incident.retryAskedAtMs;
  }

  /** Whoever has no call on its way leaves the round without an answer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Looks until the answered function is called. */
  watch(): () => void {
    return this.#parts.recovery.ports.clock.every(LOOK_MS, () => this.#look());
  }

  async #look(): Promise<void> {
    const { recovery } = this.#parts;
    if (this.#isOver || recovery.scope.signal.aborted) return;
    try {
      await this.#hear();
    } catch (error) {
      // The store is away or the run is over: the next look is soon.
      if (recovery.scope.signal.aborted) return;
      recovery.ports.log.warn('recovery.news_unheard', { error: messageOf(error) });
    }
  }

  async #hear(): Promise<void> {
    const { guard, onPause, recovery, unsettled } = this.#parts;
    const { incidents } = recovery.ports.stores;
    const incident = await incidents.read(recovery.incident.id);
    const isPaused = (incident?.paused ?? null) !== null;
    if (isPaused && guard() === undefined) {
      const word = await checkOperatorsWord(recovery);
      if (word.kind === 'contradicted') await onPause(word);
    }
    if (!isPaused && guard() === Guard.paused) this.#isOver = true;
    const askedMs = incident?.retryAskedAtMs ?? null;
    if (isPaused || askedMs === this.#heardMs) return;
    const open = await unsettled();
    if (open.some((one) => !this.#keys.has(roundKeyOf(one)))) this.#isOver = true;
    this.#heardMs = askedMs;
  }
}
