/**
 * When an owner is kept off an instance of a dead host, and when no longer. Nova has one lock per
 * instance, which stops its owner and lets administrators pass, with one reason. A lock is ours by
 * its reason alone; any other one was put there by somebody else, and is never touched.
 */
import { FINAL_STATES, IncidentState } from '../incident/states.ts';

/** What Nova shows of an instance and its lock. */
export interface LockFacts {
  readonly host: string | null;
  readonly locked: boolean;
  /** `null`: locked without a reason, or not locked. */
  readonly lockedReason: string | null;
}

export interface LockQuestion {
  /** `undefined`: Nova knows the instance no more. */
  readonly server: LockFacts | undefined;
  readonly failedHost: string;
  /** By which our own lock is known. */
  readonly reason: string;
}

/** `ours`: it stands already. `leave`: there is nothing to lock, or somebody else has. */
export type LockDecision = 'lock' | 'ours' | 'leave';

export function decideLock({ server, failedHost, reason }: LockQuestion): LockDecision {
  if (server === undefined || server.host !== failedHost) return 'leave';
  if (!server.locked) return 'lock';
  return isOwnLock(server, reason) ? 'ours' : 'leave';
}

/** Whether the lock that Nova shows is the one that we put there. */
export const isOwnLock = (server: LockFacts | undefined, reason: string): boolean =>
  server?.locked === true && server.lockedReason === reason;

/** An incident in one of these does not go on by itself: owners get their instances back. */
export const LIFTING_STATES: readonly IncidentState[] = [
  IncidentState.suspected,
  IncidentState.held,
  IncidentState.stuck,
  ...FINAL_STATES,
];
