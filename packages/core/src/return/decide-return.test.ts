/** Every branch of whether `forced_down` may be cleared. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideReturn, type ReturnFacts } from './decide-return.ts';

const READY: ReturnFacts = {
  host: 'compute-1',
  forcedDown: true,
  isReporting: true,
  hasOpenIncident: false,
  evacuations: [
    { id: 1, status: 'completed' },
    { id: 2, status: 'error' },
  ],
};

const CASES: readonly {
  readonly title: string;
  readonly facts: Partial<ReturnFacts>;
  readonly expected: string;
}[] = [
  { title: 'clears when the host reports and has cleaned up', facts: {}, expected: 'clear' },
  { title: 'clears when nothing was moved', facts: { evacuations: [] }, expected: 'clear' },
  {
    title: 'waits for the end of a new incident before anything else',
    facts: { hasOpenIncident: true, forcedDown: false },
    expected: 'wait',
  },
  {
    title: 'has nothing to do when somebody cleared it',
    facts: { forcedDown: false, isReporting: false },
    expected: 'cleared',
  },
  { title: 'waits for reports', facts: { isReporting: false }, expected: 'wait' },
  ...['done', 'accepted', 'pre-migrating'].map((status) => ({
    title: `waits while an evacuation is ${status}`,
    facts: { evacuations: [...READY.evacuations, { id: 3, status }] },
    expected: 'wait',
  })),
];

describe('return of a host', () => {
  it('says what helps when the clean-up of an evacuation has been missed', () => {
    const facts = { ...READY, evacuations: [{ id: 3, status: 'done' }] };
    const action = decideReturn(facts);
    assert.ok(action.kind === 'wait');
    assert.match(action.reason, /evacuation 3 .* is still done; .* restart it on compute-1/);
  });

  for (const { title, facts, expected } of CASES) {
    it(title, () => assert.equal(decideReturn({ ...READY, ...facts }).kind, expected));
  }
});
