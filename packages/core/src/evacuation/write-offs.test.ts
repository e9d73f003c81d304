/** Which migration records are void after a write-off, and when one has been taken up again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideInstance, type InstanceFacts, type MigrationFacts } from './decide-instance.ts';
import { readTooLate, type WriteOff, withoutWrittenOff } from './write-offs.ts';

const row = (id: number, status: string, destHost: string | null = null): MigrationFacts => ({
  id,
  type: 'evacuation',
  status,
  sourceHost: 'dead',
  destHost,
});
const writeOff = (id: number, status = 'accepted', destHost: string | null = null): WriteOff => ({
  id,
  status,
  destHost,
  hosts: ['gone'],
});

describe('records after a write-off', () => {
  const CASES: readonly (readonly [string, readonly MigrationFacts[], readonly number[]])[] = [
    ['one that stands as it stood is void', [row(1, 'accepted')], []],
    ['that of a later call counts', [row(2, 'accepted'), row(1, 'accepted')], [2]],
    [
      'one under which a later call goes on counts, and the record of that call does not',
      [row(2, 'accepted'), row(1, 'pre-migrating', 'alive')],
      [1],
    ],
    [
      'a third call may go on under the record of the second, and leaves its own',
      [row(3, 'accepted'), row(2, 'done', 'third'), row(1, 'failed', 'alive')],
      [2, 1],
    ],
    [
      'one that ended without a host ended for the later call',
      [row(2, 'accepted'), row(1, 'error')],
      [1],
    ],
  ];
  for (const [title, rows, left] of CASES) {
    it(title, () => {
      const { records, takenUp } = withoutWrittenOff(rows, [writeOff(1)]);
      assert.deepEqual([records.map((one) => one.id), takenUp], [left, undefined]);
    });
  }

  it('says that a host which was confirmed dead carries its message out', () => {
    const { takenUp } = withoutWrittenOff([row(1, 'pre-migrating', 'gone')], [writeOff(1)]);
    assert.equal(takenUp, 'gone was confirmed dead, and migration 1 is pre-migrating there');
  });

  it('counts the last write-off of a record', () => {
    const all = [writeOff(1), writeOff(1, 'pre-migrating', 'alive')];
    const { records } = withoutWrittenOff([row(1, 'pre-migrating', 'alive')], all);
    assert.deepEqual(records, []);
  });

  it('knows a message that was read too late by the error and the task that it leaves', () => {
    const late = { vmState: 'error', taskState: 'rebuilding' };
    const rows = [row(1, 'failed', 'gone')];
    const all = [writeOff(1)];
    assert.equal(readTooLate(late, rows, all)?.id, 1);
    assert.equal(readTooLate({ ...late, taskState: null }, rows, all), undefined);
    assert.equal(readTooLate(late, [row(2, 'accepted'), ...rows], all), undefined);
    assert.equal(readTooLate(late, rows, [writeOff(1, 'pre-migrating', 'gone')]), undefined);
  });
});

describe('next action after a write-off', () => {
  const FACTS: InstanceFacts = {
    failedHost: 'dead',
    vmStateBefore: 'active',
    ranBefore: true,
    server: { host: 'dead', vmState: 'active', taskState: 'rebuilding' },
    evacuations: [row(1, 'accepted')],
    otherOpenMigrations: [],
    writeOffs: [writeOff(1)],
    heldBack: undefined,
    unchangedForMs: 0,
    patienceMs: 1_800_000,
  };
  const untouched = { host: 'dead', vmState: 'active', taskState: null };
  const CASES: readonly (readonly [string, Partial<InstanceFacts>, string])[] = [
    ['waits without one', { writeOffs: [] }, 'wait'],
    ['resets the task that the dead destination has left', {}, 'reset'],
    ['evacuates again what was reset', { server: untouched }, 'evacuate'],
    ['asks for nothing while it is held back', { heldBack: 'gone is back' }, 'wait'],
    ['waits for the later call', { evacuations: [row(2, 'accepted'), row(1, 'accepted')] }, 'wait'],
    [
      'asks for nothing when the destination has taken its message up',
      { server: untouched, evacuations: [row(1, 'failed', 'gone')] },
      'wait',
    ],
    [
      'is recovered by the later call although its own record stays accepted',
      {
        server: { host: 'alive', vmState: 'active', taskState: null },
        evacuations: [row(2, 'accepted'), row(1, 'done', 'alive')],
      },
      'recovered',
    ],
  ];
  for (const [title, facts, expected] of CASES) {
    it(title, () => assert.equal(decideInstance({ ...FACTS, ...facts }).kind, expected));
  }
});
