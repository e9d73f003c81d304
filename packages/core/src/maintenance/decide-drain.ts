/**
 * What becomes of a host that is drained, beside its instances: when its service is disabled, and
 * what a report of its failure means meanwhile. A drain mutes no failure: only a host that is
 * proven empty, and that the drain itself has disabled, needs no recovery.
 */

/** The reason by which a drain's own disabling is known in Nova. */
export const drainReason = (drain: string): string => `medevac drain ${drain}`;

export interface DrainedHostFacts {
  readonly host: string;
  readonly drain: { readonly id: string; readonly isEmptied: boolean };
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  /** Instances and migrations under way that use the host. */
  readonly inUse: number;
}

export type DrainedHostVerdict =
  | { readonly kind: 'nothing-to-recover'; readonly reason: string }
  | { readonly kind: 'recover'; readonly reason: string };

/** What a proven failure of a host under a drain means. */
export function decideDrainedHost(facts: DrainedHostFacts): DrainedHostVerdict {
  const { host, drain, inUse } = facts;
  const isOurs = facts.status === 'disabled' && facts.disabledReason === drainReason(drain.id);
  if (drain.isEmptied && isOurs && inUse === 0) {
    const reason = `${host} is drained and empty: there is nothing to recover`;
    return { kind: 'nothing-to-recover', reason };
  }
  const why = drain.isEmptied ? 'although it was drained' : 'while it was drained';
  return { kind: 'recover', reason: `${host} failed ${why}` };
}

export interface UndrainFacts {
  readonly host: string;
  readonly drain: string;
  /** Its service was enabled before the drain. */
  readonly wasEnabled: boolean;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  readonly forcedDown: boolean;
  readonly isReporting: boolean;
  readonly hasOpenIncident: boolean;
}

export type UndrainAction =
  | { readonly kind: 'enable' }
  /** Nothing is to be enabled: the drain ends all the same. */
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string };

/** Enabled only where it was enabled before and the drain itself has disabled it. */
export function decideUndrain(facts: UndrainFacts): UndrainAction {
  const { host } = facts;
  if (facts.hasOpenIncident) {
    return { kind: 'wait', reason: `${host} is reported as failed; its incident comes first` };
  }
  if (facts.status === 'enabled') return { kind: 'leave', reason: `${host} is enabled` };
  if (facts.disabledReason !== drainReason(facts.drain)) {
    const as = facts.disabledReason === null ? 'without a reason' : `as "${facts.disabledReason}"`;
    return { kind: 'leave', reason: `${host} stays disabled: somebody has disabled it ${as}` };
  }
  if (!facts.wasEnabled) {
    return { kind: 'leave', reason: `${host} stays disabled, as it was before the drain` };
  }
  if (facts.forcedDown) {
    return { kind: 'wait', reason: `somebody has forced ${host} down; clear it in Nova` };
  }
  if (!facts.isReporting) return { kind: 'wait', reason: `${host} does not report to Nova` };
  return { kind: 'enable' };
}
