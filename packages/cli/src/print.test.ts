/** Tables, JSON and error lines of the command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { errorLine, printObject, printRows } from './print.ts';

function collect() {
  let text = '';
  return { json: false, write: (more: string) => void (text += more), read: () => text };
}

test('aligns the columns of a table and shows what is absent as a dash', () => {
  const output = collect();
  printRows(
    [
      { a: 'x', b: null },
      { a: 'long', b: 1 },
    ],
    ['a', 'b'],
    output,
  );
  assert.equal(output.read(), 'a     b\nx     -\nlong  1\n');
});

test('prints every field as JSON, not the columns alone', () => {
  const output = { ...collect(), json: true };
  let text = '';
  printRows([{ a: 1, hidden: 2 }], ['a'], { ...output, write: (more) => void (text += more) });
  assert.deepEqual(JSON.parse(text), [{ a: 1, hidden: 2 }]);
});

test('prints an object as one line a field', () => {
  const output = collect();
  printObject({ name: 'rack', payload: { a: 1 } }, output);
  assert.equal(output.read(), 'name     rack\npayload  {"a":1}\n');
});

test('tells an operational error in one line with its advice and code', () => {
  const kind = { code: 'x.y', retry: 'never', advice: 'Do it.' } as const;
  const line = errorLine(new OperationalError(kind, 'it\n  broke'));
  assert.equal(line, 'medevac: it broke. Do it. [x.y]\n');
});

test('tells any other error in one line without its stack', () => {
  assert.equal(errorLine(new Error('oops')), 'medevac: oops\n');
});
