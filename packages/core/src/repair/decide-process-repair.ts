/**
 * What is done about a process that failed on a living host, as Nova shows the host's service now.
 *
 * | what is so | answer |
 * | --- | --- |
 * | the process was reported started again, or nova-compute reports to Nova again | it is back |
 * | it failed a short time ago | wait: its monitor or systemd may bring it back |
 * | the service is disabled already | nothing to do |
 * | Nova counts the service as up although it does not report | wait until Nova counts it as down |
 * | Nova counts it as down, or it reports at this moment | disable it |
 *
 * A lone disable of a service that Nova counts as up makes nova-api ask its nova-compute, and wait
 * a minute for one that is dead. The host is never put on maintenance: that would refuse the report
 * of its failure.
 */

export const NOVA_COMPUTE = 'nova-compute';

export interface ProcessRepairFacts {
  readonly process: string;
  readonly host: string;
  readonly hasStartedAgain: boolean;
  /** Its service's stamp has moved since we watch, and lately. */
  readonly isReporting: boolean;
  readonly state: 'up' | 'down';
  readonly status: 'enabled' | 'disabled';
  /** Since the report. */
  readonly failedForMs: number;
}

export type ProcessRepairDecision =
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'back'; readonly reason: string }
  | { readonly kind: 'disabled-already'; readonly reason: string }
  | { readonly kind: 'disable'; readonly reason: string };

export function decideProcessRepair(
  facts: ProcessRepairFacts,
  policy: { readonly processGraceMs: number },
): ProcessRepairDecision {
  const { process, host, isReporting } = facts;
  if (facts.hasStartedAgain) return { kind: 'back', reason: `${process} of ${host} is back` };
  if (process === NOVA_COMPUTE && isReporting) {
    return { kind: 'back', reason: `${process} of ${host} reports to Nova again` };
  }
  if (facts.status === 'disabled') {
    const reason = `Skipping recovery for process ${process} as it is already disabled`;
    return { kind: 'disabled-already', reason };
  }
  const leftMs = policy.processGraceMs - facts.failedForMs;
  if (leftMs > 0) {
    const seconds = Math.ceil(policy.processGraceMs / 1000);
    return { kind: 'wait', reason: `${process} of ${host} may come back within ${seconds} s` };
  }
  if (facts.state === 'up' && !isReporting) {
    const reason = `Nova still counts ${host} as up: disabling it now would block Nova's API`;
    return { kind: 'wait', reason };
  }
  return { kind: 'disable', reason: `${process} of ${host} did not come back` };
}

export interface WayBackFacts {
  readonly process: string;
  readonly host: string;
  readonly hasStartedAgain: boolean;
  readonly isReporting: boolean;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  readonly ourReason: string;
  readonly forcedDown: boolean;
  readonly onMaintenance: boolean;
}

export type WayBackDecision =
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'enable' }
  /** Somebody else has taken the service into their hands. */
  | { readonly kind: 'leave'; readonly reason: string };

/** Whether a host that we disabled for a failed process is enabled again. */
export function decideWayBack(facts: WayBackFacts): WayBackDecision {
  const { process, host } = facts;
  if (facts.status === 'enabled') return { kind: 'leave', reason: `${host} is enabled again` };
  if (facts.disabledReason !== facts.ourReason) {
    const reason = `${host} is disabled for another reason now: ${facts.disabledReason ?? 'none'}`;
    return { kind: 'leave', reason };
  }
  const isBack = process === NOVA_COMPUTE ? facts.isReporting : facts.hasStartedAgain;
  if (!isBack) return { kind: 'wait', reason: `${process} of ${host} is not back` };
  if (!facts.isReporting) return { kind: 'wait', reason: `${host} does not report to Nova` };
  if (facts.forcedDown) return { kind: 'wait', reason: `${host} is forced down` };
  if (facts.onMaintenance) return { kind: 'wait', reason: `${host} is on maintenance` };
  return { kind: 'enable' };
}
