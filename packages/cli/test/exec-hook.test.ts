/** Hooks that are programs, as real processes. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '@medevac/kernel';
import { CALL, going, hookOf, PAYLOAD } from './hook-for-test.ts';

/** Fails after a time that is ample for any machine. */
async function until(done: () => boolean): Promise<void> {
  for (let look = 0; look < 1_200; look++) {
    if (done()) return;
    await systemClock.sleep(25);
  }
  assert.fail(`not within 30 s: ${done.toString()}`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const script = (source: string, env: Readonly<Record<string, string>> = {}) =>
  hookOf({ exec: [process.execPath, '-e', source] }, env);

describe('a hook that is a program', () => {
  it('is given the payload as JSON and as variables, and none of our own secrets', async () => {
    const hook = script(
      `const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
       console.log(JSON.stringify({ input, env: process.env }));`,
      { PATH: '/bin', OS_PASSWORD: 'hunter2', MEDEVAC_DATABASE: 'mysql://a:b@c/d' },
    );
    const outcome = await hook.run(CALL, going());
    assert.equal(outcome.kind, 'done');
    const { input, env } = JSON.parse(outcome.output) as Record<string, unknown>;
    assert.deepEqual(input, PAYLOAD);
    assert.deepEqual(env, {
      PATH: '/bin',
      MEDEVAC_HOOK_NAME: 'hook',
      MEDEVAC_HOOK_KEY: PAYLOAD.key,
      MEDEVAC_HOOK_POINT: 'before_instance',
      MEDEVAC_HOOK_ATTEMPT: '3',
      MEDEVAC_HOOK_INCIDENT_ID: 'incident-1',
      MEDEVAC_HOOK_HOST_NAME: 'compute-1',
      MEDEVAC_HOOK_HOST_UUID: 'host-uuid',
      MEDEVAC_HOOK_SEGMENT_UUID: 'segment-uuid',
      MEDEVAC_HOOK_ROUND: '2',
      MEDEVAC_HOOK_INSTANCE_UUID: 'instance-uuid',
      MEDEVAC_HOOK_INSTANCE_NAME: 'it\'s "mine" $(id)',
    });
  });

  it('tells the result behind a point as variables too', async () => {
    const hook = script(`console.log(process.env.MEDEVAC_HOOK_RESULT_OUTCOME,
      process.env.MEDEVAC_HOOK_RESULT_REASON)`);
    const result = { outcome: 'recovered', destination: 'compute-2', reason: null };
    const outcome = await hook.run({ ...CALL, result }, going());
    assert.equal(outcome.output, 'recovered undefined\n');
  });

  it('is called with an instance of any name', async () => {
    const name = 'a\0b\n--help ; rm -rf /';
    const hook = script('console.log(process.env.MEDEVAC_HOOK_INSTANCE_NAME)');
    const instance = { ...PAYLOAD.instance, uuid: CALL.instance?.uuid, name };
    const outcome = await hook.run({ ...CALL, instance } as typeof CALL, going());
    assert.deepEqual(outcome, { kind: 'done', output: 'ab\n--help ; rm -rf /\n' });
  });

  for (const [title, source, reason, output] of [
    ['exits with another code', `console.error('no room'); process.exit(3)`, /^exit code 3$/, /no/],
    ['crashes', `process.kill(process.pid, 'SIGSEGV')`, /died of SIGSEGV/, /^$/],
    ['throws', `throw new Error('broken')`, /^exit code 1$/, /broken/],
  ] as const) {
    it(`has failed when it ${title}`, async () => {
      const outcome = await script(source).run(CALL, going());
      assert.ok(outcome.kind === 'failed');
      assert.match(outcome.reason, reason);
      assert.match(outcome.output, output);
    });
  }

  it('has failed when it cannot be started', async () => {
    const outcome = await hookOf({ exec: ['/nowhere/at-all'] }).run(CALL, going());
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.reason, /cannot be started: .*ENOENT/);
  });

  it('is killed with everything that it has begun when it is to give up', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'medevac-exec-')), 'pid');
    const hook = script(`
      const { spawn } = require('node:child_process');
      const { renameSync, writeFileSync } = require('node:fs');
      const args = ['-e', 'setInterval(() => {}, 1000)'];
      const child = spawn(process.execPath, args, { stdio: 'inherit' });
      writeFileSync('${file}.new', String(child.pid));
      renameSync('${file}.new', '${file}');
      setInterval(() => {}, 1000);`);
    const stop = new AbortController();
    const running = hook.run(CALL, stop.signal);
    await until(() => existsSync(file));
    stop.abort(new Error('the deadline'));
    const outcome = await running;
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.reason, /killed/);
    const pid = Number(readFileSync(file, 'utf8'));
    await until(() => !isAlive(pid));
  });

  it('may say much, of which a bounded part is kept', async () => {
    const hook = script(`process.stdout.write('x'.repeat(1e6), () => console.error('the end'))`);
    const outcome = await hook.run(CALL, going());
    assert.equal(outcome.kind, 'done');
    assert.ok(outcome.output.length < 10_000 && outcome.output.endsWith('the end\n'));
  });
});
