/** Values as Python prints them, because recorded error messages contain them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonRepr, pythonText, pythonTuple } from './python-text.ts';

const WRITTEN: readonly (readonly [value: unknown, text: string])[] = [
  [null, 'None'],
  [true, 'True'],
  [false, 'False'],
  [5, '5'],
  [0.5, '0.5'],
  ['plain', "'plain'"],
  ["it's", '"it\'s"'],
  ['it\'s "so"', "'it\\'s \"so\"'"],
  ['a\nb\t\\', "'a\\nb\\t\\\\'"],
  ['\u0000\u00a0\u2028', "'\\x00\\xa0\\u2028'"],
  ['é😀', "'é😀'"],
  [['a', 1, []], "['a', 1, []]"],
  [{ a: { b: null } }, "{'a': {'b': None}}"],
  [{}, '{}'],
];
for (const [value, text] of WRITTEN) {
  test(`writes ${JSON.stringify(value)} as ${text}`, () => assert.equal(pythonRepr(value), text));
}

test('text stands without quotes at the top only', () => {
  assert.equal(pythonText('a'), 'a');
  assert.equal(pythonText(['a']), "['a']");
});

test('a tuple of one has a comma', () => {
  assert.equal(pythonTuple(['a', 'b']), "('a', 'b')");
  assert.equal(pythonTuple(['a']), "('a',)");
});

test('what is nested beyond measure is cut', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(9_999)}${']'.repeat(9_999)}`);
  assert.match(pythonRepr(deep), /^\[{50}\.\.\.\]{50}$/);
});
