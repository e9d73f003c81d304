/**
 * For every rule there can be: it reads back as it is printed, and no text makes the parser fall.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import fc from 'fast-check';
import type { Check, TemplatePart } from './check.ts';
import { passes } from './judge.ts';
import { PolicySyntaxError, parseCheck } from './parse-check.ts';
import { PolicyRules } from './policy-rules.ts';
import { printCheck } from './print-check.ts';

const word = fc.stringMatching(/^[A-Za-z0-9_.%:é@!'"-]{1,12}$/);
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/);
const target = name.map((one): TemplatePart => ({ kind: 'target', name: one }));
const text = word.map((one): TemplatePart => ({ kind: 'text', text: one }));
/** Texts and placeholders by turns: two texts in a row would be read as one. */
const template = fc
  .array(fc.tuple(fc.option(text), target), { maxLength: 2 })
  .chain((pairs) =>
    fc.option(text).map((last) => [...pairs.flat(), last].filter((part) => part !== null)),
  );
const CONSTANTS = ['True', 'False', 'None', '0', '-12'];
const leaf: fc.Arbitrary<Check> = fc.oneof(
  fc.constantFrom<Check>({ kind: 'always' }, { kind: 'never' }),
  word.map((one): Check => ({ kind: 'rule', name: one })),
  template.map((role): Check => ({ kind: 'role', role })),
  fc
    .tuple(fc.oneof(fc.constantFrom(...CONSTANTS), name), template)
    .map(([one, match]): Check => ({ kind: 'literal', text: one, match })),
  fc
    .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), template)
    .filter(([path]) => path.length > 1 || !isReserved(String(path[0])))
    .map(([path, match]): Check => ({ kind: 'attribute', path, match })),
);
const isReserved = (one: string): boolean =>
  ['rule', 'role', 'http', 'https', 'True', 'False', 'None'].includes(one);

const { tree } = fc.letrec<{ tree: Check }>((tie) => {
  const chain = (kind: 'and' | 'or'): fc.Arbitrary<Check> =>
    fc
      .array(
        tie('tree').filter((one) => one.kind !== kind),
        { minLength: 2, maxLength: 3 },
      )
      .map((checks): Check => ({ kind, checks }));
  return {
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      tie('tree').map((check): Check => ({ kind: 'not', check })),
      chain('and'),
      chain('or'),
    ),
  };
});

test('what is printed reads back as the same rule', () => {
  fc.assert(
    fc.property(tree, (check) => assert.deepEqual(parseCheck(printCheck(check)), check)),
    { numRuns: 3_000 },
  );
});

test('no text makes the parser do anything but read or refuse it', () => {
  const likely = fc
    .array(
      fc.oneof(
        fc.constantFrom('and', 'or', 'not', '(', ')', '((', '))', '@', '!', '%', ':', "'", '"'),
        word,
        fc.constantFrom('role:a', 'rule:b', 'a.b:%(c)s', '(role:a', 'role:b)'),
      ),
      { maxLength: 12 },
    )
    .map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), likely), (anything) => {
      try {
        const check = parseCheck(anything);
        assert.deepEqual(parseCheck(printCheck(check)), check);
      } catch (error) {
        assert.ok(error instanceof PolicySyntaxError, String(error));
      }
    }),
    { numRuns: 5_000 },
  );
});

test('no text of a file makes the program fall', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.dictionary(fc.constantFrom('a', 'b', 'default'), word).map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(texts, (anything) => {
      try {
        PolicyRules.load([], { path: 'p.yaml', text: anything });
      } catch (error) {
        assert.ok(error instanceof OperationalError, String(error));
        assert.match(error.message, /^p\.yaml: /);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('not turns every answer around, and and and or keep to the laws of logic', () => {
  const caller = fc.record({
    roles: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    project_id: fc.constantFrom('p', 'q'),
  });
  const known = fc.constantFrom('role:a', 'role:b', 'project_id:%(project_id)s', '@', '!');
  fc.assert(
    fc.property(known, known, caller, (one, other, facts) => {
      const says = (rule: string): boolean =>
        passes(parseCheck(rule), { caller: facts, target: { project_id: 'p' } }, new Map());
      assert.equal(says(`not ${one}`), !says(one));
      assert.equal(says(`${one} and ${other}`), says(one) && says(other));
      assert.equal(says(`${one} or ${other}`), says(one) || says(other));
      assert.equal(says(`not (${one} and ${other})`), says(`not ${one} or not ${other}`));
    }),
  );
});

test('a rule of hundreds of brackets is refused and does not exhaust the stack', () => {
  for (const deep of [`${'('.repeat(4_000)}@`, `${'not '.repeat(2_000)}@`]) {
    assert.throws(() => parseCheck(deep), PolicySyntaxError);
  }
});
