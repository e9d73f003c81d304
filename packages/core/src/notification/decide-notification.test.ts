/** What reports of monitors ask for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
    title: 'failures of instances are kept and ignored',
    facts: { type: 'VM', payload: { event: 'LIFECYCLE' } },
    expected: 'ignored',
  },
  {
    title: 'failures of processes are kept and ignored',
    facts: { type: 'PROCESS', payload: { event: 'STOPPED' } },
    expected: 'ignored',
  },
];

describe('decision over a notification', () => {
  for (const { title, facts, expected } of CASES) {
    it(title, () => {
      const decision = decideNotification(facts);
      const said = decision.kind === 'settle' ? decision.status : decision.kind;
      assert.equal(said, expected);
      if (decision.kind === 'settle') assert.notEqual(decision.message, '');
    });
  }
});
