/**
 * What operators decide about recoveries. Times of waits that no operator needs to know stand here
 * too.
 */
import {
  DEFAULT_FAILURE_POLICY,
  DEFAULT_PACE_RULES,
  DEFAULT_POLICY_RULES,
  DEFAULT_PRIORITY_RULES,
  DEFAULT_RETURN_RULES,
  type FailurePolicy,
  type PaceRules,
  type PriorityRules,
  type ProofSet,
  type ProtectionRules,
  type ReturnRules,
} from '@medevac/core';

/** `storage` has no default: a silent one loses data or does nothing. */
export interface EngineSettings extends ProtectionRules {
  readonly priorities: PriorityRules;
  /** Failures of instances and processes on living hosts. */
  readonly failures: FailurePolicy;
  /** A reserved host joins the aggregates of the failed host before instances move to it. */
  readonly addsReservedHostToAggregates: boolean;
  /** Nova's `report_interval`; `undefined`: learned by watching, and 10 s until then. */
  readonly reportIntervalMs: number | undefined;
  /** What ended longer ago than this is dropped. */
  readonly keepHistoryMs: number;
  /** When a repaired host goes back to service. */
  readonly returns: ReturnRules;
  /** How much is asked of the cloud at once. */
  readonly pace: PaceRules;
  /** What the operator declares to be proof together that a host is dead. */
  readonly proofSets: readonly ProofSet[];
  readonly timing: EngineTiming;
}

export interface EngineTiming {
  /**
   * Added to the report interval before a host counts as silent: a living host's reports jitter.
   */
  readonly silenceMarginMs: number;
  /** A contradicted report that nobody repeats ends after this long. */
  readonly contradictionMs: number;
  /** A report that is held for any other reason, or not fenced, ends after this long. */
  readonly heldMs: number;
  /**
   * A pause of an incident that nobody ends lets it end after this long. No other time runs out
   * while nothing is under way, and after a resume each instance has its whole time again.
   */
  readonly pausedMs: number;
  /** Every instance gets its final answer within this time, room or not. */
  readonly instanceMs: number;
  /** An evacuation that Nova shows unchanged for this long is stuck. */
  readonly patienceMs: number;
  /**
   * An evacuate call whose migration record has not shown is not repeated for this long. Nova does
   * not refuse a second call while a first one is on its way, and would start the instance twice.
   */
  readonly callSettleMs: number;
  /**
   * An instance begins after this long although one that it waits for has no final answer yet.
   */
  readonly turnMs: number;
  /** Pause between two looks at running evacuations. */
  readonly pollMs: number;
  /** One try of clearing `forced_down`. */
  readonly returnMs: number;
}

/** Which instances are brought back, and in which order, unless the operator says otherwise. */
export const DEFAULT_RULES = {
  ...DEFAULT_POLICY_RULES,
  rebuildsLocalDisks: false,
  leavesErrorInstances: false,
  priorities: DEFAULT_PRIORITY_RULES,
  failures: DEFAULT_FAILURE_POLICY,
  addsReservedHostToAggregates: false,
  returns: DEFAULT_RETURN_RULES,
  pace: DEFAULT_PACE_RULES,
  proofSets: [],
} as const satisfies Partial<EngineSettings>;

export const DEFAULT_TIMING: EngineTiming = {
  silenceMarginMs: 1_000,
  contradictionMs: 600_000,
  heldMs: 86_400_000,
  pausedMs: 604_800_000,
  instanceMs: 86_400_000,
  patienceMs: 1_800_000,
  callSettleMs: 90_000,
  turnMs: 600_000,
  pollMs: 1_000,
  returnMs: 600_000,
};
