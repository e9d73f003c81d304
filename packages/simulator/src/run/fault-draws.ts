/** How often each kind of fault is drawn, for how long, and in which variants. */
import { type FaultKind, LONGEST_PAUSE_MS } from './faults.ts';

export interface Draw {
  readonly share: number;
  readonly forMs: readonly [number, number];
  readonly how: readonly string[];
}

export const DRAWS: Readonly<Record<FaultKind, Draw>> = {
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
  'peer-fencing': {
    share: 0,
    forMs: [30_000, 120_000],
    how: ['off', 'reset', 'stale', 'pending', 'lying'],
  },
  'operator-confirms': { share: 0, forMs: [0, 0], how: ['true', 'true', 'true', 'false'] },
  feed: {
    share: 0,
    forMs: [30_000, 150_000],
    how: ['feed-a stuck', 'feed-b stuck', 'feed-b unreachable', 'pdu stuck', 'pdu unreachable'],
  },
  steering: {
    share: 0,
    forMs: [16_000, 90_000],
    how: ['pause', 'pause', 'pause-stays', 'method', 'retry', 'retry-one'],
  },
  locks: {
    share: 0,
    forMs: [0, 0],
    how: ['owner-locks', 'owner-unlocks', 'operator-locks', 'operator-unlocks', 'owner-tries'],
  },
  drain: {
    share: 0,
    forMs: [20_000, 120_000],
    how: ['stays', 'undrained', 'cancelled', 'dies', 'switched-off'],
  },
};

export const KINDS = Object.keys(DRAWS) as readonly FaultKind[];
