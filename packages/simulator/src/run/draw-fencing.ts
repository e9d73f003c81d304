/**
 * Draws how the hosts of a run are fenced beyond their BMCs, and what others do and say about it.
 * Drawn apart, so that it changes nothing about the other faults.
 */
import type { Random } from '@medevac/kernel';
import { DRAWS } from './fault-draws.ts';
import { FAULTS_END_MS, type Fault, FaultKind, type RunPlan } from './faults.ts';

/** Of the plans with BMCs: two feeds instead, or an outlet behind the BMC; no device at all. */
const SHARES = { dual: 0.15, levels: 0.3, required: 0.4 } as const;
const IMPORT_SHARE = 0.4;
const WATCHDOG_SHARE = 0.2;
/** Behind the numbers of all others. */
const FIRST = 3_000;
const NEAR_MS = [2_000, 90_000] as const;
/** A person has seen it by then. */
const SEEN_MS = [40_000, 120_000] as const;

type FencingPlanOfRun = Pick<RunPlan, 'fencing' | 'importsFencing' | 'hasWatchdogs'> & {
  readonly faults: readonly Fault[];
};

export function drawFencing(
  drawn: 'power' | 'trusted',
  first: Fault,
  random: Random,
): FencingPlanOfRun {
  if (drawn === 'trusted') return { fencing: drawn, faults: [] };
  const value = random.next();
  const fencing =
    value < SHARES.dual
      ? 'dual'
      : value < SHARES.levels
        ? 'levels'
        : value < SHARES.required
          ? 'required'
          : 'power';
  const importsFencing = random.next() < IMPORT_SHARE;
  const hasWatchdogs = random.next() < WATCHDOG_SHARE;
  const faults: Fault[] = [];
  const add = (kind: FaultKind, atMs: number, subject: number): void => {
    const { forMs, how } = DRAWS[kind];
    faults.push({
      ...{ number: FIRST + faults.length, kind, subject, amount: 0 },
      atMs: Math.min(atMs, FAULTS_END_MS - 5_000),
      forMs: Math.round(forMs[0] + random.next() * (forMs[1] - forMs[0])),
      how: how[Math.floor(random.next() * how.length)] ?? '',
    });
  };
  const near = ([least, most]: readonly [number, number]): number =>
    first.atMs + Math.round(least + random.next() * (most - least));
  const subject = (): number => (random.next() < 0.6 ? 1 : 2 + Math.floor(random.next() * 3));
  if (importsFencing) add(FaultKind.peerFencing, near(NEAR_MS), subject());
  if (importsFencing) add(FaultKind.peerFencing, near(NEAR_MS), subject());
  if (fencing === 'dual' || fencing === 'levels') add(FaultKind.feed, near([-5_000, 30_000]), 1);
  if (fencing === 'required' || random.next() < 0.3) {
    add(FaultKind.operatorConfirms, near(SEEN_MS), subject());
    add(FaultKind.operatorConfirms, near(SEEN_MS), 1);
  }
  return { fencing, importsFencing, hasWatchdogs, faults };
}
