/**
 * Since when the operator keeps recovery back: a disabled segment, a host on maintenance. It
 * listens at the store itself, below every fault, because an edit whose answer was lost counts as
 * well.
 */
import type { SegmentStore } from '@medevac/engine';
import type { Clock, HostName } from '@medevac/kernel';
import { listening } from '../run/listening.ts';

/** The one segment of the world stands under this key, its hosts under their names. */
export const SEGMENT_KEY = 'segment';

interface Changed {
  readonly kind: string;
  readonly row?: { readonly name: HostName };
}

export class KeptBack {
  readonly #clock: Clock;
  readonly #sinceMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(segments: SegmentStore): SegmentStore {
    return listening(segments, (name, [, fields], answer) => {
      const { kind, row } = (answer ?? {}) as Changed;
      if (kind !== 'changed') return;
      const { enabled, onMaintenance } = fields as { enabled?: boolean; onMaintenance?: boolean };
      if (name === 'updateSegment' && enabled !== undefined) this.#note(SEGMENT_KEY, !enabled);
      if (name === 'updateHost' && onMaintenance !== undefined && row !== undefined) {
        this.#note(row.name, onMaintenance);
      }
    });
  }

  /** What is kept back: the segment's key or names of hosts. */
  get keys(): readonly string[] {
    return [...this.#sinceMs.keys()];
  }

  /** How long a recovery of the host has been kept back; `undefined`: it is not. */
  forMs(host: HostName): number | undefined {
    const kept = [this.#sinceMs.get(SEGMENT_KEY), this.#sinceMs.get(host)];
    const sinceMs = kept.filter((one) => one !== undefined).toSorted((a, b) => a - b)[0];
    return sinceMs === undefined ? undefined : this.#clock.monotonicMs() - sinceMs;
  }

  /** What was asked for was there already: nobody can see that somebody wants it, too. */
  drop(host: HostName): void {
    this.#sinceMs.delete(host);
  }

  #note(key: string, isKept: boolean): void {
    if (!isKept) this.#sinceMs.delete(key);
    else if (!this.#sinceMs.has(key)) this.#sinceMs.set(key, this.#clock.monotonicMs());
  }
}
