/** The forms of stamps that Keystone and Nova are known to write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCloudStampMs, requireCloudStampMs } from './cloud-stamp.ts';

const AT = Date.UTC(2026, 10, 20, 23, 5, 47, 472);

test('reads a stamp as UTC in every form, to the millisecond', () => {
  for (const stamp of [
    '2026-11-20T23:05:47.472357',
    '2026-11-20T23:05:47.472357Z',
    '2026-11-20T23:05:47.472+00:00',
    '2026-11-21T00:05:47.472+0100',
  ]) {
    assert.equal(parseCloudStampMs(stamp), AT, stamp);
  }
  assert.equal(parseCloudStampMs('2026-11-20T23:05:47Z'), AT - 472);
});

test('does not take other text for a time, and names the call that needed one', () => {
  for (const text of ['', 'soon', '2026-13-40T00:00:00']) {
    assert.equal(parseCloudStampMs(text), undefined, text);
  }
  assert.throws(() => requireCloudStampMs('soon', 'identity: POST /auth/tokens'), {
    code: 'cloud.answer_unreadable',
    message: /^identity: POST \/auth\/tokens answered .* a time, found "soon"$/,
  });
});
