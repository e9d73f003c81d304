/**
 * A process that carries a run on a real SQLite file is killed at every statement, and before and
 * after every outside call; a new process continues. Every effect happens once, and none is lost.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '@medevac/kernel';
import { openSqlite } from '@medevac/store';
import type { RunRecord, StepRecord } from '../src/index.ts';

const CHILD = join(import.meta.dirname, 'crash-child.ts');
const EFFECTS = ['a', 'b', 'begin', 'c'];
const PATHS = [
  'children/a/effect',
  'children/a/plain',
  'children/b/effect',
  'children/b/plain',
  'children/c/effect',
  'children/c/plain',
  'effect',
  'flaky',
  'plain',
];
/** Compiled code of the child: it starts in half the time. */
const CODE = mkdtempSync(join(tmpdir(), 'medevac-crash-code-'));
/** A database whose tables are there: their migrations are the store's to prove. */
const MIGRATED = mkdtempSync(join(tmpdir(), 'medevac-crash-migrated-'));
/** Processes at once; the budget is a minute on two cores. */
const AT_ONCE = 2;

interface Life {
  readonly isKilled: boolean;
  readonly output: string;
}

interface Ending {
  readonly statements: number;
  readonly calls: number;
  readonly run: RunRecord;
  readonly steps: readonly StepRecord[];
}

function live(directory: string, ...point: readonly string[]): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, directory, ...point], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: CODE },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => {
      output += String(text);
    });
    child.stderr.on('data', (text) => {
      errors += String(text);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ isKilled: false, output });
      else if (signal === 'SIGKILL') resolve({ isKilled: true, output });
      else reject(new Error(`${point.join(' ')}: exit ${code} ${signal}: ${errors}`));
    });
  });
}

/** Lives, dies at the point and is resumed; answers whether it died, and its ending. */
async function crashAndResume(
  ...point: readonly string[]
): Promise<{ readonly isKilled: boolean; readonly ending: Ending }> {
  const directory = mkdtempSync(join(tmpdir(), 'medevac-crash-'));
  cpSync(MIGRATED, directory, { recursive: true });
  try {
    const first = await live(directory, ...point);
    const last = first.isKilled ? await live(directory, 'none') : first;
    const ending = JSON.parse(last.output) as Ending;
    assertConsistent(directory, ending);
    return { isKilled: first.isKilled, ending };
  } catch (error) {
    throw new Error(`killed at ${point.join(' ')}`, { cause: error });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function assertConsistent(directory: string, { run, steps }: Ending): void {
  assert.equal(run.state, 'succeeded');
  assert.deepEqual(run.result, [1, 2]);
  const world = readFileSync(join(directory, 'world'), 'utf8').trim().split('\n');
  assert.deepEqual(world.toSorted(), EFFECTS, 'every effect once, none lost');
  assert.deepEqual(steps.map((step) => step.path).toSorted(), PATHS);
  for (const step of steps) {
    assert.equal(step.state, 'done', step.path);
    assert.equal(step.attempt, step.path === 'flaky' ? 2 : 1, step.path);
  }
}

/** Tries point 1, 2, 3 and so on, until one is beyond the end; answers their number. */
async function killAtEach(kind: string): Promise<number> {
  let next = 1;
  let survived = Number.POSITIVE_INFINITY;
  let covered = 0;
  const worker = async (): Promise<void> => {
    while (next < survived) {
      const point = next++;
      const { isKilled } = await crashAndResume(kind, String(point));
      if (isKilled) covered++;
      else survived = Math.min(survived, point);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return covered;
}

describe('a process that is killed', () => {
  before(async () => {
    const opened = await openSqlite({ directory: MIGRATED, clock: systemClock });
    await opened.close();
  });
  after(() => {
    for (const folder of [CODE, MIGRATED]) rmSync(folder, { recursive: true });
  });

  it('at any statement or outside call is continued: nothing twice, nothing lost', async (context) => {
    const whole = await crashAndResume('none');
    const calls = (await killAtEach('before')) + (await killAtEach('after'));
    const statements = await killAtEach('statement');
    assert.equal(calls, 2 * EFFECTS.length);
    assert.ok(statements >= whole.ending.statements * 0.8, `${statements} statements`);
    context.diagnostic(`crash points: ${statements} statements, ${calls} outside calls`);
  });
});
