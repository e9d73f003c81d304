/**
 * The second stage of a return. When a host that reports again may go back to service, and whether
 * its service may be enabled: only if it was enabled before and Medevac itself has disabled it. A
 * host that fails again and again waits longer each time, unless a person has approved.
 */

export interface ReturnRules {
  /** `approval`: a person clears on_maintenance. `automatic`: also when the probation is over. */
  readonly policy: 'approval' | 'automatic';
  /** After the first failure; it doubles with every other one within the window. */
  readonly probationMs: number;
  readonly longestProbationMs: number;
  /** Failures that are longer ago than this are forgiven. */
  readonly flappingWindowMs: number;
  /** A host that is back in service is watched for this long. */
  readonly watchMs: number;
  /** After the watch, what was evacuated is migrated back live. */
  readonly movesBack: boolean;
  /** So many at once, and after each one a pause. */
  readonly moveBackParallel: number;
  readonly moveBackPauseMs: number;
}

export const DEFAULT_RETURN_RULES: ReturnRules = {
  policy: 'approval',
  probationMs: 600_000,
  longestProbationMs: 86_400_000,
  flappingWindowMs: 7 * 86_400_000,
  watchMs: 300_000,
  movesBack: false,
  moveBackParallel: 1,
  moveBackPauseMs: 30_000,
};

/** How long a host stays out of service after so many failures within the window. */
export function probationMsOf(rules: ReturnRules, failures: number): number {
  const doublings = Math.min(Math.max(0, failures - 1), 30);
  return Math.min(rules.longestProbationMs, rules.probationMs * 2 ** doublings);
}

export interface TurnFacts {
  readonly onMaintenance: boolean;
  /** Set by the recovery; an operator's own maintenance is never lifted by us. */
  readonly isMaintenanceOurs: boolean;
  /** Recoveries of the host within the window, this one included. */
  readonly failures: number;
  /** Since `forced_down` was cleared. */
  readonly clearedForMs: number;
}

export type TurnDecision =
  | { readonly kind: 'begin'; readonly by: 'approval' | 'probation' }
  | { readonly kind: 'wait'; readonly reason: string };

/** Whether the host may go back to service now. */
export function decideTurn(rules: ReturnRules, facts: TurnFacts): TurnDecision {
  if (!facts.onMaintenance) return { kind: 'begin', by: 'approval' };
  const approve = 'set on_maintenance to false to approve its return';
  if (!facts.isMaintenanceOurs) {
    return { kind: 'wait', reason: `an operator keeps it on maintenance; ${approve}` };
  }
  if (rules.policy === 'approval') return { kind: 'wait', reason: approve };
  const probationMs = probationMsOf(rules, facts.failures);
  if (facts.clearedForMs >= probationMs) return { kind: 'begin', by: 'probation' };
  const minutes = Math.ceil(probationMs / 60_000);
  const times = facts.failures === 1 ? '' : `, its failure number ${facts.failures} of late`;
  return { kind: 'wait', reason: `on probation for ${minutes} min${times}; ${approve} sooner` };
}

export interface EnablingFacts {
  readonly host: string;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  readonly forcedDown: boolean;
  readonly isReporting: boolean;
  readonly hasOpenIncident: boolean;
  /** The disabled reason names a recovery of this host that found its service enabled. */
  readonly isDisabledByUs: boolean;
}

export type EnablingAction =
  | { readonly kind: 'enable' }
  /** Nothing is to be enabled, or must be: the rest of the return goes on. */
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string };

export function decideEnabling(facts: EnablingFacts): EnablingAction {
  const { host } = facts;
  if (facts.hasOpenIncident) return { kind: 'wait', reason: `${host} has failed again` };
  if (facts.forcedDown) {
    return { kind: 'wait', reason: `somebody has forced ${host} down again; clear it in Nova` };
  }
  if (!facts.isReporting) return { kind: 'wait', reason: `${host} does not report to Nova` };
  if (facts.status === 'enabled') return { kind: 'leave', reason: `${host} is enabled` };
  if (facts.isDisabledByUs) return { kind: 'enable' };
  const why = facts.disabledReason === null ? 'without a reason' : `as "${facts.disabledReason}"`;
  return { kind: 'leave', reason: `${host} stays disabled: it was disabled by somebody ${why}` };
}
