/** What must be true when the product disables and enables a host for planned maintenance. */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface DrainWriteFacts {
  readonly host: HostName;
  readonly status: 'enabled' | 'disabled';
  /** Its reason names a drain. */
  readonly isForDrain: boolean;
  /** Instances that were on the host, as they are, for longer than a look may be old. */
  readonly settled: readonly InstanceUuid[];
  /** Whether its service was enabled when the open drain of it began; `undefined`: none is open. */
  readonly wasEnabled: boolean | undefined;
}

export const DRAIN_WRITE_INVARIANTS: readonly Invariant<DrainWriteFacts>[] = [
  {
    name: 'drained-host-is-empty-before-it-is-disabled',
    rule: 'A drain disables the service of its host only when the host is empty (F5).',
    holdsOutside: true,
    check: ({ host, isForDrain, settled }) =>
      isForDrain && settled.length > 0
        ? `${host} was disabled for a drain with ${settled.join(', ')} on it`
        : undefined,
  },
  {
    name: 'drain-enables-what-was-enabled',
    rule: 'After a drain the service is as it was before (F5).',
    holdsOutside: true,
    check: ({ host, status, wasEnabled }) =>
      status === 'enabled' && wasEnabled === false
        ? `${host} was disabled before its drain, and was enabled by it`
        : undefined,
  },
];

export interface DrainAnswerFacts {
  readonly host: HostName;
  /** Of the incident that has just ended. */
  readonly state: string;
  /** A drain of the host is open. */
  readonly isDrained: boolean;
  /** The host has lost its guests, and nothing has contradicted that. */
  readonly isDead: boolean;
  /** Instances that Nova could evacuate and that are on the host for long. */
  readonly left: readonly InstanceUuid[];
}

export const DRAIN_ANSWER_INVARIANTS: readonly Invariant<DrainAnswerFacts>[] = [
  {
    name: 'drain-mutes-no-failure',
    rule: 'The maintenance of a drain mutes no failure of its host (D12, D13).',
    holdsOutside: true,
    check: ({ host, isDead, isDrained, left, state }) =>
      state === 'cancelled' && isDrained && isDead && left.length > 0
        ? `the incident of ${host} was cancelled in its drain and left ${left.join(', ')} there`
        : undefined,
  },
];

export interface DrainEndFacts {
  readonly host: HostName;
  readonly state: string;
  readonly wasEnabled: boolean;
  /** The service is disabled, and its reason names this drain. */
  readonly isLeftDisabled: boolean;
}

export const DRAIN_END_INVARIANTS: readonly Invariant<DrainEndFacts>[] = [
  {
    name: 'undrained-host-is-as-before',
    rule: 'After a drain the service is as it was before (F5).',
    holdsOutside: true,
    check: ({ host, isLeftDisabled, state, wasEnabled }) =>
      state === 'undrained' && wasEnabled && isLeftDisabled
        ? `${host} counts as back in service and is disabled for its drain still`
        : undefined,
  },
];
