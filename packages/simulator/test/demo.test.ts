/** The demo as it is typed: it must end well, say so, and leave nothing behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'medevac.js');
const directory = mkdtempSync(join(tmpdir(), 'medevac-demo-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `onLine` may send a signal at the right moment. */
function runDemo(
  words: readonly string[],
  onText: (text: string, interrupt: () => void) => void = () => {},
): Promise<Ran> {
  const demo = spawn(process.execPath, [PROGRAM, 'demo', ...words], {
    // An account in the environment must not be used.
    env: { TMPDIR: directory, OS_AUTH_URL: 'http://127.0.0.1:9/v3', MEDEVAC_FENCING: 'required' },
  });
  let [stdout, stderr] = ['', ''];
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onText(stdout, () => void demo.kill('SIGINT'));
  });
  demo.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    demo.once('error', reject);
    demo.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

test('recovers every protected instance of a host and tells each step in its order', async () => {
  const ran = await runDemo(['--hosts', '3', '--instances', '4', '--seed', '3']);
  assert.equal(ran.exitCode, 0, ran.stdout + ran.stderr);
  const told = [...ran.stdout.matchAll(/^ +[\d.]+ s {2}(\S+) /gm)].map((match) => match[1]);
  const steps = told.filter((step, index) => told.indexOf(step) === index);
  const wanted = ['kill', 'report', 'verdict', 'confirmation', 'force-down', 'back', 'end'];
  assert.deepEqual(
    steps.filter((step) => wanted.includes(String(step))),
    wanted,
  );
  assert.match(ran.stdout, /disabled, forced down/);
  assert.match(ran.stdout, /protected instances? of compute-\d runs? elsewhere/);
  assert.doesNotMatch(ran.stdout, /WRONG/);
  assert.equal(ran.stderr, '');
  assert.deepEqual(readdirSync(directory), []);
});

test('can be given up in the middle, and still leaves nothing behind', async () => {
  const ran = await runDemo(['--hosts', '2', '--instances', '2'], (text, interrupt) => {
    if (text.includes('report  ')) interrupt();
  });
  assert.equal(ran.exitCode, 1);
  assert.match(ran.stderr, /^medevac: the demo was interrupted\. .*\[cli\.interrupted\]\n$/);
  assert.deepEqual(readdirSync(directory), []);
});

test('refuses sizes that make no demo, and names the option', async () => {
  const refused = [
    [['--hosts', '1'], /--hosts is "1", but it must be a whole number from 2 to 50/],
    [['--instances', '0'], /--instances is "0"/],
    [['--seed', '-1'], /--seed is "-1"/],
    [['--seed', 'x'], /--seed is "x"/],
    [['--method', 'by_hand'], /--method is "by_hand", but this release carries out: auto/],
  ] as const;
  await Promise.all(
    refused.map(async ([words, message]) => {
      const ran = await runDemo(words);
      assert.equal(ran.exitCode, 1);
      assert.match(ran.stderr, message);
      assert.equal(ran.stdout, '');
    }),
  );
});
