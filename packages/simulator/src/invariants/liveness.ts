/**
 * What must have become true within the bound once all faults have ceased. Each answers what is
 * still missing, so that a run can end as soon as nothing is.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface EndFacts {
  /** Notifications without a final answer. */
  readonly openNotifications: readonly string[];
  /** Refused copies of notifications that did not become evidence of the incident. */
  readonly lostCopies: readonly string[];
  /** Reserved hosts that are neither used nor given back. */
  readonly keptReserved: readonly string[];
  /** Instances that Nova places on a dead host and that must be back by now. */
  readonly left: readonly { readonly instance: InstanceUuid; readonly host: HostName }[];
  /** Hosts that report again and are still forced down. */
  readonly notReturned: readonly HostName[];
}

export const END_INVARIANTS: readonly Invariant<EndFacts>[] = [
  {
    name: 'reserved-hosts-are-given-back',
    rule: 'design 7.5: a reserved host is given back when it was not needed',
    holdsOutside: true,
    check: ({ keptReserved }) => (keptReserved.length === 0 ? undefined : keptReserved.join('; ')),
  },
  {
    name: 'notifications-end',
    rule: 'Every accepted notification ends.',
    holdsOutside: true,
    check: ({ openNotifications }) => sentence('still open', openNotifications),
  },
  {
    name: 'copies-become-evidence',
    rule: 'A 409 duplicate is kept as evidence, with who sent it (7).',
    holdsOutside: true,
    check: ({ lostCopies }) => sentence('not kept', lostCopies),
  },
  {
    name: 'instances-run-again',
    rule: 'Every protected instance of a failed host that some host can take is running again.',
    holdsOutside: false,
    check: ({ left }) =>
      sentence(
        'not brought back',
        left.map((one) => `${one.instance} of ${one.host}`),
      ),
  },
  {
    name: 'hosts-return',
    rule: 'A host that reports again and has cleaned up is no longer forced down.',
    holdsOutside: false,
    check: ({ notReturned }) => sentence('not returned', notReturned),
  },
];

const sentence = (what: string, items: readonly string[]): string | undefined =>
  items.length === 0 ? undefined : `${what}: ${items.join(', ')}`;
