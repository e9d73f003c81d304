/** Programs that hang, crash, flood, and leave others behind, as real processes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../clock.ts';
import { type CommandLimits, type CommandOutcome, runCommand } from './run-command.ts';

const NODE = process.execPath;
/** Longer than any machine needs for a small program. */
const AMPLE_MS = 30_000;

const run = (
  script: string,
  limits: Partial<CommandLimits> = {},
  more: { readonly env?: Record<string, string>; readonly stdin?: string } = {},
): Promise<CommandOutcome> =>
  runCommand(
    { argv: [NODE, '-e', script], env: {}, ...more },
    { clock: systemClock, deadlineMs: AMPLE_MS, outputBytes: 4_096, ...limits },
  );

/** Until no process of that id is left: a killed one may show for a moment. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let look = 0; look < 200; look++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await systemClock.sleep(25);
  }
  return false;
}

const pidIn = (outcome: CommandOutcome): number => {
  assert.ok('stdout' in outcome);
  const pid = Number(outcome.stdout.trim().split('\n')[0]);
  assert.ok(pid > 1, `a pid, not ${outcome.stdout}`);
  return pid;
};

describe('run command', () => {
  it('hands over arguments, input and environment as they are, and nothing else', async () => {
    const script = `
      const input = require('node:fs').readFileSync(0, 'utf8');
      console.log(JSON.stringify([input, Object.keys(process.env), process.env.NAME]));
      console.error(process.cwd())`;
    const outcome = await run(script, {}, { env: { NAME: '$(id) "x"' }, stdin: '{"a": 1}\n' });
    assert.ok(outcome.kind === 'exited');
    assert.equal(outcome.code, 0);
    assert.deepEqual(JSON.parse(outcome.stdout), ['{"a": 1}\n', ['NAME'], '$(id) "x"']);
    assert.equal(outcome.stderr, '/\n');
  });

  it('tells the code of a program that fails', async () => {
    const outcome = await run(`console.error('no way'); process.exit(7)`);
    assert.deepEqual(outcome, {
      ...{ kind: 'exited', code: 7, stdout: '', stderr: 'no way\n', isCut: false },
    });
  });

  it('tells the signal of a program that crashes', async () => {
    const outcome = await run(`process.kill(process.pid, 'SIGSEGV')`);
    assert.ok(outcome.kind === 'crashed', outcome.kind);
    assert.equal(outcome.by, 'SIGSEGV');
  });

  it('says why a program cannot be started', async () => {
    const limits = { clock: systemClock, deadlineMs: AMPLE_MS, outputBytes: 100 };
    const missing = await runCommand({ argv: ['/nowhere/at-all'], env: {} }, limits);
    assert.ok(missing.kind === 'unstartable');
    assert.match(missing.reason, /ENOENT/);
    const notExecutable = await runCommand({ argv: [import.meta.filename], env: {} }, limits);
    assert.ok(notExecutable.kind === 'unstartable');
    assert.match(notExecutable.reason, /EACCES/);
    const zero = await runCommand({ argv: ['/bin/\0'], env: {} }, limits);
    assert.equal(zero.kind, 'unstartable');
  });

  it('kills the whole group of a program that hangs, at its deadline', async () => {
    const script = `
      const child = require('node:child_process')
        .spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      process.on('SIGTERM', () => {});
      console.log(child.pid);
      setInterval(() => {}, 1000)`;
    const outcome = await run(script, { deadlineMs: 1_500 });
    assert.ok(outcome.kind === 'killed', outcome.kind);
    assert.equal(outcome.why, 'deadline');
    assert.ok(await hasEnded(pidIn(outcome)), 'the grandchild is gone too');
  });

  it('does not wait for what a program leaves behind, and ends it', async () => {
    const script = `
      const child = require('node:child_process')
        .spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      console.log(child.pid);
      child.unref();
      process.exitCode = 0;`;
    const outcome = await run(script);
    assert.ok(outcome.kind === 'exited', outcome.kind);
    assert.ok(await hasEnded(pidIn(outcome)), 'nothing is left behind');
  });

  it('keeps a bounded part of a huge output, and ends one that never ends', async () => {
    const huge = await run(`process.stdout.write('a'.repeat(3e6), () => console.log('the end'))`, {
      outputBytes: 1_000,
    });
    assert.ok(huge.kind === 'exited', huge.kind);
    assert.ok(huge.stdout.length < 1_100 && huge.stdout.endsWith('the end\n'));
    assert.equal(huge.isCut, true);
    const flood = await run(`
      const write = () => process.stdout.write(Buffer.alloc(1e6), write);
      write()`);
    assert.ok(flood.kind === 'killed', flood.kind);
    assert.equal(flood.why, 'flood');
  });

  it('is called off by its signal, before it begins or while it runs', async () => {
    const stop = new AbortController();
    const running = run('setInterval(() => {}, 1000)', { signal: stop.signal });
    stop.abort(new Error('enough'));
    const outcome = await running;
    assert.ok(outcome.kind === 'killed');
    assert.equal(outcome.why, 'aborted');
    const never = await run('process.exit(0)', { signal: stop.signal });
    assert.equal(never.kind, 'unstartable');
  });

  it('does not mind a program that does not read its input', async () => {
    const outcome = await run('process.exit(0)', {}, { stdin: 'x'.repeat(1_000_000) });
    assert.ok(outcome.kind === 'exited');
    assert.equal(outcome.code, 0);
  });
});
