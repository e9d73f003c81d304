/** When a confirmation is spent, and what readings of the power do to it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Confirmation, isConfirmationValid } from './confirmation.ts';
import { CONFIRMATION_BASES, ConfirmationBasis, powerRereadOf } from './confirmation-bases.ts';
import { type DeviceReading, judgePower } from './judge-power.ts';

const CONFIRMATION: Confirmation = {
  kind: 'off',
  basis: 'trusted_report',
  by: 'monitor',
  evidenceId: 5,
};

describe('confirmation', () => {
  for (const { basis, kinds } of CONFIRMATION_BASES) {
    for (const kind of kinds) {
      for (const [lastSignOfLife, isValid] of [
        [undefined, true],
        [4, true],
        [5, false],
        [6, false],
      ] as const) {
        const word = isValid ? 'valid' : 'void';
        it(`${kind} by ${basis} is ${word} when the last sign of life is ${lastSignOfLife}`, () => {
          const confirmation = { ...CONFIRMATION, basis, kind };
          assert.equal(isConfirmationValid(confirmation, lastSignOfLife), isValid);
        });
      }
    }
  }

  it('has one row in the table for each basis', () => {
    const bases = CONFIRMATION_BASES.map((one) => one.basis);
    assert.deepEqual(bases.toSorted(), Object.values(ConfirmationBasis).toSorted());
  });

  it('of a reset never looks at the power, which is on again', () => {
    for (const { basis } of CONFIRMATION_BASES) {
      assert.equal(powerRereadOf({ basis, kind: 'reset' }), 'not-read');
    }
  });
});

describe('readings of the power', () => {
  const reads = (kind: 'on' | 'off' | 'unknown', device = 'bmc'): DeviceReading =>
    kind === 'unknown' ? { device, kind, reason: 'no answer' } : { device, kind };
  for (const [basis, one, judged] of [
    ['power_off', 'off', 'holds'],
    ['power_off', 'on', 'on'],
    ['power_off', 'unknown', 'unknown'],
    ['fenced_event', 'off', 'holds'],
    ['fenced_event', 'on', 'on'],
    ['fenced_event', 'unknown', 'holds'],
    ['proof_set', 'on', 'on'],
    ['proof_set', 'unknown', 'holds'],
    ['operator', 'on', 'on'],
    ['operator', 'unknown', 'holds'],
    ['trusted_report', 'on', 'holds'],
  ] as const) {
    it(`of ${one} make a confirmation by ${basis} ${judged}`, () => {
      const confirmation = { ...CONFIRMATION, basis, by: 'bmc' };
      assert.equal(judgePower(confirmation, [reads(one)]).kind, judged);
    });
  }

  it('are on when any of several devices reads on, and must be off at each that confirmed', () => {
    const both: Confirmation = {
      ...CONFIRMATION,
      basis: 'power_off',
      by: 'feed-a and feed-b',
      devices: ['feed-a', 'feed-b'],
    };
    const [a, b] = [reads('off', 'feed-a'), reads('off', 'feed-b')];
    assert.equal(judgePower(both, [a, b, reads('unknown')]).kind, 'holds');
    assert.deepEqual(judgePower(both, [a, b, reads('on')]), { kind: 'on', devices: ['bmc'] });
    assert.deepEqual(judgePower(both, [a, reads('unknown', 'feed-b')]), {
      kind: 'unknown',
      reason: 'feed-b: no answer',
    });
    assert.deepEqual(judgePower(both, [a]), {
      kind: 'unknown',
      reason: 'feed-b: no fence device of this name reads it any more',
    });
  });
});
