/**
 * One bound that adapts: collects what is seen for a while, has it decided on, and remembers since
 * when it holds. What was sent before the last slowing down says nothing about the new pace.
 */
import { decidePace, type PaceBounds, type PaceTrouble } from '@medevac/core';

export interface LimitUse {
  readonly inside: number;
  readonly waiting: number;
}

export interface LimitChange {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Evidence is collected this long before it is decided on. */
const WINDOW_MS = 2_000;
/** What was learned is forgotten when nothing was under way for this long. */
const FORGET_MS = 300_000;
/** It goes on with so many at least, unless its most is less. */
const LEAST = 10;

export class AdaptiveLimit {
  readonly #bounds: PaceBounds;
  #limit: number;
  #good = 0;
  #troubles: Partial<Record<PaceTrouble, number>> = {};
  #windowSinceMs: number | undefined;
  #slowedAtMs = Number.NEGATIVE_INFINITY;
  #usedAtMs = Number.NEGATIVE_INFINITY;

  constructor(most: number, least = LEAST) {
    this.#bounds = { least: Math.min(least, most), most };
    this.#limit = most;
  }

  get limit(): number {
    return this.#limit;
  }

  get isAtMost(): boolean {
    return this.#limit === this.#bounds.most;
  }

  /** `sentMs`: when what is judged was sent. */
  noteGood(sentMs: number, nowMs: number): void {
    if (sentMs < this.#slowedAtMs) return;
    this.#good += 1;
    this.#windowSinceMs ??= nowMs;
  }

  noteTrouble(kind: PaceTrouble, sentMs: number, nowMs: number): void {
    if (sentMs < this.#slowedAtMs) return;
    this.#troubles[kind] = (this.#troubles[kind] ?? 0) + 1;
    this.#windowSinceMs ??= nowMs;
  }

  /** Decides when enough was collected; answers what has changed. */
  decide(use: LimitUse, nowMs: number): LimitChange | undefined {
    this.#noteUse(use, nowMs);
    const isDue = this.#windowSinceMs !== undefined && nowMs - this.#windowSinceMs >= WINDOW_MS;
    const seen = isDue ? { good: this.#good, troubles: this.#troubles } : { good: 0, troubles: {} };
    const from = this.#limit;
    const { limit: to, reason } = decidePace({ limit: from, ...use, ...seen }, this.#bounds);
    if (isDue) this.#beginWindow();
    if (reason === undefined) return undefined;
    this.#limit = to;
    if (to < from) {
      this.#slowedAtMs = nowMs;
      this.#beginWindow();
    }
    return { from, to, reason };
  }

  #noteUse({ inside, waiting }: LimitUse, nowMs: number): void {
    if (inside === 0 && waiting === 0) return;
    if (nowMs - this.#usedAtMs > FORGET_MS) this.#limit = this.#bounds.most;
    this.#usedAtMs = nowMs;
  }

  #beginWindow(): void {
    this.#good = 0;
    this.#troubles = {};
    this.#windowSinceMs = undefined;
  }
}
