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
  /** Instances with a lock of ours whose incident has ended. */
  readonly leftLocked: readonly string[];
  /** Reserved hosts that are neither used nor given back. */
  readonly keptReserved: readonly string[];
  /** Returns that move instances back and have not ended. */
  readonly movingBack: readonly string[];
  /** Drains that go on although they need not, and maintenance that nobody will lift. */
  readonly keptDrains: readonly string[];
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
    name: 'moves-back-end',
    rule: 'What is moved back to a repaired host has its answer in the end (F2).',
    holdsOutside: true,
    check: ({ movingBack }) => sentence('still under way', movingBack),
  },
  {
    name: 'drains-end',
    rule: 'Every drain ends, and its maintenance with it: no host is muted and forgotten (D13).',
    holdsOutside: true,
    check: ({ keptDrains }) => sentence('still there', keptDrains),
  },
  {
    name: 'locks-are-lifted',
    rule: 'No instance carries a lock of ours unless its incident is open (6).',
    holdsOutside: true,
    check: ({ leftLocked }) => sentence('still locked', leftLocked),
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
