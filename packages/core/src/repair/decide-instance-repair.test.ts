/** What is done for a failed instance and a failed process, row by row. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyAnswer } from '../protection/decide-policy.ts';
import {
  decideInstanceRepair,
  type FailedInstance,
  type InstanceRepairFacts,
} from './decide-instance-repair.ts';
import {
  backOffMs,
  DEFAULT_FAILURE_POLICY,
  eventAction,
  type FailurePolicy,
  INSTANCE_EVENTS,
} from './failure-policy.ts';

const EVACUATE: PolicyAnswer = { policy: 'evacuate', isAsked: true, reason: 'HA_Enabled is true' };
const answer = (policy: PolicyAnswer['policy']): PolicyAnswer => ({ ...EVACUATE, policy });
const RUNS: FailedInstance = {
  vmState: 'active',
  taskState: null,
  host: 'h1',
  isStoppedOnRequest: false,
  isRunByOthers: false,
};

interface Case {
  readonly title: string;
  /** `null`: Nova has it no more. */
  readonly instance?: Partial<FailedInstance> | null;
  readonly facts?: Partial<InstanceRepairFacts>;
  readonly policy?: Partial<FailurePolicy>;
  readonly expected: string;
}

const CASES: readonly Case[] = [
  { title: 'a failed active instance is restarted at once', expected: 'restart after 0' },
  {
    title: 'one that Nova has stopped, seeing its guest gone, is restarted',
    instance: { vmState: 'stopped' },
    expected: 'restart after 0',
  },
  {
    title: 'one that was stopped on request stays off',
    instance: { vmState: 'stopped', isStoppedOnRequest: true },
    expected: 'ignored',
  },
  {
    title: 'one that somebody else has brought back is left',
    instance: { isRunByOthers: true },
    expected: 'ignored',
  },
  { title: 'D16: one that is gone is left', instance: null, expected: 'ignored' },
  ...['paused', 'rescued', 'suspended'].map((vmState) => ({
    title: `D17: a ${vmState} instance stays as it is, and the notification says why`,
    instance: { vmState },
    expected: 'ignored',
  })),
  ...['building', 'deleted', 'soft-delete', 'shelved', 'shelved_offloaded'].map((vmState) => ({
    title: `D16: a ${vmState} instance is not resurrected`,
    instance: { vmState },
    expected: 'ignored',
  })),
  {
    title: 'D16: an instance that is being deleted is left',
    instance: { taskState: 'deleting' },
    expected: 'ignored',
  },
  { title: 'a resized one is refused', instance: { vmState: 'resized' }, expected: 'failed' },
  { title: 'an unknown state is refused', instance: { vmState: 'new' }, expected: 'failed' },
  { title: 'a task is waited for', instance: { taskState: 'rebooting' }, expected: 'wait' },
  { title: 'one on another host is left', instance: { host: 'h2' }, expected: 'ignored' },
  { title: 'one on no host is left', instance: { host: null }, expected: 'ignored' },
  {
    title: 'one in error is rebooted hard, which Nova allows from there',
    instance: { vmState: 'error' },
    expected: 'reboot after 0',
  },
  {
    title: 'after a restart in vain it is rebooted',
    facts: { tried: ['restart'], triesInWindow: 1 },
    expected: 'reboot after 10000',
  },
  {
    title: 'then it is moved',
    facts: { tried: ['restart', 'reboot'], triesInWindow: 2 },
    expected: 'move after 20000',
  },
  {
    title: 'then a person must look',
    facts: { tried: ['restart', 'reboot', 'move'], triesInWindow: 3 },
    expected: 'failed',
  },
  {
    title: 'an instance with the policy restart is never moved',
    facts: { tried: ['restart', 'reboot'], triesInWindow: 2, answer: answer('restart') },
    expected: 'failed',
  },
  { title: 'policy stop leaves it off', facts: { answer: answer('stop') }, expected: 'finished' },
  {
    title: 'policy never leaves it alone',
    facts: { answer: answer('never') },
    expected: 'finished',
  },
  {
    title: 'a way that the operator has switched off is passed over',
    facts: { tried: ['restart'], triesInWindow: 1 },
    policy: { ways: ['restart', 'move'] },
    expected: 'move after 10000',
  },
  {
    title: 'a report may ask for a reboot at once',
    facts: { action: 'reboot' },
    expected: 'reboot after 0',
  },
  {
    title: 'an instance that crashes again waits longer each time',
    facts: { triesInWindow: 4 },
    expected: 'restart after 80000',
  },
  {
    title: 'behind the limit it is left to a person',
    facts: { triesInWindow: 5 },
    expected: 'failed',
  },
];

describe('a failed instance', () => {
  for (const { title, instance, facts, policy, expected } of CASES) {
    it(title, () => {
      const decision = decideInstanceRepair(
        {
          instance: instance === null ? undefined : { ...RUNS, ...instance },
          reportedHost: 'h1',
          action: 'restart',
          answer: EVACUATE,
          tried: [],
          triesInWindow: 0,
          ...facts,
        },
        { ...DEFAULT_FAILURE_POLICY, ...policy },
      );
      if (decision.kind === 'try') {
        assert.equal(`${decision.way} after ${decision.afterMs}`, expected);
      } else {
        assert.equal(decision.kind === 'end' ? decision.status : decision.kind, expected);
        assert.notEqual(decision.reason, '');
      }
    });
  }
});

describe('the reports of a guest', () => {
  it('E9: the three that Masakari recovers are acted on, all others when the operator says so', () => {
    const acted = INSTANCE_EVENTS.filter((one) => one.action !== 'ignore');
    assert.deepEqual(
      acted.map(({ event, action }) => `${event} ${action}`),
      [
        'LIFECYCLE/STOPPED_FAILED restart',
        'QEMU_GUEST_AGENT_ERROR/STOPPED_FAILED restart',
        'IO_ERROR/IO_ERROR_REPORT restart',
      ],
    );
    const instanceEvents = {
      'LIFECYCLE/CRASHED_PANICKED': 'reboot',
      'LIFECYCLE/STOPPED_FAILED': 'ignore',
    } as const;
    const said = (event: string, detail: string) =>
      eventAction(event, detail, { instanceEvents }).action;
    assert.equal(said('LIFECYCLE', 'CRASHED_PANICKED'), 'reboot');
    assert.equal(said('LIFECYCLE', 'STOPPED_FAILED'), 'ignore');
    assert.equal(said('IO_ERROR', 'IO_ERROR_REPORT'), 'restart');
    assert.equal(said('LIFECYCLE', 'toString'), 'ignore');
  });

  it('that come again and again are answered later each time, ten minutes at most', () => {
    const waits = [0, 1, 2, 3, 50].map((tries) => backOffMs(tries, { backOffMs: 10_000 }));
    assert.deepEqual(waits, [0, 10_000, 20_000, 40_000, 600_000]);
  });
});
