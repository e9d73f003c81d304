/** When a confirmation is spent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Confirmation, isConfirmationValid } from './confirmation.ts';

const CONFIRMATION: Confirmation = {
  kind: 'off',
  basis: 'trusted_report',
  by: 'monitor',
  evidenceId: 5,
};

describe('confirmation', () => {
  for (const [lastSignOfLife, isValid] of [
    [undefined, true],
    [4, true],
    [5, false],
    [6, false],
  ] as const) {
    it(`is ${isValid ? 'valid' : 'void'} when the last sign of life is ${lastSignOfLife}`, () => {
      assert.equal(isConfirmationValid(CONFIRMATION, lastSignOfLife), isValid);
    });
  }
});
