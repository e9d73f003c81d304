/** Times as people give them to a drain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { readSeconds } from '../src/commands/drain.ts';

test('a deadline is given in seconds, minutes, hours or days', () => {
  const times = { '90': 90, '90s': 90, '90m': 5_400, '2h': 7_200, '1d': 86_400 };
  for (const [text, seconds] of Object.entries(times)) assert.equal(readSeconds(text), seconds);
  for (const text of ['', 'h', '2 h', '-1h', '1.5h', '2w']) {
    assert.throws(() => readSeconds(text), OperationalError, text);
  }
});
