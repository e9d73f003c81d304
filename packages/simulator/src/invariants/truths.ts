/** What must be true of the world at every moment, whoever did it. */
import type { DoubleRun } from '../world/guests.ts';
import { isBesideOwnEvacuation, type NovaWrite } from '../world/nova-write.ts';
import type { Invariant } from './invariant.ts';

export const GUEST_INVARIANTS: readonly Invariant<DoubleRun>[] = [
  {
    name: 'one-guest-per-instance',
    rule: 'An instance never runs in two places (1).',
    holdsOutside: false,
    check: ({ instance, hosts }) => `${instance} runs on ${hosts.join(' and ')}`,
  },
  {
    name: 'one-writer-per-disk',
    rule: 'Two guests never write one disk (1).',
    holdsOutside: false,
    check: ({ instance, hosts, writesTwice }) =>
      writesTwice ? `the disk of ${instance} is written on ${hosts.join(' and ')}` : undefined,
  },
];

export const WRITE_INVARIANTS: readonly Invariant<NovaWrite>[] = [
  {
    name: 'one-evacuation-at-a-time',
    rule: 'Nothing is asked of Nova beside an evacuation under way; it is never reset (1).',
    holdsOutside: false,
    check: (write) =>
      isBesideOwnEvacuation(write)
        ? `${write.kind} of ${write.instance} beside an evacuation under way`
        : undefined,
  },
];

/** Judged on evacuations of instances whose disk is on their host. */
export const DISK_INVARIANTS: readonly Invariant<NovaWrite>[] = [
  {
    name: 'local-disk-is-not-rebuilt',
    rule: 'An instance whose disk is on the failed host is never rebuilt from its image.',
    holdsOutside: true,
    check: ({ instance, host }) => `${instance} was evacuated, and its disk is on ${host}`,
  },
];
