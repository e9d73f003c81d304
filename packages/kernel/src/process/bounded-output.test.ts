/** What is kept of a long output. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BoundedOutput } from './bounded-output.ts';

const said = (mostBytes: number, chunks: readonly string[]): BoundedOutput => {
  const output = new BoundedOutput(mostBytes);
  for (const chunk of chunks) output.add(Buffer.from(chunk));
  return output;
};

describe('bounded output', () => {
  it('keeps what fits as it is', () => {
    const output = said(10, ['one', ' ', 'two']);
    assert.equal(output.text(), 'one two');
    assert.equal(output.isCut, false);
  });

  it('keeps the beginning and the end and counts what is between', () => {
    const output = said(8, ['abcdef', 'ghijkl', 'mn']);
    assert.equal(output.text(), 'abcd\n[6 bytes left out]\nklmn');
    assert.equal(output.isCut, true);
  });

  it('never keeps more than its bound, however the output is cut into chunks', () => {
    const chunks = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(chunks, fc.integer({ min: 2, max: 40 }), (parts, most) => {
        const whole = parts.join('');
        const output = said(most, parts);
        const part = Math.floor(most / 2);
        const left = whole.length - 2 * part;
        const expected =
          left <= 0
            ? whole
            : `${whole.slice(0, part)}\n[${left} bytes left out]\n${whole.slice(-part)}`;
        return output.text() === expected && output.isCut === left > 0;
      }),
    );
  });
});
