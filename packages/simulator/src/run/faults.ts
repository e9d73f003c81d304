/**
 * The faults of one seeded run as plain data: what is printed, dropped one by one to find the
 * smallest list, and run again. A fault draws its own chance from its own number, so that dropping
 * another one changes nothing about it.
 */
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
  peerFencing: 'peer-fencing',
  operatorConfirms: 'operator-confirms',
  feed: 'feed',
  locks: 'locks',
  steering: 'steering',
  drain: 'drain',
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
  /** The history of another fencer counts. */
  readonly importsFencing?: boolean;
  /** Hosts have armed watchdogs, and a proof set counts on them. */
  readonly hasWatchdogs?: boolean;
  /** Where disks made from an image are; absent in plans from before: `shared`. */
  readonly storage?: 'shared' | 'local';
  /** How the segment recovers, and its reserved hosts beside the others; absent: `auto`, none. */
  readonly recoveryMethod?: string;
  readonly reserved?: number;
  /** Evacuations that a replica may have open at once; absent: more than a plan has. */
  readonly openEvacuations?: number;
  /** What was evacuated goes back to its repaired host; absent: it does not. */
  readonly movesBack?: boolean;
  /** Owners have said in which order their instances are to be brought back. */
  readonly hasWishes?: boolean;
  /** Operators have hooks at every point. */
  readonly hasHooks?: boolean;
  readonly faults: readonly Fault[];
}

/** Faults happen within this time; then all of them cease. */
export const FAULTS_END_MS = 240_000;
/** The first host fails no sooner. */
export const FIRST_MS = 25_000;
/** Longer between a replica's last look and its call is beyond what ADR 6 promises. */
export const LONGEST_PAUSE_MS = 40_000;

export function faultLine(fault: Fault): string {
  const seconds = (fault.atMs / 1000).toFixed(1);
  const length = fault.forMs > 0 ? ` for ${(fault.forMs / 1000).toFixed(1)} s` : '';
  return `${seconds} s: ${fault.kind} (${fault.how}) of ${fault.subject}${length}`;
}
