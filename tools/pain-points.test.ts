/** The page of pain points has a row for each number, and names only tests that exist. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/pain-points.md'), 'utf8');
const ROWS = PAGE.split('\n').filter((line) => /^\| [CD]\d/.test(line));
/** A cited file or folder, or a cited title, in which `…` stands for what a loop fills in. */
const CITED = /`([\w./-]+\/[\w./-]+)`|"([^"]+)"/g;

const numbers = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
const placeOf = (path: string): string =>
  join(ROOT, path.startsWith('testbed/') ? path : `packages/${path}`);

it('each number has one row, in order', () => {
  assert.deepEqual(
    ROWS.map((row) => row.split('|')[1]?.trim()),
    [...numbers('C', 6), ...numbers('D', 27)],
  );
});

for (const row of ROWS) {
  it(`what proves ${row.slice(2, 5).trim()} exists under the title that is named`, () => {
    let source = '';
    let titles = 0;
    for (const [, path, title] of row.matchAll(CITED)) {
      if (path !== undefined) {
        assert.ok(existsSync(placeOf(path)), `there is no ${path}`);
        source = path.endsWith('.ts') ? readFileSync(placeOf(path), 'utf8') : '';
      }
      if (title === undefined) continue;
      titles += 1;
      const parts = title.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      assert.match(source, new RegExp(parts.join('\\$\\{.+\\}')), `nothing is called ${title}`);
    }
    assert.ok(titles > 0, 'no title is named');
  });
}
