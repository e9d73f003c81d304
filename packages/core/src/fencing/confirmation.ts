/**
 * Proof that a host's guests are dead. Only what stands here counts as proof; without a valid
 * confirmation nothing is evacuated.
 */

/**
 * `off`: valid while there is no sign of life. `basis` says whose word it is; `trusted_report` is
 * the reporter's, accepted because the operator declared `fencing: trusted`.
 */
export type Confirmation = {
  readonly kind: 'off';
  readonly basis: 'trusted_report';
  /** Who gave it: a caller's identity. */
  readonly by: string;
  /** Its place in the order of receipt: a sign of life received later makes it void. */
  readonly evidenceId: number;
};

/** A confirmation is spent as soon as any sign of life is received after it. */
export function isConfirmationValid(
  confirmation: Confirmation,
  lastSignOfLife: number | undefined,
): boolean {
  return lastSignOfLife === undefined || confirmation.evidenceId > lastSignOfLife;
}
