/** When an instance is locked for its owner, and whose locks are ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IncidentState, isFinal } from '../incident/states.ts';
import { decideLock, isOwnLock, LIFTING_STATES, type LockFacts } from './owner-locks.ts';

const REASON = 'medevac 1';
const server = (change: Partial<LockFacts> = {}): LockFacts => ({
  ...{ host: 'dead', locked: false, lockedReason: null },
  ...change,
});
const decide = (seen: LockFacts | undefined) =>
  decideLock({ server: seen, failedHost: 'dead', reason: REASON });

describe('an instance of a dead host', () => {
  const cases: readonly (readonly [string, LockFacts | undefined, string])[] = [
    ['is locked', server(), 'lock'],
    ['is locked already by us', server({ locked: true, lockedReason: REASON }), 'ours'],
    [
      'is left to whoever has locked it',
      server({ locked: true, lockedReason: 'medevac 2' }),
      'leave',
    ],
    ['is left to whoever has locked it without a reason', server({ locked: true }), 'leave'],
    ['is left when it has moved', server({ host: 'alive' }), 'leave'],
    ['is left when it is on no host', server({ host: null }), 'leave'],
    ['is left when it is gone', undefined, 'leave'],
  ];
  for (const [title, seen, decision] of cases) {
    it(title, () => assert.equal(decide(seen), decision));
  }
});

describe('a lock', () => {
  it('is ours by its reason, while it stands', () => {
    assert.equal(isOwnLock(server({ locked: true, lockedReason: REASON }), REASON), true);
    assert.equal(isOwnLock(server({ locked: false, lockedReason: REASON }), REASON), false);
    assert.equal(isOwnLock(server({ locked: true, lockedReason: 'medevac 10' }), REASON), false);
    assert.equal(isOwnLock(undefined, REASON), false);
  });

  it('is lifted in every state that is final or waits for a person, and in no working one', () => {
    for (const state of Object.values(IncidentState).filter(isFinal)) {
      assert.ok(LIFTING_STATES.includes(state), state);
    }
    for (const state of ['held', 'stuck'] as const) assert.ok(LIFTING_STATES.includes(state));
    for (const state of ['planning', 'evacuating', 'waiting_capacity', 'paused'] as const) {
      assert.ok(!LIFTING_STATES.includes(state), state);
    }
  });
});
