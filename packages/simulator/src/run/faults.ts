/**
 * The faults of one seeded run as plain data, drawn from the seed: what is printed, dropped one by
 * one to find the smallest list, and run again. A fault draws its own chance from its own number,
 * so that dropping another one changes nothing about it.
 */
import type { Random } from '@medevac/kernel';
import type { Fencing } from './fencing.ts';

export const FaultKind = {
  crash: 'crash',
  powerLoss: 'power-loss',
  hang: 'hang',
  pause: 'pause',
  partition: 'partition',
  messages: 'messages',
  rackLoss: 'rack-loss',
  bmc: 'bmc',
  switchedOn: 'switched-on',
  computeRestart: 'compute-restart',
  slowCompute: 'slow-compute',
  falseReport: 'false-report',
  cellDown: 'cell-down',
  noRoom: 'no-room',
  failedClaims: 'failed-claims',
  owner: 'owner',
  operatorMoves: 'operator-moves',
  operatorEvacuates: 'operator-evacuates',
  serviceEdited: 'service-edited',
  forcedDownCleared: 'forced-down-cleared',
  maintenance: 'maintenance',
  segmentDisabled: 'segment-disabled',
  nova: 'nova',
  store: 'store',
  requests: 'requests',
  replicaKilled: 'replica-killed',
  replicaPaused: 'replica-paused',
  clockJump: 'clock-jump',
  guestCrash: 'guest-crash',
  processFailure: 'process-failure',
} as const;
export type FaultKind = (typeof FaultKind)[keyof typeof FaultKind];

export interface Fault {
  readonly number: number;
  readonly kind: FaultKind;
  /** Since the beginning of the run. */
  readonly atMs: number;
  /** After this long it is taken back; 0: it stays until all faults cease, or is one moment. */
  readonly forMs: number;
  /** Number of the host, instance or replica, from 1. */
  readonly subject: number;
  /** Which variant of its kind. */
  readonly how: string;
  /** Of calls that are hit, or how strong it is. */
  readonly amount: number;
}

export interface RunPlan {
  readonly seed: number;
  readonly hosts: number;
  readonly instancesPerHost: number;
  readonly replicas: number;
  /** Nova's report interval as the product is told it; otherwise it learns it. */
  readonly isIntervalKnown: boolean;
  /** Absent in plans from before there were BMCs: `trusted`. */
  readonly fencing?: Fencing;
  /** Where disks made from an image are; absent in plans from before: `shared`. */
  readonly storage?: 'shared' | 'local';
  /** How the segment recovers, and its reserved hosts beside the others; absent: `auto`, none. */
  readonly recoveryMethod?: string;
  readonly reserved?: number;
  readonly faults: readonly Fault[];
}

/** Faults happen within this time; then all of them cease. */
export const FAULTS_END_MS = 240_000;
const FIRST_MS = 25_000;
/** Longer between a replica's last look and its call is beyond what ADR 6 promises. */
export const LONGEST_PAUSE_MS = 40_000;

/** Of the plans: fenced by BMCs, and with disks that die with their host. */
const POWER_SHARE = 0.5;
const LOCAL_SHARE = 0.15;

interface Draw {
  readonly share: number;
  readonly forMs: readonly [number, number];
  readonly how: readonly string[];
}

const DRAWS: Readonly<Record<FaultKind, Draw>> = {
  crash: { share: 10, forMs: [0, 120_000], how: ['returns', 'stays', 'flaps'] },
  'power-loss': { share: 6, forMs: [0, 150_000], how: ['returns', 'stays', 'with-bmc'] },
  hang: { share: 3, forMs: [5_000, 60_000], how: ['thaws', 'fenced', 'reported'] },
  pause: { share: 2, forMs: [2_000, 30_000], how: ['thaws', 'fenced'] },
  partition: {
    share: 7,
    forMs: [5_000, 90_000],
    how: ['management', 'storage', 'tenant', 'all', 'reported', 'deaf', 'mute', 'mute-reported'],
  },
  messages: { share: 4, forMs: [10_000, 90_000], how: ['lost', 'late', 'doubled', 'swapped'] },
  'rack-loss': { share: 3, forMs: [10_000, 150_000], how: ['returns', 'stays', 'with-bmcs'] },
  bmc: { share: 6, forMs: [20_000, 150_000], how: ['slow', 'stuck', 'lying', 'unreachable'] },
  'switched-on': { share: 3, forMs: [0, 0], how: ['once'] },
  'compute-restart': { share: 3, forMs: [0, 0], how: ['once'] },
  'slow-compute': { share: 2, forMs: [30_000, 120_000], how: ['acts', 'reports'] },
  'false-report': { share: 5, forMs: [0, 0], how: ['once', 'twice', 'at-once', 'stranger'] },
  'cell-down': { share: 2, forMs: [5_000, 60_000], how: ['one', 'all'] },
  'no-room': { share: 4, forMs: [20_000, 150_000], how: ['all', 'one'] },
  'failed-claims': { share: 3, forMs: [0, 0], how: ['once'] },
  owner: {
    share: 6,
    forMs: [0, 0],
    how: ['delete', 'stop', 'start', 'reboot', 'hard-reboot', 'rebuild', 'resize'],
  },
  'operator-moves': {
    share: 5,
    forMs: [0, 0],
    how: [
      'live',
      'cold',
      'live-source-dies',
      'live-destination-dies',
      'cold-source-dies',
      'cold-destination-dies',
    ],
  },
  'operator-evacuates': { share: 3, forMs: [0, 0], how: ['one', 'all'] },
  'service-edited': { share: 3, forMs: [0, 0], how: ['enable', 'disable', 'delete'] },
  'forced-down-cleared': { share: 3, forMs: [0, 0], how: ['once'] },
  maintenance: { share: 2, forMs: [10_000, 90_000], how: ['once'] },
  'segment-disabled': { share: 2, forMs: [10_000, 90_000], how: ['once'] },
  nova: {
    share: 9,
    forMs: [2_000, 60_000],
    how: [
      'before',
      'after',
      '500',
      '500-after',
      'late',
      'slow',
      'late-writes',
      'after-writes',
      'doubled-writes',
    ],
  },
  store: {
    share: 8,
    forMs: [1_000, 40_000],
    how: ['conflict', 'outage', 'lost-reply', 'slow', 'failover'],
  },
  requests: { share: 4, forMs: [5_000, 60_000], how: ['lost-request', 'lost-reply', 'slow'] },
  'replica-killed': {
    share: 9,
    forMs: [1_000, 40_000],
    how: ['once', 'in-call', 'before-keeping', 'after-keeping'],
  },
  'replica-paused': { share: 7, forMs: [1_000, LONGEST_PAUSE_MS], how: ['once', 'in-call'] },
  'clock-jump': { share: 2, forMs: [0, 0], how: ['forward', 'back'] },
  // Drawn apart, so that they change nothing about the others.
  'guest-crash': { share: 0, forMs: [0, 0], how: ['once', 'twice', 'seen-first'] },
  'process-failure': { share: 0, forMs: [20_000, 150_000], how: ['compute', 'other'] },
};

const KINDS = Object.keys(DRAWS) as readonly FaultKind[];

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
  return {
    seed,
    hosts,
    instancesPerHost,
    replicas,
    isIntervalKnown: random.next() < 0.5,
    fencing: random.next() < POWER_SHARE ? 'power' : 'trusted',
    storage: random.next() < LOCAL_SHARE ? 'local' : 'shared',
    ...method,
    faults: [first, ...others, ...onReserved, ...drawLiving(random.fork('living'))].toSorted(
      (a, b) => a.atMs - b.atMs || a.number - b.number,
    ),
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

export function faultLine(fault: Fault): string {
  const seconds = (fault.atMs / 1000).toFixed(1);
  const length = fault.forMs > 0 ? ` for ${(fault.forMs / 1000).toFixed(1)} s` : '';
  return `${seconds} s: ${fault.kind} (${fault.how}) of ${fault.subject}${length}`;
}
