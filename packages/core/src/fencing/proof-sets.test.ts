/** When a declared set is proof, and which sets can never be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decideProof,
  type ElementSighting,
  faultOfProofSet,
  PROOF_ELEMENTS,
  ProofElement,
  type ProofSet,
} from './proof-sets.ts';

const setOf = (...elements: readonly ProofElement[]): ProofSet => ({
  name: 'dark',
  kind: 'reset',
  elements: elements.map((element) => ({ element, forMs: 60_000, withinMs: 10_000 })),
});
const SET = setOf('watchdog_elapsed', 'storage_watcher_gone', 'bmc_unreachable');
const NOW_MS = 500_000;

const seen = (element: ProofElement, heldMs = 60_000, agoMs = 0): ElementSighting => ({
  element,
  holdsSinceMs: NOW_MS - agoMs - heldMs,
  seenAtMs: NOW_MS - agoMs,
});
const ALL = SET.elements.map(({ element }) => seen(element));

describe('a proof set', () => {
  it('is proven when every element has held for as long as it must', () => {
    const decision = decideProof(SET, ALL, NOW_MS);
    assert.deepEqual(decision, { kind: 'proven', set: SET, heldForMs: [60_000, 60_000, 60_000] });
  });

  for (const { element } of SET.elements) {
    const others = ALL.filter((one) => one.element !== element);
    for (const [what, sighting] of [
      ['is missing', []],
      ['has not held for long enough', [seen(element, 59_999)]],
      ['was seen too long ago', [seen(element, 60_000, 10_001)]],
    ] as const) {
      it(`is unproven when ${element} ${what}`, () => {
        const decision = decideProof(SET, [...others, ...sighting], NOW_MS);
        assert.equal(decision.kind, 'unproven');
        assert.match(JSON.stringify(decision), new RegExp(element));
      });
    }
  }

  it('of storage alone is refused: guests go on running with their addresses', () => {
    for (const set of [
      setOf('storage_blocked'),
      setOf('storage_blocked', 'storage_watcher_gone'),
    ]) {
      const fault = faultOfProofSet(set) ?? '';
      assert.match(fault, /dark rests on storage_blocked.+go on running with their addresses/);
      assert.match(fault, /add an element/);
    }
  });

  it('of nothing, of a silent BMC alone, or with an element twice is refused', () => {
    assert.match(faultOfProofSet(setOf()) ?? '', /has no element/);
    assert.match(faultOfProofSet(setOf('bmc_unreachable')) ?? '', /proves nothing/);
    const twice = setOf('watchdog_elapsed', 'watchdog_elapsed');
    assert.match(faultOfProofSet(twice) ?? '', /twice/);
  });

  it('with an element of another side, or of the guests, may be declared', () => {
    assert.equal(faultOfProofSet(SET), undefined);
    assert.equal(faultOfProofSet(setOf('watchdog_elapsed')), undefined);
    assert.equal(faultOfProofSet(setOf('kdump_runs')), undefined);
    assert.equal(faultOfProofSet(setOf('storage_blocked', 'bmc_unreachable')), undefined);
  });

  it('has elements that the table explains', () => {
    const named = PROOF_ELEMENTS.map((one) => one.element);
    assert.deepEqual(named.toSorted(), Object.values(ProofElement).toSorted());
  });
});
