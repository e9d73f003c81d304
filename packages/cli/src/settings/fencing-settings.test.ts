/** Proof sets as operators write them, and those that are refused before anything starts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FENCING_SETTINGS } from './fencing-settings.ts';

const { read } = FENCING_SETTINGS.fencingProofSets;
const WATCHDOG = '[{name: sbd, elements: [{element: watchdog_elapsed, for: 70}]}]';

describe('the setting of proof sets', () => {
  it('reads a set, with its times in seconds', () => {
    assert.deepEqual(read(WATCHDOG), [
      {
        name: 'sbd',
        kind: 'reset',
        elements: [{ element: 'watchdog_elapsed', forMs: 70_000, withinMs: 30_000 }],
      },
    ]);
    assert.deepEqual(read('[]'), []);
  });

  for (const [what, text, told] of [
    [
      'block-listing of the storage alone',
      '[{name: ceph, elements: [{element: storage_blocked, for: 5}]}]',
      /ceph rests on storage_blocked alone.+go on running with their addresses.+add an element/,
    ],
    ['no element', '[{name: none, elements: []}]', /none has no element/],
    ['an unknown element', '[{name: a, elements: [{element: ping}]}]', /names ping.+one of/],
    ['an unknown kind', '[{name: a, kind: dead, elements: []}]', /the kind dead/],
    ['a name twice', `[${WATCHDOG.slice(1, -1)}, ${WATCHDOG.slice(1, -1)}]`, /two .+ sbd/],
    [
      'a watchdog without its time',
      '[{name: a, elements: [{element: watchdog_elapsed}]}]',
      /needs the time of the watchdog/,
    ],
    [
      'an element that nothing sees',
      '[{name: a, elements: [{element: watchdog_elapsed, for: 9}, {element: kdump_runs}]}]',
      /needs kdump_runs, which nothing in this release sees/,
    ],
    ['no list', 'name: a', /must be a list/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => read(text), { message: told });
    });
  }
});
