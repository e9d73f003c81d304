/**
 * Ends the pauses of a recovery early when an operator asks that it be tried again now. The word
 * lies in the store, because any replica may have taken it; it is looked for only while somebody
 * pauses.
 */
import { anySignal, type Clock, type IncidentId } from '@medevac/kernel';
import type { IncidentStore } from '../stores/incident-store.ts';

export interface RetryBellParts {
  readonly clock: Clock;
  readonly incidents: Pick<IncidentStore, 'read'>;
  readonly incident: IncidentId;
  /** When it was last asked for before this recovery was taken up: that is no news. */
  readonly heardMs: number | null;
}

const LOOK_MS = 5_000;

class Rung extends Error {}

export class RetryBell {
  readonly #parts: RetryBellParts;
  #bell = new AbortController();
  #sleepers = 0;
  #stopLooking: (() => void) | undefined;
  #heardMs: number | null;

  constructor(parts: RetryBellParts) {
    this.#parts = parts;
    this.#heardMs = parts.heardMs;
  }

  /**
   * Sleeps that long, or until an operator asks for another try. Throws when `signal` is aborted.
   */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const bell = this.#bell.signal;
    this.#sleepers += 1;
    this.#stopLooking ??= this.#parts.clock.every(LOOK_MS, () => this.#look());
    try {
      await this.#parts.clock.sleep(ms, anySignal(signal, bell));
    } catch (error) {
      if (!(error instanceof Rung) || signal.aborted) throw error;
    } finally {
      this.#sleepers -= 1;
      if (this.#sleepers === 0) {
        this.#stopLooking?.();
        this.#stopLooking = undefined;
      }
    }
  }

  async #look(): Promise<void> {
    let askedMs: number | null;
    try {
      askedMs = (await this.#parts.incidents.read(this.#parts.incident))?.retryAskedAtMs ?? null;
    } catch {
      // The store is away: the pauses run their course, and the next look is soon.
      return;
    }
    if (askedMs === this.#heardMs) return;
    this.#heardMs = askedMs;
    const bell = this.#bell;
    this.#bell = new AbortController();
    bell.abort(new Rung(`asked to be tried again at ${askedMs}`));
  }
}
