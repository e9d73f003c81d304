/**
 * Is the host that somebody reports as failed really dead? Decided over what Nova says of its
 * service and over the order in which evidence was received. No clock of another machine enters:
 * Nova's stamps are compared with Nova's stamps, and the length of a silence is measured by our own
 * clock.
 */
import { unreachable } from '@medevac/kernel';
import { CARRIED_METHODS } from './carried-methods.ts';

/** The named rules that hold recovery back. All are fail-closed: not knowing holds too. */
export const Guard = {
  contradiction: 'contradiction',
  cellUnseen: 'cell_unseen',
  serviceUnknown: 'service_unknown',
  segmentDisabled: 'segment_disabled',
  maintenance: 'maintenance',
  recoveryMethod: 'recovery_method',
  paused: 'paused',
  hook: 'hook',
} as const;
export type Guard = (typeof Guard)[keyof typeof Guard];

export interface HostFacts {
  readonly host: string;
  /**
   * `missing`: Nova has no compute service of this name. `unseen`: its cell cannot be reached now.
   */
  readonly service: 'seen' | 'unseen' | 'missing';
  /** How long the service's stamp has not moved, by our monotonic clock. */
  readonly silentForMs: number;
  /** How long it must not have moved: one report interval of Nova and a margin for its jitter. */
  readonly silenceNeededMs: number;
  /** Places in the order of receipt of the newest report and the newest sign of life. */
  readonly lastFailureReport: number;
  readonly lastSignOfLife: number | undefined;
  readonly segmentEnabled: boolean;
  readonly onMaintenance: boolean;
  readonly recoveryMethod: string;
  /** `null`: nobody has paused the incident. */
  readonly paused: PauseFacts | null;
  /** How long the incident has been held without a break, over restarts too. */
  readonly heldForMs: number;
  readonly limits: {
    readonly contradictionMs: number;
    readonly heldMs: number;
    /** A pause that nobody ends lets the incident end after this long. */
    readonly pausedMs: number;
  };
}

/** Who has paused an incident, and how long ago. */
export interface PauseFacts {
  readonly by: string;
  readonly note: string | null;
  readonly forMs: number;
}

export type HostVerdict =
  /** The report was wrong, or nobody repeated it while the host lived on. */
  | { readonly kind: 'healthy'; readonly reason: string }
  | { readonly kind: 'suspect'; readonly recheckAfterMs: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly how: 'dead'; readonly reason: string }
  | {
      readonly kind: 'held';
      readonly guard: Guard;
      readonly recheckAfterMs: number;
      readonly reason: string;
    }
  /** Held for so long that the report is given its final answer. */
  | { readonly kind: 'expired'; readonly guard: Guard; readonly reason: string };

/** How often a held host is looked at again. */
const HELD_RECHECK_MS = 1_000;

/** True while the newest report is newer than every sign of life; otherwise the report is void. */
export function isReportValid(
  facts: Pick<HostFacts, 'lastFailureReport' | 'lastSignOfLife'>,
): boolean {
  return facts.lastSignOfLife === undefined || facts.lastFailureReport > facts.lastSignOfLife;
}

export function decideHost(facts: HostFacts): HostVerdict {
  const guard = guardOf(facts);
  if (guard !== undefined) return hold(facts, guard);
  const missingMs = facts.silenceNeededMs - facts.silentForMs;
  if (missingMs > 0) {
    return {
      kind: 'suspect',
      recheckAfterMs: missingMs,
      reason:
        `waiting until ${facts.host} has been silent in Nova ` +
        `for ${seconds(facts.silenceNeededMs)}`,
    };
  }
  return {
    kind: 'failed',
    how: 'dead',
    reason:
      `${facts.host} was reported as failed and has been silent in Nova ` +
      `for ${seconds(facts.silentForMs)}`,
  };
}

function guardOf(facts: HostFacts): Guard | undefined {
  // First: while it is paused no other wait of the incident runs out.
  if (facts.paused !== null) return Guard.paused;
  if (facts.service === 'missing') return Guard.serviceUnknown;
  if (facts.service === 'unseen') return Guard.cellUnseen;
  if (!isReportValid(facts)) return Guard.contradiction;
  return operatorsGuard(facts)?.guard;
}

export type OperatorsWill = Pick<
  HostFacts,
  'host' | 'segmentEnabled' | 'onMaintenance' | 'recoveryMethod' | 'paused'
>;

/**
 * What operators have set that holds recovery back. It may change at any time, so it is looked at
 * again before every effect and not only when the verdict falls.
 */
export function operatorsGuard(
  facts: OperatorsWill,
): { readonly guard: Guard; readonly reason: string } | undefined {
  const { host, paused } = facts;
  if (paused !== null) return { guard: Guard.paused, reason: pauseReason(host, paused) };
  if (!facts.segmentEnabled) {
    const reason = `the segment of ${host} is disabled; enable it to let the recovery go on`;
    return { guard: Guard.segmentDisabled, reason };
  }
  if (facts.onMaintenance) {
    const reason = `${host} is on maintenance; clear on_maintenance to let the recovery go on`;
    return { guard: Guard.maintenance, reason };
  }
  if (!CARRIED_METHODS.includes(facts.recoveryMethod)) {
    const { recoveryMethod } = facts;
    const others = CARRIED_METHODS.join(' or ');
    const reason =
      `the recovery method ${recoveryMethod} is not there in this release; ` + `set ${others}`;
    return { guard: Guard.recoveryMethod, reason };
  }
  return undefined;
}

function hold(facts: HostFacts, guard: Guard): HostVerdict {
  const reason = guardReason(facts, guard);
  if (guard === Guard.paused) {
    const { limits, paused } = facts;
    const isOver = paused !== null && paused.forMs >= limits.pausedMs;
    if (isOver) return { kind: 'expired', guard, reason: `${reason}; nobody resumed it` };
    return { kind: 'held', guard, recheckAfterMs: HELD_RECHECK_MS, reason };
  }
  if (guard === Guard.contradiction && facts.heldForMs >= facts.limits.contradictionMs) {
    return { kind: 'healthy', reason: `${reason}; nobody repeated the report` };
  }
  if (facts.heldForMs >= facts.limits.heldMs) return { kind: 'expired', guard, reason };
  return { kind: 'held', guard, recheckAfterMs: HELD_RECHECK_MS, reason };
}

function guardReason(facts: HostFacts, guard: Guard): string {
  const { host } = facts;
  switch (guard) {
    case Guard.contradiction:
      return `${host} was reported as failed, but its nova-compute has reported to Nova since`;
    case Guard.cellUnseen:
      return `Nova cannot reach the cell of ${host}, so nothing is known of its instances`;
    case Guard.serviceUnknown:
      return `Nova knows no nova-compute service of the name ${host}`;
    case Guard.segmentDisabled:
    case Guard.maintenance:
    case Guard.recoveryMethod:
    case Guard.paused:
    // A hook holds behind the verdict and gives its own reason.
    case Guard.hook:
      return operatorsGuard(facts)?.reason ?? guard;
    default:
      return unreachable(guard);
  }
}

/** For people: who holds the recovery of the host, why, and what lets it go on. */
const pauseReason = (host: string, { by, note }: PauseFacts): string => {
  const why = note === null ? '' : ` (${note})`;
  return `the recovery of ${host} was paused by ${by}${why}; resume it to let it go on`;
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
