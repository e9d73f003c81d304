/** When a host goes back to service, whether its service is enabled, what is left on it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DEFAULT_RETURN_RULES,
  decideEnabling,
  decideTurn,
  type EnablingFacts,
  probationMsOf,
} from './decide-enabling.ts';
import { decideLeftInstance, type LeftInstanceFacts } from './decide-left-instance.ts';

const AUTOMATIC = { ...DEFAULT_RETURN_RULES, policy: 'automatic' } as const;
const WAITING = { onMaintenance: true, isMaintenanceOurs: true, failures: 1, clearedForMs: 0 };

describe('the turn of a host', () => {
  it('doubles its probation with every failure, up to the longest', () => {
    const minutes = [0, 1, 2, 3, 9, 1_000].map((n) => probationMsOf(AUTOMATIC, n) / 60_000);
    assert.deepEqual(minutes, [10, 10, 20, 40, 1_440, 1_440]);
  });

  it('comes with the approval at once, and otherwise when the probation is over', () => {
    assert.equal(decideTurn(AUTOMATIC, { ...WAITING, onMaintenance: false }).kind, 'begin');
    assert.equal(decideTurn(AUTOMATIC, { ...WAITING, clearedForMs: 599_999 }).kind, 'wait');
    assert.equal(decideTurn(AUTOMATIC, { ...WAITING, clearedForMs: 600_000 }).kind, 'begin');
    assert.equal(decideTurn(DEFAULT_RETURN_RULES, { ...WAITING, clearedForMs: 1e12 }).kind, 'wait');
    const operators = { ...WAITING, isMaintenanceOurs: false, clearedForMs: 1e12 };
    assert.equal(decideTurn(AUTOMATIC, operators).kind, 'wait');
  });
});

describe('the service of a host', () => {
  const READY: EnablingFacts = {
    host: 'compute-1',
    status: 'disabled',
    disabledReason: 'medevac 1',
    forcedDown: false,
    isReporting: true,
    hasOpenIncident: false,
    isDisabledByUs: true,
  };
  const CASES: readonly (readonly [string, Partial<EnablingFacts>, string])[] = [
    ['is enabled where we have disabled it', {}, 'enable'],
    ['is left where somebody else has', { isDisabledByUs: false }, 'leave'],
    ['is left when it is enabled', { status: 'enabled' }, 'leave'],
    ['waits while it is silent', { isReporting: false }, 'wait'],
    ['waits while it is forced down', { forcedDown: true }, 'wait'],
    ['waits while an incident is open', { hasOpenIncident: true, status: 'enabled' }, 'wait'],
  ];
  for (const [title, facts, expected] of CASES) {
    it(title, () => assert.equal(decideEnabling({ ...READY, ...facts }).kind, expected));
  }
});

describe('an instance that was never moved', () => {
  const STOPPED = { host: 'compute-1', vmState: 'stopped', taskState: null, powerState: 4 };
  const LEFT: LeftInstanceFacts = {
    host: 'compute-1',
    vmStateBefore: 'active',
    powerStateBefore: 1,
    server: STOPPED,
    migrations: [{ id: 1, type: 'evacuation', status: 'error', destHost: null }],
    lastAskedBy: 'nova',
  };
  const open = { id: 2, type: 'evacuation', status: 'pre-migrating', destHost: 'compute-2' };
  const paused = { vmStateBefore: 'paused', powerStateBefore: 3 };
  const CASES: readonly (readonly [string, Partial<LeftInstanceFacts>, string])[] = [
    ['is started when it ran and is off now', {}, 'start'],
    ['is not when it was off before', { vmStateBefore: 'stopped' }, 'settled'],
    ['is not when its guest was off before', { powerStateBefore: 4 }, 'settled'],
    ['is not when somebody has stopped it', { lastAskedBy: 'person' }, 'settled'],
    ['is not when it is elsewhere', { server: { ...STOPPED, host: 'compute-2' } }, 'settled'],
    ['is not when it is gone', { server: undefined }, 'settled'],
    ['waits while a migration may run it elsewhere', { migrations: [open] }, 'wait'],
    ['waits for its task', { server: { ...STOPPED, taskState: 'powering-on' } }, 'wait'],
    ['waits while Nova says it runs', { server: { ...STOPPED, vmState: 'active' } }, 'wait'],
    ['is started first when it was paused', paused, 'start'],
    [
      'is paused again when it was paused and has been started',
      { ...paused, server: { ...STOPPED, vmState: 'active', powerState: 1 } },
      'pause',
    ],
  ];
  for (const [title, facts, expected] of CASES) {
    it(title, () => assert.equal(decideLeftInstance({ ...LEFT, ...facts }).kind, expected));
  }
});
