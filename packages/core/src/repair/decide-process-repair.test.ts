/** What is done about a failed process, row by row. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decideProcessRepair,
  decideWayBack,
  type ProcessRepairFacts,
  type WayBackFacts,
} from './decide-process-repair.ts';
import { DEFAULT_FAILURE_POLICY, processAction } from './failure-policy.ts';

const SILENT: ProcessRepairFacts = {
  process: 'nova-compute',
  host: 'h1',
  hasStartedAgain: false,
  isReporting: false,
  state: 'down',
  status: 'enabled',
  failedForMs: 120_000,
};

const CASES: readonly {
  readonly title: string;
  readonly facts: Partial<ProcessRepairFacts>;
  readonly expected: string;
}[] = [
  { title: 'a nova-compute that Nova counts as down is disabled', facts: {}, expected: 'disable' },
  { title: 'one that has just failed may come back', facts: { failedForMs: 0 }, expected: 'wait' },
  {
    title: 'a dead one that Nova still counts as up is waited for, so that nova-api never blocks',
    facts: { state: 'up' },
    expected: 'wait',
  },
  { title: 'one that reports again is back', facts: { isReporting: true }, expected: 'back' },
  {
    title: 'one that was reported started is back',
    facts: { hasStartedAgain: true },
    expected: 'back',
  },
  {
    title: 'a service that is disabled already is left',
    facts: { status: 'disabled', failedForMs: 0 },
    expected: 'disabled-already',
  },
  {
    title: 'another process takes a host out of service whose nova-compute lives',
    facts: { process: 'libvirtd', state: 'up', isReporting: true },
    expected: 'disable',
  },
];

const READY: WayBackFacts = {
  process: 'nova-compute',
  host: 'h1',
  hasStartedAgain: false,
  isReporting: true,
  status: 'disabled',
  disabledReason: 'ours',
  ourReason: 'ours',
  forcedDown: false,
  onMaintenance: false,
};

const BACK: readonly {
  readonly title: string;
  readonly facts: Partial<WayBackFacts>;
  readonly expected: string;
}[] = [
  { title: 'a host that reports again is enabled', facts: {}, expected: 'enable' },
  { title: 'not while it is silent', facts: { isReporting: false }, expected: 'wait' },
  {
    title: 'not with a reason of somebody else',
    facts: { disabledReason: 'x' },
    expected: 'leave',
  },
  { title: 'not without a reason', facts: { disabledReason: null }, expected: 'leave' },
  { title: 'not when somebody has enabled it', facts: { status: 'enabled' }, expected: 'leave' },
  { title: 'not while it is forced down', facts: { forcedDown: true }, expected: 'wait' },
  { title: 'not on maintenance', facts: { onMaintenance: true }, expected: 'wait' },
  {
    title: 'not for another process that was not reported started',
    facts: { process: 'libvirtd' },
    expected: 'wait',
  },
  {
    title: 'also for another process that was',
    facts: { process: 'libvirtd', hasStartedAgain: true },
    expected: 'enable',
  },
];

describe('a failed process', () => {
  for (const { title, facts, expected } of CASES) {
    it(title, () => {
      const decision = decideProcessRepair({ ...SILENT, ...facts }, DEFAULT_FAILURE_POLICY);
      assert.equal(decision.kind, expected);
      assert.notEqual(decision.reason, '');
    });
  }

  it('D12: only nova-compute counts unless the operator names others', () => {
    const processes = { ...DEFAULT_FAILURE_POLICY.processes, libvirtd: 'disable' } as const;
    assert.equal(processAction('nova-compute', DEFAULT_FAILURE_POLICY), 'disable');
    assert.equal(processAction('sshd', DEFAULT_FAILURE_POLICY), 'ignore');
    assert.equal(processAction('libvirtd', { processes }), 'disable');
    assert.equal(processAction('constructor', { processes }), 'ignore');
  });
});

describe('the way back of a host that was disabled for a process', () => {
  for (const { title, facts, expected } of BACK) {
    it(title, () => assert.equal(decideWayBack({ ...READY, ...facts }).kind, expected));
  }
});
