/**
 * Proof that a host's guests are dead. Only what stands here counts as proof; without a valid
 * confirmation nothing is evacuated. What each basis rests on is in `confirmation-bases.ts`.
 */
import type { ConfirmationBasis } from './confirmation-bases.ts';

/**
 * `off`: the host stays off. Valid while its power reads Off, where it can be read, and there is no
 * sign of life. `reset`: its guests died at that moment, and the host may come back; spent at the
 * first sign of life.
 */
export type ConfirmationKind = 'off' | 'reset';

export type Confirmation = {
  readonly kind: ConfirmationKind;
  readonly basis: ConfirmationBasis;
  /** Who gave it: a caller's identity, a device, a delegate of Pacemaker, or a proof set. */
  readonly by: string;
  /**
   * The devices that have read Off, each of which must read Off again; absent: `by` alone. Only of
   * confirmations that rest on our own read of the power.
   */
  readonly devices?: readonly string[];
  /**
   * Its place in the order of receipt: a sign of life received later makes it void. The power is
   * read after the report on which it was asked for, and counts no later than that report.
   */
  readonly evidenceId: number;
};

/** A confirmation is spent as soon as any sign of life is received after it. */
export function isConfirmationValid(
  confirmation: Pick<Confirmation, 'evidenceId'>,
  lastSignOfLife: number | undefined,
): boolean {
  return lastSignOfLife === undefined || confirmation.evidenceId > lastSignOfLife;
}

/**
 * What the devices of one level prove together: no more than the weakest of them, and no later than
 * the first. Each of them must go on reading Off.
 */
export function confirmedTogether(all: readonly [Confirmation, ...Confirmation[]]): Confirmation {
  const [first] = all;
  if (all.length === 1) return first;
  const weaker = all.find((one) => one.basis !== 'power_off') ?? first;
  const devices = all.flatMap((one) =>
    one.basis === 'power_off' ? (one.devices ?? [one.by]) : [],
  );
  return {
    kind: all.some((one) => one.kind === 'reset') ? 'reset' : 'off',
    basis: weaker.basis,
    by: all.map((one) => one.by).join(' and '),
    devices,
    evidenceId: Math.min(...all.map((one) => one.evidenceId)),
  };
}
