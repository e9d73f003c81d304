/**
 * Proof sets: several weak signs that an operator declares to be proof together, for hosts that
 * lose their power with their BMC. Every element must hold at the same moment, each for as long as
 * the set demands and seen a short time ago, by our own monotonic clock.
 */
import type { ConfirmationKind } from './confirmation.ts';

export const ProofElement = {
  watchdogElapsed: 'watchdog_elapsed',
  kdumpRuns: 'kdump_runs',
  bmcUnreachable: 'bmc_unreachable',
  storageWatcherGone: 'storage_watcher_gone',
  storageBlocked: 'storage_blocked',
} as const;
export type ProofElement = (typeof ProofElement)[keyof typeof ProofElement];

export interface ElementRule {
  readonly element: ProofElement;
  readonly says: string;
  /** What it looks at: a set needs two sides, or an element whose guests are dead for certain. */
  readonly side: 'guests' | 'power' | 'storage';
}

export const PROOF_ELEMENTS: readonly ElementRule[] = [
  {
    element: 'watchdog_elapsed',
    says: 'the host has been silent in Nova for longer than its armed watchdog lets it run on',
    side: 'guests',
  },
  {
    element: 'kdump_runs',
    says: 'the kernel of the host has crashed and dumps its memory',
    side: 'guests',
  },
  {
    element: 'bmc_unreachable',
    says: 'no power switch of the host answers',
    side: 'power',
  },
  {
    element: 'storage_watcher_gone',
    says: 'no client of the host is known to the storage any more',
    side: 'storage',
  },
  {
    element: 'storage_blocked',
    says: 'the storage takes nothing from the host; its guests go on with their addresses',
    side: 'storage',
  },
];

export interface DemandedElement {
  readonly element: ProofElement;
  /** It must have held without a break for this long. */
  readonly forMs: number;
  /** It must have been seen to hold this short a time ago. */
  readonly withinMs: number;
}

export interface ProofSet {
  readonly name: string;
  /** `reset` where a watchdog starts the host again. */
  readonly kind: ConfirmationKind;
  readonly elements: readonly DemandedElement[];
}

/** Monotonic times of one element of one host; absent elements do not hold. */
export interface ElementSighting {
  readonly element: ProofElement;
  readonly holdsSinceMs: number;
  readonly seenAtMs: number;
}

export type ProofDecision =
  | { readonly kind: 'proven'; readonly set: ProofSet; readonly heldForMs: readonly number[] }
  | { readonly kind: 'unproven'; readonly reason: string };

/** What is wrong with a declared set, in one sentence; `undefined`: nothing. */
export function faultOfProofSet({ elements, name }: ProofSet): string | undefined {
  const rules = elements.map(({ element }) =>
    PROOF_ELEMENTS.find((one) => one.element === element),
  );
  const sides = new Set(rules.map((rule) => rule?.side));
  if (elements.length === 0) return `the proof set ${name} has no element`;
  if (new Set(elements.map((one) => one.element)).size < elements.length) {
    return `the proof set ${name} names an element twice`;
  }
  if (sides.has('guests') || sides.size > 1) return undefined;
  const named = elements.map((one) => one.element).join(' and ');
  const why = sides.has('storage')
    ? 'guests that lose their storage go on running with their addresses'
    : 'a BMC is unreachable when only its network is';
  return (
    `the proof set ${name} rests on ${named} alone, which proves nothing: ${why}; ` +
    'add an element of another side, for instance watchdog_elapsed'
  );
}

/** Whether the set is proven now. */
export function decideProof(
  set: ProofSet,
  sightings: readonly ElementSighting[],
  nowMs: number,
): ProofDecision {
  const heldForMs: number[] = [];
  for (const { element, forMs, withinMs } of set.elements) {
    const seen = sightings.find((one) => one.element === element);
    if (seen === undefined || nowMs - seen.seenAtMs > withinMs) {
      return unproven(set, `${element} does not hold`);
    }
    const heldMs = seen.seenAtMs - seen.holdsSinceMs;
    if (heldMs < forMs) {
      return unproven(set, `${element} holds for ${seconds(heldMs)} of ${seconds(forMs)}`);
    }
    heldForMs.push(heldMs);
  }
  return { kind: 'proven', set, heldForMs };
}

const unproven = ({ name }: ProofSet, why: string): ProofDecision => ({
  kind: 'unproven',
  reason: `proof set ${name}: ${why}`,
});

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
