/**
 * What must be true at the moment at which a replica makes a call that changes the cloud. Judged on
 * the truth of the world and on the ledger, never on what the product believes.
 */
import type { IncidentState } from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface CallFacts {
  readonly call: 'evacuate' | 'force-down' | 'clear' | 'reset' | 'power-off';
  readonly host: HostName;
  readonly holdsLease: boolean;
  readonly wasReported: boolean;
  /** How long the host has reported to Nova without a gap; `undefined`: it does not. */
  readonly reportingForMs: number | undefined;
  readonly incidentState: IncidentState | undefined;
  readonly inStateForMs: number;
  /** How long the newest evidence about the host has been a sign of life. */
  readonly contradictedForMs: number | undefined;
  /** How long the operator has kept recovery back: maintenance or a disabled segment. */
  readonly keptBackForMs: number | undefined;
  /**
   * How long the power of the host has read on, where the confirmation must rest on the power;
   * `undefined`: it is off, or the confirmation rests on something else, or its BMC lies.
   */
  readonly poweredForMs: number | undefined;
  /**
   * How long nothing has proven that the host is dead, where no device can; `undefined`: one can,
   * or a report is trusted.
   */
  readonly unprovenForMs: number | undefined;
}

/**
 * Between the last look and the call lie a write to the database and a request that may be slow;
 * what changes in this time cannot be seen any more.
 */
const LOOK_TO_CALL_MS = 15_000;
/** A slow switch takes some seconds to read, and its reading counts for some more. */
const POWER_TO_CALL_MS = LOOK_TO_CALL_MS + 15_000;

const isRecovery = (facts: CallFacts): boolean => facts.call !== 'clear';

/** What takes a host out of service. */
const isAgainstHost = (facts: CallFacts): boolean =>
  facts.call === 'force-down' || facts.call === 'power-off';

export const CALL_INVARIANTS: readonly Invariant<CallFacts>[] = [
  {
    name: 'confirmed-before-evacuation',
    rule: 'No evacuation without a confirmation valid at the moment of the call (2).',
    holdsOutside: true,
    check: (facts) => {
      if (!isRecovery(facts)) return undefined;
      if (!facts.wasReported) return `${facts.call} of ${facts.host}, which nobody had reported`;
      if (isAgainstHost(facts) || (facts.reportingForMs ?? 0) <= LOOK_TO_CALL_MS) {
        return undefined;
      }
      return `${facts.call} of ${facts.host}, which reports since ${facts.reportingForMs} ms`;
    },
  },
  {
    name: 'living-host-is-not-forced-down',
    rule: 'A host that is healthy is never fenced on a host-failure verdict (3).',
    holdsOutside: true,
    check: (facts) =>
      facts.call === 'force-down' && (facts.reportingForMs ?? 0) > LOOK_TO_CALL_MS
        ? `${facts.host} was forced down and reports since ${facts.reportingForMs} ms`
        : undefined,
  },
  {
    name: 'living-host-is-not-powered-off',
    rule: 'A host that lives and is reachable is never powered off on a host-failure verdict (3).',
    holdsOutside: true,
    check: (facts) =>
      facts.call === 'power-off' && (facts.reportingForMs ?? 0) > LOOK_TO_CALL_MS
        ? `${facts.host} was powered off and reports since ${facts.reportingForMs} ms`
        : undefined,
  },
  {
    name: 'confirmation-holds-at-the-call',
    rule: 'What the confirmation rests on holds at the moment of the call: power reads Off (2).',
    holdsOutside: true,
    check: (facts) =>
      facts.call !== 'power-off' &&
      isRecovery(facts) &&
      (facts.poweredForMs ?? 0) > POWER_TO_CALL_MS
        ? `${facts.call} of ${facts.host}, whose power reads on since ${facts.poweredForMs} ms`
        : undefined,
  },
  {
    name: 'no-evacuation-without-proof',
    rule: 'Without a device nothing is done before somebody outside proves that it is dead (2).',
    holdsOutside: true,
    check: (facts) =>
      isRecovery(facts) && (facts.unprovenForMs ?? 0) > LOOK_TO_CALL_MS
        ? `${facts.call} of ${facts.host}, of which nobody has proven for ` +
          `${facts.unprovenForMs} ms that it is dead`
        : undefined,
  },
  {
    name: 'effect-under-the-lease',
    rule: 'Every outside effect is made by the holder of the lease (4).',
    holdsOutside: true,
    check: (facts) =>
      facts.holdsLease ? undefined : `${facts.call} of ${facts.host} without the lease`,
  },
  {
    name: 'contradiction-is-not-hidden',
    rule: 'A sign of life makes every older report void (section 6).',
    holdsOutside: true,
    check: (facts) =>
      isRecovery(facts) && (facts.contradictedForMs ?? 0) > LOOK_TO_CALL_MS
        ? `${facts.call} of ${facts.host}, whose sign of life is newer than every report`
        : undefined,
  },
  {
    name: 'guard-is-not-passed',
    rule: 'No guard is passed silently (6).',
    holdsOutside: true,
    check: (facts) => {
      const { call, host, incidentState, inStateForMs, keptBackForMs } = facts;
      if (!isRecovery(facts)) return undefined;
      const isHeld = incidentState === 'held' || incidentState === 'suspected';
      if (isHeld && inStateForMs > LOOK_TO_CALL_MS) {
        return `${call} of ${host} while its incident is ${incidentState}`;
      }
      const isKeptBack = isAgainstHost(facts) && (keptBackForMs ?? 0) > LOOK_TO_CALL_MS;
      return isKeptBack ? `${call} of ${host} although the operator keeps it back` : undefined;
    },
  },
];
