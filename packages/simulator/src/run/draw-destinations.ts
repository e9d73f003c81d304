/**
 * A profile of plans in which destinations die in the middle of the recovery: some while they
 * build, some before they have begun, and some of them return with their messages.
 */
import type { Random } from '@medevac/kernel';
import { type Fault, FaultKind } from './faults.ts';

const SHARE = 0.2;
/** Behind the numbers of all others. */
const FIRST = 5_000;
/** After the first failure: a recovery asks for its evacuations by then. */
const DIES_MS = [8_000, 45_000] as const;
const RETURNS_MS = [40_000, 150_000] as const;

export function drawDestinations(hosts: number, first: Fault, random: Random): readonly Fault[] {
  if (random.next() >= SHARE) return [];
  const between = ([least, most]: readonly [number, number]): number =>
    Math.round(least + random.next() * (most - least));
  const isSecondDead = random.next() < 0.3;
  return (isSecondDead ? [0, 1] : [0]).map((index) => ({
    number: FIRST + index,
    kind: random.next() < 0.5 ? FaultKind.crash : FaultKind.powerLoss,
    atMs: first.atMs + between(DIES_MS),
    forMs: between(RETURNS_MS),
    subject: 2 + ((index + Math.floor(random.next() * (hosts - 1))) % (hosts - 1)),
    how: random.next() < 0.5 ? 'returns' : 'stays',
    amount: 0,
  }));
}
