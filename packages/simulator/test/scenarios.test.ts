/**
 * Every scenario folder tells its story with exactly the log that stands beside it. A folder
 * without a log gets one, except where nobody would read it.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  compareWithGolden,
  lineDifference,
  loadScenario,
  rewriteCommand,
  runScenario,
  SCENARIOS_FOLDER,
  scenarioNames,
} from '../src/index.ts';

const NAMES = scenarioNames();
const isContinuousIntegration = process.env['CI'] === 'true';

describe('scenarios', () => {
  it('are at least twenty-five, each with its story', () => {
    assert.ok(NAMES.length >= 25, `${NAMES.length} scenarios`);
    for (const name of NAMES) {
      const readme = join(SCENARIOS_FOLDER, name, 'README.md');
      assert.ok(existsSync(readme), `${name} has a README.md`);
      assert.match(readFileSync(readme, 'utf8'), /^# .+\n\n[^]+What the log must show:/, name);
    }
  });

  for (const name of NAMES) {
    it(`${name} gives its golden log twice and keeps every invariant`, async () => {
      const scenario = loadScenario(name);
      const [run, again] = [await runScenario(scenario), await runScenario(scenario)];
      assert.deepEqual(again.log, run.log, 'the same folder gives the same log');
      assert.deepEqual(run.violations, []);
      const options = { rewrites: false, writesNew: !isContinuousIntegration };
      const outcome = compareWithGolden(run, options);
      const difference = outcome.kind === 'different' ? outcome.difference : '';
      const advice = `if the new log is right: ${rewriteCommand(name)}`;
      assert.equal(difference, '', `the log has changed:\n${difference}\n${advice}`);
    });
  }
});

describe('a folder', () => {
  it('without a log gets one where logs may be written, and is refused elsewhere', async () => {
    await inCopy(async (folder) => {
      rmSync(join(folder, 'log.expect'));
      const run = await runScenario(loadScenario(folder));
      const refuse = (): unknown => compareWithGolden(run, { rewrites: false, writesNew: false });
      assert.throws(refuse, { code: 'scenario.not_written' });
      assert.equal(compareWithGolden(run, { rewrites: false, writesNew: true }).kind, 'written');
      assert.equal(compareWithGolden(run, { rewrites: false, writesNew: false }).kind, 'same');
    });
  });

  it('with another log is told apart line by line, and keeps its log until it is rewritten', async () => {
    await inCopy(async (folder) => {
      const file = join(folder, 'log.expect');
      const golden = readFileSync(file, 'utf8');
      writeFileSync(file, golden.replace('has crashed', 'has vanished'));
      const run = await runScenario(loadScenario(folder));
      const outcome = compareWithGolden(run, { rewrites: false, writesNew: true });
      assert.ok(outcome.kind === 'different');
      assert.match(outcome.difference, /^- .*has vanished\n\+ .*has crashed$/m);
      assert.notEqual(readFileSync(file, 'utf8'), golden);
      assert.equal(compareWithGolden(run, { rewrites: true, writesNew: false }).kind, 'written');
      assert.equal(readFileSync(file, 'utf8'), golden);
    });
  });

  for (const { file, text, says } of [
    {
      file: 'world.json',
      text: '{"hosts":3}',
      says: /world\.json: runForMs is missing; allowed: a whole number/,
    },
    {
      file: 'world.json',
      text: '{"hosts":3,"runForMs":1,"host":1}',
      says: /host is 1; allowed: no such field/,
    },
    {
      file: 'world.json',
      text: '{"hosts":0,"runForMs":1}',
      says: /hosts is 0; allowed: a whole number from 1/,
    },
    {
      file: 'events.json',
      text: '[{"atMs":1,"event":"explode"}]',
      says: /events\.json: events\[0\]\.event is "explode"; allowed: one of crash, /,
    },
    {
      file: 'events.json',
      text: '[{"atMs":1,"event":"partition","host":"compute-1","network":"lan"}]',
      says: /events\[0\]\.network is "lan"; allowed: one of management, storage, tenant/,
    },
    {
      file: 'events.json',
      text: '[{"atMs":1,"event":"crash","host":"compute-9"}]',
      says: /events\[0\]\.host is "compute-9"; allowed: compute-1, compute-2, compute-3/,
    },
    {
      file: 'events.json',
      text: '[{"atMs":1.5,"event":"crash","host":"compute-1"}]',
      says: /events\[0\]\.atMs is 1\.5; allowed: a whole number from 0/,
    },
    { file: 'events.json', text: '[', says: /events\.json/ },
  ] as const) {
    it(`is refused with file, place and what is allowed: ${text}`, async () => {
      await inCopy((folder) => {
        writeFileSync(join(folder, file), text);
        assert.throws(() => loadScenario(folder), says);
      });
    });
  }
});

it('a line difference shows what went and what came, with two lines around', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const after = ['a', 'B', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  const shown = ['  a', '- b', '+ B', '  c', '  d', '  ...', '  h', '  i', '+ j'];
  assert.equal(lineDifference(before, after), shown.join('\n'));
  assert.equal(lineDifference(before, before), '');
});

async function inCopy(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'medevac-scenario-'));
  try {
    cpSync(join(SCENARIOS_FOLDER, 'plain-recovery'), folder, { recursive: true });
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
