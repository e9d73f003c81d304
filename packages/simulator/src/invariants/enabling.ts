/**
 * What must be true when a replica enables the service of a host that failed (design 5.10, stage
 * B). Judged as Nova carries the call out; the runs have the policy `approval`.
 */
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface EnablingFacts {
  readonly host: HostName;
  readonly disabledReason: string | null;
  /** How long nobody has changed the service through the API. */
  readonly unchangedForMs: number;
  /** Before the call of ours that gave the reason; `undefined`: no call of ours gave it. */
  readonly wasEnabled: boolean | undefined;
  readonly silentForMs: number;
  /** It has reported since our newest force-down. */
  readonly hasReported: boolean;
  /** How long an incident of the host has been open; `undefined`: there is none. */
  readonly incidentForMs: number | undefined;
  readonly isOnMaintenance: boolean;
  /** How long the operator has kept the host on maintenance; `undefined`: does not. */
  readonly keptBackForMs: number | undefined;
}

/** From the last look to a call that lands late: what changes in this time cannot be seen. */
const LOOK_TO_EFFECT_MS = 30_000;
const REPORTED_WITHIN_MS = 60_000;

export const ENABLING_INVARIANTS: readonly Invariant<EnablingFacts>[] = [
  {
    name: 'enabled-only-where-we-disabled',
    rule: 'Stage B enables only what was enabled before and is disabled for our reason (5.10).',
    holdsOutside: true,
    check: ({ host, disabledReason, unchangedForMs, wasEnabled }) => {
      if (wasEnabled === true || unchangedForMs <= LOOK_TO_EFFECT_MS) return undefined;
      const why = disabledReason === null ? 'without a reason' : `as "${disabledReason}"`;
      return wasEnabled === undefined
        ? `${host} was enabled, which somebody else had disabled ${why}`
        : `${host} was enabled, which was disabled before it failed`;
    },
  },
  {
    name: 'enabled-only-after-a-report',
    rule: 'Stage B enables only a host that has reported since its failure (5.10).',
    holdsOutside: true,
    check: ({ host, hasReported, silentForMs }) =>
      hasReported && silentForMs <= REPORTED_WITHIN_MS
        ? undefined
        : `${host} was enabled and has not reported for ${silentForMs} ms`,
  },
  {
    name: 'failed-host-is-not-enabled',
    rule: 'Stage B enables no host of which an incident is open (5.10).',
    holdsOutside: true,
    check: ({ host, incidentForMs }) =>
      (incidentForMs ?? 0) > LOOK_TO_EFFECT_MS
        ? `${host} was enabled in an incident that is open for ${incidentForMs} ms`
        : undefined,
  },
  {
    name: 'enabled-only-when-approved',
    rule: 'Under the policy approval a person ends the maintenance before stage B enables (5.10).',
    holdsOutside: true,
    check: ({ host, isOnMaintenance, keptBackForMs, incidentForMs }) => {
      const isNew = [keptBackForMs, incidentForMs].some(
        (ms) => ms !== undefined && ms <= LOOK_TO_EFFECT_MS,
      );
      return isOnMaintenance && !isNew
        ? `${host} was enabled on maintenance, which nobody has ended`
        : undefined;
    },
  },
];
