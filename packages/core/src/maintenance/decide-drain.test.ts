/** What a failure of a drained host means, and when its service is enabled again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DrainedHostFacts,
  decideDrainedHost,
  decideUndrain,
  drainReason,
  type UndrainFacts,
} from './decide-drain.ts';

const failed = (change: Partial<DrainedHostFacts> = {}): DrainedHostFacts => ({
  host: 'compute-1',
  drain: { id: 'd', isEmptied: true },
  status: 'disabled',
  disabledReason: drainReason('d'),
  inUse: 0,
  ...change,
});

describe('D13: the failure of a host under a drain', () => {
  it('needs no recovery only where the drain itself has disabled an empty host', () => {
    assert.equal(decideDrainedHost(failed()).kind, 'nothing-to-recover');
    for (const change of [
      { drain: { id: 'd', isEmptied: false } },
      { inUse: 1 },
      { status: 'enabled' as const, disabledReason: null },
      { disabledReason: 'somebody' },
      { disabledReason: drainReason('another') },
    ]) {
      assert.equal(decideDrainedHost(failed(change)).kind, 'recover', JSON.stringify(change));
    }
  });
});

const back = (change: Partial<UndrainFacts> = {}): UndrainFacts => ({
  host: 'compute-1',
  drain: 'd',
  wasEnabled: true,
  status: 'disabled',
  disabledReason: drainReason('d'),
  forcedDown: false,
  isReporting: true,
  hasOpenIncident: false,
  ...change,
});

describe('a drained host that is asked back', () => {
  it('is enabled if it was enabled before and the drain has disabled it', () => {
    assert.deepEqual(decideUndrain(back()), { kind: 'enable' });
  });

  for (const [what, change] of [
    ['it was disabled before', { wasEnabled: false }],
    ['somebody has disabled it since', { disabledReason: 'mine' }],
    ['somebody has disabled it without a reason', { disabledReason: null }],
    ['somebody has enabled it already', { status: 'enabled' as const, disabledReason: null }],
  ] as const) {
    it(`is left as it is when ${what}`, () => {
      assert.equal(decideUndrain(back(change)).kind, 'leave');
    });
  }

  for (const [what, change] of [
    ['it does not report', { isReporting: false }],
    ['it is forced down', { forcedDown: true }],
    ['it is reported as failed', { hasOpenIncident: true }],
  ] as const) {
    it(`waits while ${what}`, () => {
      assert.equal(decideUndrain(back(change)).kind, 'wait');
    });
  }
});
