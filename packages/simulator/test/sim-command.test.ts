/** Seeded runs as they are typed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'medevac.js');

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runFuzz(...words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const all = [PROGRAM, 'sim', 'fuzz', ...words];
    const options = { env: {}, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, all, options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('runs the seeds that it is asked for and tells the figures', async () => {
  const ran = await runFuzz('--seeds', '3', '--from', '1');
  assert.deepEqual([ran.exitCode, ran.stderr], [0, ''], ran.stdout);
  assert.match(ran.stdout, /^3 seeds from 1 in [\d.]+ s/);
  assert.match(ran.stdout, /\n0 seeds with violations\n$/);
});

test('prints the same log for the same seed, line for line', async () => {
  const logOf = async (): Promise<readonly string[]> => {
    const { stdout } = await runFuzz('--seeds', '1', '--from', '5', '--log');
    const lines = stdout.split('\n');
    return lines.slice(
      0,
      lines.findIndex((line) => /^1 seeds? from 5/.test(line)),
    );
  };
  const [first, second] = await Promise.all([logOf(), logOf()]);
  assert.equal(first[0], 'seed 5');
  assert.ok(first.length > 10);
  assert.deepEqual(second, first);
});

test('refuses numbers that name no seeds', async () => {
  const refused = await Promise.all([
    runFuzz('--seeds', '0'),
    runFuzz('--seeds', 'many'),
    runFuzz('--from', '4294967296'),
  ]);
  for (const ran of refused) {
    assert.deepEqual([ran.exitCode, ran.stdout], [1, '']);
    assert.match(ran.stderr, /must be a whole number from .*\[cli\.setting_invalid\]\n$/);
  }
});
