/**
 * On what a confirmation may rest. The table is all there is: the code reads from it whether the
 * power is read again, and the page `docs/reference/confirmations.md` is made from it.
 */
import type { Confirmation, ConfirmationKind } from './confirmation.ts';

export const ConfirmationBasis = {
  powerOff: 'power_off',
  fencedEvent: 'fenced_event',
  proofSet: 'proof_set',
  operator: 'operator',
  trustedReport: 'trusted_report',
} as const;
export type ConfirmationBasis = (typeof ConfirmationBasis)[keyof typeof ConfirmationBasis];

/**
 * Directly before an effect, and on a timer while an evacuation is open. `must-read-off`: nothing
 * happens until each device that confirmed reads Off. `must-not-read-on`: a device that does not
 * answer takes nothing away, one that reads On does.
 */
export type PowerReread = 'must-read-off' | 'must-not-read-on' | 'not-read';

export interface BasisRule {
  readonly basis: ConfirmationBasis;
  readonly kinds: readonly ConfirmationKind[];
  readonly proof: string;
  readonly voidBy: string;
  /** Of the kind `off`; the power of a host that was reset is never read again. */
  readonly power: PowerReread;
}

export const CONFIRMATION_BASES: readonly BasisRule[] = [
  {
    basis: 'power_off',
    kinds: ['off'],
    proof:
      'our own read of Off at each device of one level of the fencing plan, made after the ' +
      'incident opened, and On at no other device of the host',
    voidBy: 'a sign of life; On at any device',
    power: 'must-read-off',
  },
  {
    basis: 'fenced_event',
    kinds: ['off', 'reset'],
    proof:
      'a successful fencing of the host in the history of another fencer, completed after the ' +
      'loss of the host by the clock of that fencer, and received after the last sign of life',
    voidBy: 'a sign of life; of the kind off also On at any device',
    power: 'must-not-read-on',
  },
  {
    basis: 'proof_set',
    kinds: ['off', 'reset'],
    proof:
      'every element of a set that the operator has declared holds at the same time, each for as ' +
      'long as the set demands, by our own clock',
    voidBy: 'a sign of life; of the kind off also On at any device',
    power: 'must-not-read-on',
  },
  {
    basis: 'operator',
    kinds: ['off'],
    proof:
      'the word of a person with identity and reason, taken only while an incident of the host ' +
      'is open and Nova shows the host silent, and received after the last sign of life',
    voidBy: 'a sign of life; On at any device',
    power: 'must-not-read-on',
  },
  {
    basis: 'trusted_report',
    kinds: ['off'],
    proof: 'the word of the reporter, because the operator declared `fencing: trusted`',
    voidBy: 'a sign of life',
    power: 'not-read',
  },
];

/** How the power counts for this confirmation. */
export function powerRereadOf({ basis, kind }: Pick<Confirmation, 'basis' | 'kind'>): PowerReread {
  if (kind === 'reset') return 'not-read';
  return CONFIRMATION_BASES.find((rule) => rule.basis === basis)?.power ?? 'must-read-off';
}
