/**
 * Plans that have broken an invariant once, with the smallest list of faults that it took. They are
 * kept as data, so that they stay what they are when the draw of plans changes.
 */
import type { Fault, RunPlan } from '../src/index.ts';

export interface FoundPlan {
  /** What was wrong. */
  readonly story: string;
  /** Its incident cannot end as recovered, although its instances run. */
  readonly leavesStuck?: boolean;
  readonly plan: RunPlan;
}

const fault = (
  number: number,
  kind: Fault['kind'],
  times: readonly [atMs: number, forMs: number],
  more: Pick<Fault, 'subject' | 'how' | 'amount'>,
): Fault => ({ number, kind, atMs: times[0], forMs: times[1], ...more });

export const FOUND_PLANS: readonly FoundPlan[] = [
  {
    story: 'an instance was reset in the moment in which an evacuate call believed lost had landed',
    plan: {
      seed: 513,
      hosts: 7,
      instancesPerHost: 2,
      replicas: 2,
      isIntervalKnown: false,
      faults: [
        fault(0, 'crash', [36_007, 0], { subject: 1, how: 'stays', amount: 0 }),
        fault(3, 'failed-claims', [43_153, 0], {
          subject: 5,
          how: 'once',
          amount: 0.26559491725638507,
        }),
        fault(2, 'power-loss', [69_038, 106_360], {
          subject: 7,
          how: 'stays',
          amount: 0.11786497943103313,
        }),
        fault(10, 'replica-killed', [69_890, 20_032], {
          subject: 2,
          how: 'once',
          amount: 0.5290521210990846,
        }),
        fault(8, 'nova', [86_450, 32_378], {
          subject: 1,
          how: 'late-writes',
          amount: 0.3234234753530473,
        }),
      ],
    },
  },
  {
    story: 'evacuate calls of a killed replica landed after its successor had waited for them',
    plan: {
      seed: 2,
      hosts: 6,
      instancesPerHost: 4,
      replicas: 1,
      isIntervalKnown: true,
      faults: [
        fault(0, 'crash', [30_000, 0], { subject: 1, how: 'stays', amount: 0 }),
        fault(1, 'nova', [40_300, 3_000], { subject: 1, how: 'late-writes', amount: 0.7 }),
        fault(2, 'replica-killed', [41_500, 500], { subject: 1, how: 'once', amount: 0 }),
      ],
    },
  },
  {
    story:
      'two times without room overlapped, and the second one gave back what it had found: none',
    plan: {
      seed: 217,
      hosts: 6,
      instancesPerHost: 4,
      replicas: 2,
      isIntervalKnown: false,
      faults: [
        fault(0, 'crash', [40_721, 0], { subject: 1, how: 'stays', amount: 0 }),
        fault(1, 'no-room', [41_000, 143_000], { subject: 1, how: 'all', amount: 0.2 }),
        fault(2, 'no-room', [171_859, 68_805], { subject: 1, how: 'all', amount: 0.5 }),
      ],
    },
  },
  {
    story: 'a migration under way brought an instance to the dead host after its plan was made',
    plan: {
      seed: 304,
      hosts: 5,
      instancesPerHost: 4,
      replicas: 1,
      isIntervalKnown: true,
      faults: [
        fault(1, 'slow-compute', [30_000, 120_000], { subject: 2, how: 'acts', amount: 1 }),
        fault(2, 'slow-compute', [30_000, 120_000], { subject: 3, how: 'acts', amount: 1 }),
        fault(3, 'operator-moves', [39_000, 0], { subject: 2, how: 'cold', amount: 0 }),
        fault(4, 'operator-moves', [39_000, 0], { subject: 3, how: 'cold', amount: 0 }),
        fault(0, 'crash', [40_000, 0], { subject: 1, how: 'stays', amount: 0 }),
        fault(5, 'crash', [150_000, 0], { subject: 5, how: 'stays', amount: 0 }),
      ],
    },
  },
  {
    story: 'of two evacuations begun by one doubled call only the newest was looked at',
    // Nova leaves the record of the second call open for ever, so its instances end as stuck.
    leavesStuck: true,
    plan: {
      seed: 28,
      hosts: 4,
      instancesPerHost: 3,
      replicas: 1,
      isIntervalKnown: true,
      faults: [
        fault(0, 'crash', [36_000, 0], { subject: 1, how: 'stays', amount: 0 }),
        fault(1, 'nova', [40_000, 40_000], { subject: 1, how: 'doubled-writes', amount: 0.9 }),
      ],
    },
  },
  {
    story: 'a wall clock that was set back stretched a hold, and its notification did not end',
    plan: {
      seed: 1113,
      hosts: 4,
      instancesPerHost: 4,
      replicas: 1,
      isIntervalKnown: false,
      storage: 'shared',
      fencing: 'trusted',
      recoveryMethod: 'auto',
      reserved: 0,
      hasHooks: true,
      movesBack: false,
      faults: [
        fault(2000, 'no-room', [29_051, 98_522], { subject: 1, how: 'all', amount: 0 }),
        fault(10, 'rack-loss', [30_534, 142_527], { subject: 3, how: 'returns', amount: 0.6 }),
        fault(1, 'rack-loss', [54_222, 148_693], { subject: 1, how: 'returns', amount: 0.62 }),
        fault(6, 'crash', [58_888, 98_274], { subject: 1, how: 'returns', amount: 0.35 }),
        fault(2, 'crash', [210_000, 0], { subject: 2, how: 'stays', amount: 0 }),
        fault(9, 'clock-jump', [204_741, 0], {
          subject: 1,
          how: 'back',
          amount: 0.5589522800873965,
        }),
      ],
    },
  },
  {
    story: 'hosts that an operator had enabled kept the mark by which Placement leaves them out',
    plan: {
      seed: 156,
      hosts: 5,
      instancesPerHost: 1,
      replicas: 1,
      isIntervalKnown: true,
      storage: 'shared',
      fencing: 'trusted',
      recoveryMethod: 'auto',
      reserved: 0,
      hasHooks: false,
      movesBack: false,
      faults: [
        fault(1, 'rack-loss', [39_252, 137_513], { subject: 2, how: 'stays', amount: 0.15 }),
        fault(9, 'power-loss', [43_814, 28_366], { subject: 4, how: 'stays', amount: 0.23 }),
        fault(6, 'crash', [54_584, 34_459], { subject: 5, how: 'flaps', amount: 0.44 }),
        fault(3, 'pause', [71_201, 18_491], { subject: 1, how: 'fenced', amount: 0.65 }),
      ],
    },
  },
];
