/** `medevac sim run` as it is typed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SCENARIOS_FOLDER } from '../src/index.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'medevac.js');

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runScenarioCommand(...words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const all = [PROGRAM, 'sim', 'run', ...words];
    execFile(process.execPath, all, { env: {} }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('prints the log of a shipped scenario and that it is as expected', async () => {
  const ran = await runScenarioCommand('plain-recovery');
  const golden = readFileSync(join(SCENARIOS_FOLDER, 'plain-recovery', 'log.expect'), 'utf8');
  assert.deepEqual([ran.exitCode, ran.stderr], [0, '']);
  assert.equal(ran.stdout, `${golden}\nthe log is as expected\n`);
});

test('shows the difference of a folder, fails, and keeps the new log when it is told to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medevac-sim-run-'));
  try {
    cpSync(join(SCENARIOS_FOLDER, 'plain-recovery'), folder, { recursive: true });
    writeFileSync(
      join(folder, 'events.json'),
      '[{"atMs":20000,"event":"hang","host":"compute-1"}]',
    );
    const differs = await runScenarioCommand(folder);
    assert.deepEqual([differs.exitCode, differs.stderr], [1, '']);
    assert.match(differs.stdout, /^- .*compute-1 has crashed$/m);
    assert.match(differs.stdout, /^\+ .*compute-1 is hung$/m);
    assert.ok(differs.stdout.endsWith(`npx medevac sim run ${folder} --write\n`), differs.stdout);
    const written = await runScenarioCommand(folder, '--write');
    assert.equal(written.exitCode, 0);
    const same = await runScenarioCommand(folder);
    assert.deepEqual([same.exitCode, same.stdout.includes('as expected')], [0, true]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('names the file of a scenario that is not there, in one line', async () => {
  const ran = await runScenarioCommand('no-such-story');
  assert.deepEqual([ran.exitCode, ran.stdout], [1, '']);
  assert.match(ran.stderr, /no-such-story.*world\.json.*\[scenario\.unreadable\]\n$/);
});
