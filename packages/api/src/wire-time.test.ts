/** Times as they stand on the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { detailTime, parseIsoTime, wireTime } from './wire-time.ts';

const at = (...parts: [number, number, number, number?, number?, number?, number?]): number =>
  Date.UTC(...parts);
const READ: readonly (readonly [text: string, ms: number])[] = [
  ['2026-11-20T20:58:12', at(2026, 10, 20, 20, 58, 12)],
  ['2026-11-20 20:58:12.5', at(2026, 10, 20, 20, 58, 12, 500)],
  ['2026-11-20T20:58:12.687880', at(2026, 10, 20, 20, 58, 12, 687)],
  ['2026-11-20T20:58:12,999999Z', at(2026, 10, 20, 20, 58, 12, 999)],
  ['2026-11-20T20:58:12+02:00', at(2026, 10, 20, 18, 58, 12)],
  ['2026-11-20T20:58:12-0130', at(2026, 10, 20, 22, 28, 12)],
  ['2026-11-20T20:58:12+02', at(2026, 10, 20, 18, 58, 12)],
  ['2026-11-20', at(2026, 10, 20)],
  ['20261120T205812Z', at(2026, 10, 20, 20, 58, 12)],
  ['2024-02-29', at(2024, 1, 29)],
];
for (const [text, ms] of READ) {
  test(`reads ${text}`, () => assert.equal(parseIsoTime(text), ms));
}

const NO_TIMES = [
  '',
  'yesterday',
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-11-20T24:00:00',
  '2026-11-20T20:60:00',
  '2026-11-20T20:58:12+25:00',
  '0000-01-01',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '2026-11-20T20:58:12Z ',
];
for (const text of NO_TIMES) {
  test(`finds no time in ${JSON.stringify(text)}`, () => {
    assert.equal(parseIsoTime(text), undefined);
  });
}

test('writes six digits and no zone, and reads what it has written', () => {
  const ms = at(2026, 10, 20, 20, 58, 12, 7);
  assert.equal(wireTime(ms), '2026-11-20T20:58:12.007000');
  assert.equal(detailTime(ms), '2026-11-20 20:58:12.007000');
  assert.equal(parseIsoTime(wireTime(ms)), ms);
});

test('writes every time as the platform does', () => {
  const times = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(times, (ms) => {
      assert.equal(wireTime(ms), `${new Date(ms).toISOString().slice(0, -1)}000`);
    }),
  );
});
