/** Draws the plan of one seeded run: its world, and what happens to it. */
import type { Random } from '@medevac/kernel';
import { drawDestinations } from './draw-destinations.ts';
import { drawFencing } from './draw-fencing.ts';
import { DRAWS, KINDS } from './fault-draws.ts';
import { FAULTS_END_MS, type Fault, FaultKind, FIRST_MS, type RunPlan } from './faults.ts';

/** Of the plans: fenced by BMCs, and with disks that die with their host. */
const POWER_SHARE = 0.5;
const LOCAL_SHARE = 0.15;
/** And with hooks at every point. */
const HOOKS_SHARE = 0.25;

export function drawPlan(seed: number, random: Random): RunPlan {
  const hosts = between(random, 4, 7);
  const instancesPerHost = between(random, 1, 4);
  const replicas = between(random, 1, 2);
  const count = between(random, 1, 12);
  const first: Fault = {
    number: 0,
    kind: random.next() < 0.7 ? FaultKind.crash : FaultKind.powerLoss,
    atMs: FIRST_MS + Math.round(random.next() * 30_000),
    forMs: 0,
    subject: 1,
    how: 'stays',
    amount: 0,
  };
  const others = Array.from({ length: count }, (_, index) =>
    drawFault({ number: index + 1, hosts, firstMs: first.atMs }, random),
  );
  const method = drawMethod(random.fork('method'));
  const onReserved =
    method.reserved === 0 ? [] : drawReservedFault(others.length + 1, hosts, first, random);
  // Drawn one after the other, in the order in which they always were.
  const isIntervalKnown = random.next() < 0.5;
  const drawnFencing = random.next() < POWER_SHARE ? 'power' : 'trusted';
  const storage = random.next() < LOCAL_SHARE ? 'local' : 'shared';
  const { faults: byOthers, ...fencing } = drawFencing(drawnFencing, first, random.fork('fencing'));
  return {
    ...{ seed, hosts, instancesPerHost, replicas, isIntervalKnown, storage },
    ...fencing,
    ...method,
    hasHooks: random.fork('hooks').next() < HOOKS_SHARE,
    movesBack: random.fork('move-back').next() < MOVE_BACK_SHARE,
    faults: [
      ...[first, ...others, ...onReserved],
      ...drawLiving(random.fork('living')),
      ...drawLocks(first, random.fork('locks')),
      ...drawDestinations(hosts, first, random.fork('destinations')),
      ...drawSteering(first, random.fork('steering')),
      ...byOthers,
      ...drawDrains(hosts, random.fork('drains')),
    ].toSorted((a, b) => a.atMs - b.atMs || a.number - b.number),
  };
}

/** Of the plans: with reserved hosts; and of those, with one that dies before or in its use. */
const RESERVED_SHARE = 0.4;
const RESERVED_DIES_SHARE = 0.4;
const METHODS = ['reserved_host', 'rh_priority', 'auto_priority'];
const RESERVED_DIES_MS = [-15_000, 60_000] as const;

function drawMethod(random: Random): {
  readonly recoveryMethod: string;
  readonly reserved: number;
} {
  if (random.next() >= RESERVED_SHARE) return { recoveryMethod: 'auto', reserved: 0 };
  const recoveryMethod = METHODS[between(random, 0, METHODS.length - 1)] ?? 'auto';
  return { recoveryMethod, reserved: between(random, 1, 2) };
}

function drawReservedFault(
  number: number,
  hosts: number,
  first: Fault,
  drawn: Random,
): readonly Fault[] {
  const random = drawn.fork('reserved');
  if (random.next() >= RESERVED_DIES_SHARE) return [];
  const [least, most] = RESERVED_DIES_MS;
  const atMs = Math.max(1_000, first.atMs + between(random, least, most));
  const kind = FaultKind.powerLoss;
  return [{ number, kind, atMs, forMs: 0, subject: hosts + 1, how: 'stays', amount: 0 }];
}

/** Behind the numbers of all others. */
const FIRST_LIVING = 1_000;

/** Instances and processes that fail on hosts that live, beside everything else. */
function drawLiving(random: Random): readonly Fault[] {
  const kinds = [
    ...Array.from({ length: between(random, 0, 2) }, () => FaultKind.guestCrash),
    ...Array.from({ length: between(random, 0, 1) }, () => FaultKind.processFailure),
  ];
  return kinds.map((kind, index) => {
    const { forMs, how } = DRAWS[kind];
    return {
      number: FIRST_LIVING + index,
      kind,
      atMs: FIRST_MS + Math.round(random.next() * (FAULTS_END_MS - FIRST_MS - 30_000)),
      forMs: Math.round(forMs[0] + random.next() * (forMs[1] - forMs[0])),
      subject: between(random, 1, 16),
      how: how[between(random, 0, how.length - 1)] ?? '',
      amount: 0,
    };
  });
}

/** Behind those. */
const FIRST_LOCKS = 2_000;
/** Of the plans: owners and operators that act on instances while these wait for room. */
const LOCKS_SHARE = 0.35;
const NO_ROOM_MS = [30_000, 120_000] as const;
const LOCK_ACTS = 6;

/** Locks matter while instances wait: for want of room nothing of the first host moves for long. */
function drawLocks(first: Fault, random: Random): readonly Fault[] {
  if (random.next() >= LOCKS_SHARE) return [];
  const forMs = between(random, ...NO_ROOM_MS);
  const noRoom: Fault = {
    ...{ number: FIRST_LOCKS, kind: FaultKind.noRoom, atMs: first.atMs - 1_000, forMs },
    ...{ subject: 1, how: 'all', amount: 0 },
  };
  const { how } = DRAWS[FaultKind.locks];
  const acts = Array.from({ length: between(random, 1, LOCK_ACTS) }, (_, index) => ({
    number: FIRST_LOCKS + 1 + index,
    kind: FaultKind.locks,
    atMs: first.atMs + between(random, 0, forMs + 20_000),
    forMs: 0,
    subject: between(random, 1, 16),
    how: how[between(random, 0, how.length - 1)] ?? '',
    amount: 0,
  }));
  return [noRoom, ...acts];
}

/** Of the plans: with the setting that moves instances back. */
const MOVE_BACK_SHARE = 0.2;

/** Behind those. */
const FIRST_DRAINS = 3_000;
/** Of the plans: an operator who plans work on a host, whatever else goes on. */
const DRAINS_SHARE = 0.25;

function drawDrains(hosts: number, random: Random): readonly Fault[] {
  if (random.next() >= DRAINS_SHARE) return [];
  const { forMs, how } = DRAWS[FaultKind.drain];
  return Array.from({ length: between(random, 1, 2) }, (_, index) => ({
    number: FIRST_DRAINS + index,
    kind: FaultKind.drain,
    atMs: FIRST_MS + Math.round(random.next() * 90_000),
    forMs: between(random, ...forMs),
    // The first host fails anyway.
    subject: between(random, 2, hosts),
    how: how[between(random, 0, how.length - 1)] ?? '',
    amount: random.next(),
  }));
}

/** And behind those. */
const FIRST_STEERING = 9_000;
/** Of the plans: operators who pause, hurry or turn the recovery of the first host. */
const STEERING_SHARE = 0.25;
const STEERING_ACTS = 3;
const STEERING_MS = 90_000;

function drawSteering(first: Fault, random: Random): readonly Fault[] {
  if (random.next() >= STEERING_SHARE) return [];
  const { forMs, how } = DRAWS[FaultKind.steering];
  return Array.from({ length: between(random, 1, STEERING_ACTS) }, (_, index) => ({
    number: FIRST_STEERING + index,
    kind: FaultKind.steering,
    atMs: first.atMs + between(random, 0, STEERING_MS),
    forMs: between(random, ...forMs),
    subject: first.subject,
    how: how[between(random, 0, how.length - 1)] ?? '',
    amount: random.next(),
  }));
}

/** Most of what can go wrong does so while a recovery is under way. */
const NEAR_SHARE = 0.6;
const NEAR_MS = 60_000;
const SAME_HOST_SHARE = 0.4;
const MOVES_AHEAD_MS = 12_000;

interface Place {
  readonly number: number;
  readonly hosts: number;
  readonly firstMs: number;
}

function drawFault({ number, hosts, firstMs }: Place, random: Random): Fault {
  const total = KINDS.reduce((sum, kind) => sum + DRAWS[kind].share, 0);
  let left = random.next() * total;
  let kind: FaultKind = FaultKind.crash;
  for (const one of KINDS) {
    kind = one;
    left -= DRAWS[one].share;
    if (left < 0) break;
  }
  const { forMs, how } = DRAWS[kind];
  const isNear = random.next() < NEAR_SHARE;
  const lengthMs = isNear ? NEAR_MS : FAULTS_END_MS - FIRST_MS - 30_000;
  // A move is only in the way of a recovery when the host dies in the middle of it.
  const beganMs = kind === FaultKind.operatorMoves ? firstMs - MOVES_AHEAD_MS : firstMs;
  const atMs = (isNear ? beganMs : FIRST_MS) + Math.round(random.next() * lengthMs);
  const isSameHost = random.next() < SAME_HOST_SHARE;
  const subject =
    kind === FaultKind.owner
      ? between(random, 1, hosts * 4)
      : kind.startsWith('replica') || kind === FaultKind.clockJump
        ? between(random, 1, 2)
        : between(random, 1, isSameHost ? 1 : hosts);
  return {
    number,
    kind,
    atMs,
    forMs: Math.round(forMs[0] + random.next() * (forMs[1] - forMs[0])),
    subject,
    how: how[between(random, 0, how.length - 1)] ?? '',
    amount: 0.1 + random.next() * 0.6,
  };
}

/** A whole number from `low` to `high`, both included. */
const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random.next() * (high - low + 1));
