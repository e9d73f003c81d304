/** Each branch of moving one instance off a living host. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideMove, type MoveFacts, type MoveMigration } from './decide-move.ts';
import { DRAIN_TREATMENTS, drainTreatmentOf, keepsHostBusy } from './drain-treatments.ts';

const record = (change: Partial<MoveMigration> = {}): MoveMigration => ({
  id: 8,
  type: 'live-migration',
  status: 'running',
  sourceHost: 'here',
  ...change,
});
const facts = (change: Partial<MoveFacts> = {}, server: object = {}): MoveFacts => ({
  source: 'here',
  server: { host: 'here', vmState: 'active', taskState: null, ...server },
  migrations: [],
  mark: 7,
  asked: 'no',
  ...change,
});

describe('an instance that is to leave a living host', () => {
  for (const [vmState, act] of [
    ['active', 'live'],
    ['paused', 'live'],
    ['stopped', 'cold'],
  ] as const) {
    it(`that is ${vmState} is migrated ${act}`, () => {
      assert.deepEqual(decideMove(facts({}, { vmState })), { kind: 'ask', act });
    });
  }

  it('that cannot be moved keeps the host busy, and one without a guest does not', () => {
    const suspended = decideMove(facts({}, { vmState: 'suspended' }));
    assert.ok(suspended.kind === 'left' && suspended.keepsBusy);
    const shelved = decideMove(facts({}, { vmState: 'shelved' }));
    assert.ok(shelved.kind === 'left' && !shelved.keepsBusy);
    assert.equal(decideMove(facts({}, { vmState: 'building' })).kind, 'wait');
    const unknown = decideMove(facts({}, { vmState: 'transcended' }));
    assert.ok(unknown.kind === 'left' && unknown.keepsBusy);
  });

  it('is waited for while it has a task or a migration under way', () => {
    assert.equal(decideMove(facts({}, { taskState: 'rebuilding' })).kind, 'wait');
    assert.equal(decideMove(facts({ migrations: [record()] })).kind, 'wait');
    const older = record({ id: 3, type: 'evacuation', status: 'accepted' });
    assert.equal(decideMove(facts({ migrations: [older] })).kind, 'wait');
  });

  it('has left when Nova shows it elsewhere, on no host, or no more', () => {
    const moved = decideMove(facts({}, { host: 'there' }));
    assert.deepEqual(moved, { kind: 'moved', host: 'there' });
    assert.equal(decideMove(facts({}, { host: null })).kind, 'left');
    assert.equal(decideMove(facts({ server: undefined })).kind, 'left');
  });

  it('is not asked for again while a request may be on its way', () => {
    assert.equal(decideMove(facts({ asked: 'unknown' })).kind, 'wait');
  });

  it('has failed once when its migration ended and it is where it was', () => {
    const ended = facts({ asked: 'yes', migrations: [record({ status: 'error' })] });
    const decision = decideMove(ended);
    assert.ok(decision.kind === 'failed' && /ended as error/.test(decision.reason));
    assert.equal(decideMove(facts({ asked: 'yes' })).kind, 'failed');
  });

  it('is confirmed when our own cold migration of it has arrived, and no other', () => {
    const finished = record({ type: 'migration', status: 'finished' });
    const there = { host: 'there', vmState: 'resized' };
    const ours = decideMove(facts({ asked: 'yes', migrations: [finished] }, there));
    assert.deepEqual(ours, { kind: 'ask', act: 'confirm' });
    for (const other of [
      record({ type: 'resize', status: 'finished' }),
      record({ id: 7, type: 'migration', status: 'finished' }),
      record({ type: 'migration', status: 'finished', sourceHost: 'elsewhere' }),
      record({ type: 'migration', status: 'confirming' }),
    ]) {
      assert.equal(decideMove(facts({ migrations: [other] }, there)).kind, 'wait', other.type);
    }
    const busy = { ...there, taskState: 'resize_finish' };
    assert.equal(decideMove(facts({ migrations: [finished] }, busy)).kind, 'wait');
  });
});

describe('the table of treatments', () => {
  it('has every state once, and only what has no guest leaves the host empty', () => {
    const states = DRAIN_TREATMENTS.map(({ vmState }) => vmState);
    assert.equal(new Set(states).size, states.length);
    for (const { treatment, vmState } of DRAIN_TREATMENTS) {
      assert.equal(keepsHostBusy(vmState), treatment !== 'leave', vmState);
    }
    assert.equal(drainTreatmentOf('anything else').treatment, 'stay');
  });
});
