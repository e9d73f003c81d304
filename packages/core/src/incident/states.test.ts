/** The table of states, and how each state shows on the wire. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvariantError } from '@medevac/kernel';
import { notificationStatusOf } from './notification-status.ts';
import {
  assertLegalMove,
  FINAL_STATES,
  IncidentState,
  isFinal,
  isLegalMove,
  WORKING_STATES,
} from './states.ts';

const ALL = Object.values(IncidentState);

const targets = (from: IncidentState): readonly IncidentState[] =>
  ALL.filter((to) => isLegalMove(from, to));

function reachable(from: IncidentState): ReadonlySet<IncidentState> {
  const seen = new Set<IncidentState>([from]);
  for (const one of seen) for (const to of targets(one)) seen.add(to);
  return seen;
}

describe('states of an incident', () => {
  for (const state of ALL) {
    it(`${state} reaches a final state`, () => {
      assert.ok([...reachable(state)].some(isFinal));
    });
    if (state !== 'suspected') {
      it(`${state} is reached from the first one`, () => {
        assert.ok(reachable('suspected').has(state));
      });
    }
  }

  it('ends in final states and moves nowhere from them', () => {
    assert.deepEqual(FINAL_STATES, ['recovered', 'partly_recovered', 'cancelled']);
    assert.deepEqual(
      ALL.filter((state) => targets(state).length === 0),
      FINAL_STATES,
    );
  });

  it('reaches no evacuation but through the fence', () => {
    const before: readonly IncidentState[] = ['suspected', 'held'];
    for (const from of before) {
      for (const to of ['planning', 'evacuating', 'waiting_capacity', 'recovered'] as const) {
        assert.equal(isLegalMove(from, to), false, `${from} to ${to}`);
      }
    }
    assert.equal(isLegalMove('fencing', 'evacuating'), false);
    assert.equal(isLegalMove('fence_failed', 'planning'), false);
  });

  it('goes to held from every state in which a sign of life may be seen', () => {
    for (const from of [
      'suspected',
      'fencing',
      'fence_failed',
      'planning',
      'evacuating',
    ] as const) {
      assert.ok(isLegalMove(from, 'held'), from);
    }
  });

  it('breaks an invariant on an illegal move, and names both states', () => {
    assertLegalMove('suspected', 'fencing');
    assert.throws(() => assertLegalMove('recovered', 'held'), {
      name: InvariantError.name,
      message: /recovered to held/,
    });
  });

  it('refuses v1 edits from fencing to evacuating, and not while waiting for capacity', () => {
    assert.deepEqual(WORKING_STATES, ['fencing', 'planning', 'evacuating', 'refencing']);
  });
});

describe('status of a notification', () => {
  const EXPECTED = {
    suspected: 'new',
    held: 'new',
    fencing: 'running',
    fence_failed: 'error',
    planning: 'running',
    evacuating: 'running',
    waiting_capacity: 'error',
    stuck: 'error',
    recovered: 'finished',
    partly_recovered: 'failed',
    cancelled: 'ignored',
  } as const;
  for (const [state, status] of Object.entries(EXPECTED)) {
    it(`is ${status} while the incident is ${state}`, () => {
      assert.equal(notificationStatusOf(state as IncidentState), status);
    });
  }

  it('is final exactly when the incident is', () => {
    for (const state of ALL) {
      const isFinalStatus = ['finished', 'failed', 'ignored'].includes(notificationStatusOf(state));
      assert.equal(isFinalStatus, isFinal(state), state);
    }
  });
});
