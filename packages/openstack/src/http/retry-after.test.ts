/** The pause that a service asks for, in its two written forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMs } from './retry-after.ts';

const DATE = 'Sat, 21 Nov 2026 10:00:00 GMT';

test('reads seconds', () => {
  assert.equal(retryAfterMs({ 'retry-after': '3' }), 3_000);
  assert.equal(retryAfterMs({ 'retry-after': '0' }), 0);
});

test('measures a date against the Date of the same answer', () => {
  const until = 'Sat, 21 Nov 2026 10:00:07 GMT';
  assert.equal(retryAfterMs({ 'retry-after': until, date: DATE }), 7_000);
  assert.equal(retryAfterMs({ 'retry-after': DATE, date: until }), 0);
});

test('has no opinion where the header is absent, unreadable or cannot be measured', () => {
  assert.equal(retryAfterMs({}), undefined);
  assert.equal(retryAfterMs({ 'retry-after': 'soon', date: DATE }), undefined);
  assert.equal(retryAfterMs({ 'retry-after': DATE }), undefined);
});

test('never asks for more than a day', () => {
  assert.equal(retryAfterMs({ 'retry-after': '99999999' }), 86_400_000);
});
