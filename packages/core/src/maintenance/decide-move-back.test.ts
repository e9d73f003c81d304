/** F2: which instances go back to a repaired host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MoveBackFacts, whyNotMovedBack } from './decide-move-back.ts';

const facts = (change: Partial<MoveBackFacts> = {}, server: object = {}): MoveBackFacts => ({
  destHost: 'there',
  evacuation: 5,
  server: { host: 'there', vmState: 'active', powerState: 1, taskState: null, ...server },
  migrations: [{ id: 5, type: 'evacuation', status: 'done', sourceHost: 'here' }],
  ...change,
});

test('F2: what runs where the recovery put it may go back', () => {
  assert.equal(whyNotMovedBack(facts()), undefined);
});

test('F2: what is gone, moved on, busy or off stays where it is, with the reason', () => {
  const later = { id: 6, type: 'live-migration', status: 'completed', sourceHost: 'there' };
  const { migrations } = facts();
  for (const [one, reason] of [
    [facts({ server: undefined }), /no more/],
    [facts({}, { host: 'elsewhere' }), /it is on elsewhere, and not on there/],
    [facts({}, { host: null }), /on no host/],
    [facts({ evacuation: undefined }), /no record/],
    [facts({ migrations: [later, ...migrations] }), /live-migration 6 is newer/],
    [facts({}, { taskState: 'image_snapshot' }), /its task is image_snapshot/],
    [facts({}, { vmState: 'stopped', powerState: 4 }), /it is stopped/],
    [facts({}, { powerState: 4 }), /does not run/],
  ] as const) {
    assert.match(whyNotMovedBack(one) ?? '', reason);
  }
});
