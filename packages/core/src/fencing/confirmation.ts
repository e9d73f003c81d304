/**
 * Proof that a host's guests are dead. Only what stands here counts as proof; without a valid
 * confirmation nothing is evacuated.
 */

/**
 * `off`: valid while there is no sign of life. `basis` says what it rests on: `trusted_report` is
 * the reporter's word, accepted because the operator declared `fencing: trusted`; `power_off` is
 * our own read of Off, made after the incident opened, and holds only while the power reads Off.
 */
export type Confirmation = {
  readonly kind: 'off';
  readonly basis: 'trusted_report' | 'power_off';
  /** Who gave it: a caller's identity, or the name of the device that read the power. */
  readonly by: string;
  /**
   * Its place in the order of receipt: a sign of life received later makes it void. The power is
   * read after the report on which it was asked for, and counts no later than that report.
   */
  readonly evidenceId: number;
};

/** A confirmation is spent as soon as any sign of life is received after it. */
export function isConfirmationValid(
  confirmation: Confirmation,
  lastSignOfLife: number | undefined,
): boolean {
  return lastSignOfLife === undefined || confirmation.evidenceId > lastSignOfLife;
}
