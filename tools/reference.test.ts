/** The pages under docs/reference say what the program's own tables say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { referencePages } from './reference.ts';

for (const { path, text } of referencePages()) {
  test(`${path} is as tools/reference.ts makes it`, () => {
    const file = join(import.meta.dirname, '..', path);
    assert.equal(readFileSync(file, 'utf8'), text, 'run node tools/reference.ts');
  });
}
