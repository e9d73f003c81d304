/**
 * The faults of one seeded run as plain data, drawn from the seed: what is printed, dropped one by
 * one to find the smallest list, and run again. A fault draws its own chance from its own number,
 * so that dropping another one changes nothing about it.
 */
import type { Random } from '@medevac/kernel';

export const FaultKind = {
  crash: 'crash',
  powerLoss: 'power-loss',
  hang: 'hang',
  pause: 'pause',
  partition: 'partition',
  computeRestart: 'compute-restart',
  slowCompute: 'slow-compute',
  falseReport: 'false-report',
  cellDown: 'cell-down',
  noRoom: 'no-room',
  failedClaims: 'failed-claims',
  owner: 'owner',
  forcedDownCleared: 'forced-down-cleared',
  maintenance: 'maintenance',
  segmentDisabled: 'segment-disabled',
  nova: 'nova',
  store: 'store',
  replicaKilled: 'replica-killed',
  replicaPaused: 'replica-paused',
  clockJump: 'clock-jump',
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
  readonly faults: readonly Fault[];
}

/** Faults happen within this time; then all of them cease. */
export const FAULTS_END_MS = 240_000;
const FIRST_MS = 25_000;
/** Longer between a replica's last look and its call is beyond what ADR 6 promises. */
export const LONGEST_PAUSE_MS = 40_000;

interface Draw {
  readonly share: number;
  readonly forMs: readonly [number, number];
  readonly how: readonly string[];
}

const DRAWS: Readonly<Record<FaultKind, Draw>> = {
  crash: { share: 10, forMs: [0, 120_000], how: ['returns', 'stays', 'flaps'] },
  'power-loss': { share: 6, forMs: [0, 150_000], how: ['returns', 'stays'] },
  hang: { share: 3, forMs: [5_000, 60_000], how: ['thaws', 'fenced', 'reported'] },
  pause: { share: 2, forMs: [2_000, 30_000], how: ['thaws', 'fenced'] },
  partition: { share: 4, forMs: [5_000, 90_000], how: ['management', 'storage', 'reported'] },
  'compute-restart': { share: 3, forMs: [0, 0], how: ['once'] },
  'slow-compute': { share: 2, forMs: [30_000, 120_000], how: ['acts', 'reports'] },
  'false-report': { share: 5, forMs: [0, 0], how: ['once', 'twice'] },
  'cell-down': { share: 2, forMs: [5_000, 60_000], how: ['one', 'all'] },
  'no-room': { share: 4, forMs: [20_000, 150_000], how: ['all', 'one'] },
  'failed-claims': { share: 3, forMs: [0, 0], how: ['once'] },
  owner: { share: 6, forMs: [0, 0], how: ['delete', 'stop', 'reboot'] },
  'forced-down-cleared': { share: 3, forMs: [0, 0], how: ['once'] },
  maintenance: { share: 2, forMs: [10_000, 90_000], how: ['once'] },
  'segment-disabled': { share: 2, forMs: [10_000, 90_000], how: ['once'] },
  nova: {
    share: 9,
    forMs: [2_000, 60_000],
    how: ['before', 'after', '500', '500-after', 'late', 'slow', 'late-writes', 'after-writes'],
  },
  store: { share: 7, forMs: [1_000, 40_000], how: ['conflict', 'outage', 'lost-reply', 'slow'] },
  'replica-killed': { share: 8, forMs: [1_000, 40_000], how: ['once', 'in-call'] },
  'replica-paused': { share: 7, forMs: [1_000, LONGEST_PAUSE_MS], how: ['once', 'in-call'] },
  'clock-jump': { share: 2, forMs: [0, 0], how: ['forward', 'back'] },
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
  return {
    seed,
    hosts,
    instancesPerHost,
    replicas,
    isIntervalKnown: random.next() < 0.5,
    faults: [first, ...others].toSorted((a, b) => a.atMs - b.atMs || a.number - b.number),
  };
}

/** Most of what can go wrong does so while a recovery is under way. */
const NEAR_SHARE = 0.6;
const NEAR_MS = 60_000;
const SAME_HOST_SHARE = 0.4;

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
  const atMs = (isNear ? firstMs : FIRST_MS) + Math.round(random.next() * lengthMs);
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
