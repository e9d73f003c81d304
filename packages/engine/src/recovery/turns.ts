/**
 * Whose turn it is within one round of a recovery: an instance begins when each of those that it
 * waits for has its final answer, whatever that is. Nobody waits for ever: after a bounded time it
 * begins all the same, and says so.
 */
import { anySignal, type Clock, type InstanceUuid } from '@medevac/kernel';
import type { VmoveRecord } from '../stores/vmove-store.ts';

export interface TurnsOptions {
  readonly clock: Clock;
  /** The longest wait. */
  readonly turnMs: number;
  /** All that have no final answer yet. */
  readonly vmoves: readonly VmoveRecord[];
}

export class Turns {
  readonly #clock: Clock;
  readonly #turnMs: number;
  readonly #names: ReadonlyMap<InstanceUuid, string>;
  readonly #unanswered: Set<InstanceUuid>;
  readonly #waiting = new Set<() => void>();
  /** Left for another way: they have no answer, and get none in this round. */
  readonly #left = new Set<InstanceUuid>();

  constructor({ clock, turnMs, vmoves }: TurnsOptions) {
    this.#clock = clock;
    this.#turnMs = turnMs;
    this.#names = new Map(vmoves.map((one) => [one.instanceUuid, one.instanceName]));
    this.#unanswered = new Set(this.#names.keys());
  }

  /** Names of those that the instance has to wait for now; empty: it is its turn. */
  before(vmove: VmoveRecord): readonly string[] {
    const first = vmove.before.order?.waitsFor ?? [];
    return first.filter((one) => this.#unanswered.has(one)).map((one) => this.#nameOf(one));
  }

  /** The instance has its answer; those that waited for it look again. */
  end(uuid: InstanceUuid): void {
    this.#unanswered.delete(uuid);
    for (const look of [...this.#waiting]) look();
  }

  /** The instance is left for another way; so are those that come after it. */
  leave(uuid: InstanceUuid): void {
    this.#left.add(uuid);
  }

  leftBefore(
    vmove: VmoveRecord,
  ): { readonly kind: 'unplaced'; readonly reason: string } | undefined {
    const first = vmove.before.order?.waitsFor.find((one) => this.#left.has(one));
    if (first === undefined) return undefined;
    return { kind: 'unplaced', reason: `it waits for ${this.#nameOf(first)}` };
  }

  /** Answers what is to be said of an instance that did not wait any longer, or `null`. */
  async wait(vmove: VmoveRecord, signal: AbortSignal): Promise<string | null> {
    const itsTurn = new AbortController();
    const look = (): void => {
      if (this.before(vmove).length === 0) itsTurn.abort(new Error('it is its turn'));
    };
    this.#waiting.add(look);
    try {
      look();
      await this.#clock.sleep(this.#turnMs, anySignal(signal, itsTurn.signal));
    } catch (error) {
      if (signal.aborted) throw error;
      if (itsTurn.signal.aborted) return null;
      throw error;
    } finally {
      this.#waiting.delete(look);
    }
    const minutes = Math.round(this.#turnMs / 60_000);
    return `it waited ${minutes} min for ${this.before(vmove).join(', ')}, and was begun then`;
  }

  #nameOf(uuid: InstanceUuid): string {
    return this.#names.get(uuid) ?? uuid;
  }
}
