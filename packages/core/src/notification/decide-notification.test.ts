/** What reports of monitors ask for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_FAILURE_POLICY } from '../repair/failure-policy.ts';
import { decideNotification, type NotificationFacts } from './decide-notification.ts';

const CASES: readonly {
  readonly title: string;
  readonly facts: NotificationFacts;
  readonly expected: string;
}[] = [
  {
    title: 'a host that stopped with status NORMAL has failed',
    facts: { type: 'COMPUTE_HOST', payload: { event: 'STOPPED', host_status: 'NORMAL' } },
    expected: 'host-failure',
  },
  {
    title: 'a start needs nothing',
    facts: { type: 'COMPUTE_HOST', payload: { event: 'STARTED', host_status: 'NORMAL' } },
    expected: 'finished',
  },
  {
    title: 'a start of an instance needs nothing either',
    facts: { type: 'VM', payload: { event: 'STARTED' } },
    expected: 'finished',
  },
  {
    title: 'a monitor that cannot tell is not believed',
    facts: { type: 'COMPUTE_HOST', payload: { event: 'STOPPED', host_status: 'UNKNOWN' } },
    expected: 'ignored',
  },
  {
    title: 'a report without a status is not believed',
    facts: { type: 'COMPUTE_HOST', payload: { event: 'STOPPED' } },
    expected: 'ignored',
  },
  {
    title: 'a guest that crashed is repaired',
    facts: {
      type: 'VM',
      payload: { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED', instance_uuid: 'i' },
    },
    expected: 'instance-failure',
  },
  {
    title: 'a guest that was shut down is left',
    facts: {
      type: 'VM',
      payload: { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_SHUTDOWN', instance_uuid: 'i' },
    },
    expected: 'ignored',
  },
  {
    title: 'E9: an event that nobody knows is left, and said to be unknown',
    facts: { type: 'VM', payload: { event: 'NEW', vir_domain_event: 'X', instance_uuid: 'i' } },
    expected: 'ignored',
  },
  {
    title: 'a report without an instance is left',
    facts: { type: 'VM', payload: { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' } },
    expected: 'ignored',
  },
  {
    title: 'a nova-compute that stopped takes its host out of service',
    facts: { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'nova-compute' } },
    expected: 'process-failure',
  },
  {
    title: 'D12: any other process changes nothing, as long as no operator has named it',
    facts: { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'sshd' } },
    expected: 'finished',
  },
  {
    title: 'a process that started ends what is done about it',
    facts: { type: 'PROCESS', payload: { event: 'STARTED', process_name: 'nova-compute' } },
    expected: 'finished',
  },
];

describe('decision over a notification', () => {
  for (const { title, facts, expected } of CASES) {
    it(title, () => {
      const decision = decideNotification(facts, DEFAULT_FAILURE_POLICY);
      const said = decision.kind === 'settle' ? decision.status : decision.kind;
      assert.equal(said, expected);
      if (decision.kind === 'settle') assert.notEqual(decision.message, '');
    });
  }
});
