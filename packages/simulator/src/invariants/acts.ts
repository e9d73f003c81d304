/**
 * What must be true of the instance and of the plan at the moment of a call that changes the cloud:
 * by which open migration the instance may run, or begin to run, on a host that is not known to be
 * dead (design section 6), and what is stored by then.
 */
import type { HostName } from '@medevac/kernel';
import type { CallFacts } from './calls.ts';
import type { Invariant } from './invariant.ts';

/** An open migration by which an instance may run, or begin to run, on a host that lives. */
export interface Rival {
  readonly id: number;
  readonly type: string;
  readonly by: 'client' | 'operator';
  /** How long it has been open and one of its hosts alive. */
  readonly forMs: number;
  /** Its hosts that live, beside the failed one. */
  readonly livingHosts: readonly HostName[];
  /** One of them was reported as failed at some time, truly or not. */
  readonly wasReported: boolean;
  /** Longer than the oldest facts on which the product acts, in the cloud as it is now. */
  readonly toleranceMs: number;
}

export interface ActFacts extends Pick<CallFacts, 'call' | 'host'> {
  /** How long an incident of the host has been open; `undefined`: there is none. */
  readonly incidentForMs: number | undefined;
  /** The plan of the open incident is in the database. */
  readonly isPlanned: boolean;
  /** How long ago the host has reported to Nova for the last time. */
  readonly silentForMs: number;
  /** Evacuations away from the host that its nova-compute has not completed. */
  readonly uncleaned: readonly number[];
  /** Migrations by which the instance of the call may run elsewhere. */
  readonly rivals: readonly Rival[];
}

/** A call beside an open migration that names a living hypervisor. */
const rivalOf = ({ call, rivals }: ActFacts, isMeant: (rival: Rival) => boolean) => {
  if (call !== 'evacuate' && call !== 'reset') return undefined;
  const rival = rivals.find((one) => one.forMs > one.toleranceMs && isMeant(one));
  if (rival === undefined) return undefined;
  const { id, type, by, forMs, livingHosts } = rival;
  const where = livingHosts.join(', ') || 'a host that is being chosen';
  return `${call} beside ${type} ${id} of the ${by}, which may run on ${where} since ${forMs} ms`;
};

export const ACT_INVARIANTS: readonly Invariant<ActFacts>[] = [
  {
    name: 'may-run-set-is-clear',
    rule: 'No evacuation while another open migration names a living hypervisor (section 6).',
    // A false trusted report confirms a host of the set as dead, too.
    holdsOutside: false,
    check: (facts) => rivalOf(facts, () => true),
  },
  {
    name: 'unreported-host-stays-in-the-may-run-set',
    rule: 'Only a host that was confirmed dead leaves the may-run set (section 6).',
    holdsOutside: true,
    check: (facts) => rivalOf(facts, (one) => !one.wasReported),
  },
  {
    name: 'plan-before-effect',
    rule: 'The state before the failure is stored before the first effect (design 5.7).',
    holdsOutside: true,
    check: ({ call, host, isPlanned }) =>
      call === 'force-down' && !isPlanned
        ? `${host} was forced down before its plan was stored`
        : undefined,
  },
];
