/** What must be true of the world at every moment, whoever did it. */
import type { DoubleRun } from '../world/guests.ts';
import type { NovaWrite } from '../world/simulated-nova.ts';
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
    holdsOutside: true,
    check: ({ kind, instance, isSecond }) =>
      isSecond ? `${kind} of ${instance} beside an evacuation under way` : undefined,
  },
];
