/** Which entries of another fencer's history are proof, and which only look like it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decideHistory,
  type FencingHistoryEntry,
  type HistoryQuestion,
} from './fencing-history.ts';

const LOST_MS = 100_000;
const SUCCESS: FencingHistoryEntry = {
  id: 'fence-1',
  target: 'compute-1',
  action: 'off',
  status: 'success',
  delegate: 'controller-2',
  client: 'pacemaker-controld.47',
  completedAtMs: 104_000,
};

const ask = (
  entry: Partial<FencingHistoryEntry> | undefined,
  more: Partial<HistoryQuestion> = {},
) =>
  decideHistory({
    target: 'compute-1',
    entries: entry === undefined ? [] : [{ ...SUCCESS, ...entry }],
    lostAtMs: LOST_MS,
    nodeFencedAtMs: null,
    old: new Set(),
    ...more,
  });

describe('the history of another fencer', () => {
  it('is proof by a success for this host that was completed after its loss', () => {
    const fencing = { id: 'fence-1', basis: 'fenced_event', kind: 'off', by: 'controller-2' };
    const accepted = { kind: 'accepted', fencing: { ...fencing, completedAtMs: 104_000 } };
    assert.deepEqual(ask({}), accepted);
  });

  it('proves a reset by a reboot: the host may come back', () => {
    const decision = ask({ action: 'reboot' });
    assert.equal(decision.kind === 'accepted' && decision.fencing.kind, 'reset');
  });

  it("is an operator's word, with identity, when the delegate is a human", () => {
    const decision = ask({ action: 'reboot', delegate: 'a human', client: 'stonith_admin.900' });
    assert.ok(decision.kind === 'accepted');
    const { basis, by, kind } = decision.fencing;
    assert.deepEqual([basis, by, kind], ['operator', 'stonith_admin.900', 'off']);
  });

  for (const [what, entry, more] of [
    ['there is none', undefined, {}],
    ['it is of another host', { target: 'compute-11' }, {}],
    ['it is pending', { status: 'pending', completedAtMs: null, delegate: null }, {}],
    ['it failed', { status: 'failed' }, {}],
    ['it succeeded before the loss', { completedAtMs: LOST_MS - 1 }, {}],
    ['it succeeded in the very second of the loss', { completedAtMs: LOST_MS }, {}],
    ['the host is not lost in its eyes: clean, offline, expected down', {}, { lostAtMs: null }],
    ['it is older than the last sign of life', {}, { old: new Set(['fence-1']) }],
    ['it has switched the host on', { action: 'on' }, {}],
  ] as const) {
    it(`is no proof when ${what}`, () => {
      assert.equal(ask(entry, more).kind, 'refused');
    });
  }

  it('counts the newest success: what was switched on again is not off', () => {
    const on = { ...SUCCESS, id: 'fence-2', action: 'on', completedAtMs: 108_000 } as const;
    assert.equal(ask({}, { entries: [SUCCESS, on] }).kind, 'refused');
    assert.equal(
      ask({}, { entries: [on, { ...SUCCESS, completedAtMs: 110_000 }] }).kind,
      'accepted',
    );
  });

  it("takes a remote's node_fenced of this loss, and of no earlier one", () => {
    const decision = ask(undefined, { nodeFencedAtMs: 103_000 });
    assert.equal(decision.kind === 'accepted' && decision.fencing.kind, 'reset');
    assert.equal(ask(undefined, { nodeFencedAtMs: 90_000 }).kind, 'refused');
    const old = new Set(['node_fenced compute-1 103000']);
    assert.equal(ask(undefined, { nodeFencedAtMs: 103_000, old }).kind, 'refused');
  });
});
