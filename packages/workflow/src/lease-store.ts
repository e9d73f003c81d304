/**
 * Port: time-bound exclusive rights, kept as rows `(holder, epoch, beat)`. The store knows no time:
 * a challenger judges with its own monotonic clock how long a pair (epoch, beat) has not moved.
 */
import type { ReplicaId } from '@medevac/kernel';

export interface LeaseRow {
  readonly name: string;
  /** `null` when the last holder gave the lease back. */
  readonly holder: ReplicaId | null;
  /** Counts the holders; the fencing token of every write made under the lease. */
  readonly epoch: number;
  /** Counts the signs of life of the present holder, journal writes included. */
  readonly beat: number;
}

/** The right to write, as a holder presents it with every write. */
export interface Tenure {
  readonly lease: string;
  readonly epoch: number;
}

export interface LeaseStore {
  read(name: string): Promise<LeaseRow | undefined>;

  /**
   * Takes the lease if its row is still exactly `seen` (`undefined`: there was no row). One
   * statement; of several takers one wins. Answers the new tenure, or `undefined` to those who
   * lost.
   */
  take(
    name: string,
    seen: Pick<LeaseRow, 'epoch' | 'beat'> | undefined,
    holder: ReplicaId,
  ): Promise<Tenure | undefined>;

  /** Compare-and-swap on the epoch that moves the beat. `false`: the tenure is over. */
  renew(tenure: Tenure): Promise<boolean>;

  /**
   * Gives the lease back, so that the next taker need not wait. A tenure that is over changes
   * nothing.
   */
  release(tenure: Tenure): Promise<void>;
}
