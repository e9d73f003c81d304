/**
 * The form of an invariant: a name, the rule of the design that it keeps, and a check on the ground
 * truth that answers what is wrong. Runs outside the guarantee keep those that are marked so.
 */
export interface Invariant<Facts> {
  readonly name: string;
  readonly rule: string;
  /** Holds for a false report about a host that is silent in Nova, too. */
  readonly holdsOutside: boolean;
  /** What is broken, in one sentence; `undefined`: nothing. */
  readonly check: (facts: Facts) => string | undefined;
}

export interface Violation {
  readonly invariant: string;
  readonly atMs: number;
  readonly text: string;
}

/** Every violation of the facts. */
export function judge<Facts>(
  invariants: readonly Invariant<Facts>[],
  facts: Facts,
  where: { readonly atMs: number; readonly isOutside: boolean },
): readonly Violation[] {
  return invariants.flatMap((one) => {
    if (where.isOutside && !one.holdsOutside) return [];
    const text = one.check(facts);
    return text === undefined ? [] : [{ invariant: one.name, atMs: where.atMs, text }];
  });
}
