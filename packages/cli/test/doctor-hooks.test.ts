/** What `medevac doctor` says of hooks, without running any. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkHooks } from '../src/doctor/check-hooks.ts';
import { checkSettings } from '../src/doctor/check-settings.ts';
import { troubleWithHook } from '../src/hooks/open-hooks.ts';
import { hookList } from '../src/settings/hook-settings.ts';
import { CALL, fakeAround, fakeFacts } from './doctor-fakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'medevac-hooks-'));
const program = (name: string, mode: number): string => {
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\ntouch was-run\n');
  chmodSync(path, mode);
  return path;
};
const hooks = (...given: readonly Readonly<Record<string, unknown>>[]) =>
  hookList(
    JSON.stringify(
      given.map((one, index) => ({ name: `h${index}`, points: 'after_fence', ...one })),
    ),
  );
const ask = (given: ReturnType<typeof hooks>) => {
  const around = fakeAround({ troubleWithHook: (hook) => troubleWithHook(hook, { TOKEN: 'x' }) });
  return checkHooks.run(fakeFacts({ hooks: given }), { around, call: CALL });
};

test('no hook is no fault, and hooks that could run are counted', async () => {
  assert.deepEqual(await ask([]), { level: 'ok', found: 'none' });
  const good = hooks(
    { exec: program('good', 0o755) },
    { webhook: 'https://x', secret: 'env:TOKEN' },
  );
  const answer = await ask(good);
  assert.deepEqual([answer.level, answer.found], ['ok', '2 hooks, nothing is in their way here']);
});

test('a program that is missing, no file or not executable is told with its hook', async () => {
  const answer = await ask(
    hooks(
      { exec: join(folder, 'missing') },
      { exec: folder },
      { exec: program('plain', 0o644) },
      { webhook: 'https://x', secret: 'env:NOT_THERE' },
    ),
  );
  assert.equal(answer.level, 'warning');
  const [missing, noFile, plain, secret] = answer.items ?? [];
  assert.match(missing ?? '', /^hook h0: ENOENT/);
  assert.match(noFile ?? '', /^hook h1: .* is no file$/);
  assert.match(plain ?? '', /^hook h2: .*plain is not executable for us$/);
  assert.match(secret ?? '', /^hook h3: env:NOT_THERE is not set$/);
});

test('it is a problem when recoveries would wait for the hook', async () => {
  const answer = await ask(hooks({ exec: join(folder, 'missing'), 'on-failure': 'hold' }));
  assert.equal(answer.level, 'problem');
  assert.match(answer.advice ?? '', /recoveries wait for a hook that holds/);
});

test('settings hand on the hooks, and what is wrong in them is told', async () => {
  const given = hooks({ exec: '/bin/true' });
  const read = await checkSettings.run(
    {},
    { around: fakeAround({ values: { hooks: given } }), call: CALL },
  );
  assert.equal(read.facts?.hooks, given);
});
