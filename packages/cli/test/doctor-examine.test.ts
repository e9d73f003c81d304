/** Running the checks: what a failure does to the ones after it, deadlines, and the output. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import type { Check } from '../src/doctor/check.ts';
import { CHECKS } from '../src/doctor/checks.ts';
import { examine, type Line } from '../src/doctor/examine.ts';
import { exitCodeOf, lineText, summaryText } from '../src/doctor/print-lines.ts';
import type { Surroundings } from '../src/doctor/surroundings.ts';
import { cloudError, fakeAround, fakeCloud, service, stateView, throwing } from './doctor-fakes.ts';

async function levels(around: Surroundings): Promise<Readonly<Record<string, string>>> {
  const lines = await examine(CHECKS, around, () => {});
  return Object.fromEntries(lines.map(({ name, level }) => [name, level]));
}

async function lineOf(around: Surroundings, name: string): Promise<Line> {
  const line = (await examine(CHECKS, around, () => {})).find((one) => one.name === name);
  assert.ok(line);
  return line;
}

test('every need of a check is provided by one before it, and names are unique', () => {
  const provided = new Set<string>();
  for (const check of CHECKS) {
    for (const need of check.needs) assert.ok(provided.has(need), `${check.name} needs ${need}`);
    for (const fact of check.provides) provided.add(fact);
  }
  assert.equal(new Set(CHECKS.map(({ name }) => name)).size, CHECKS.length);
});

test('finds nothing wrong where nothing is wrong', async () => {
  const lines = await examine(CHECKS, fakeAround(), () => {});
  const others = lines.filter(({ level }) => level !== 'ok').map(({ name }) => name);
  assert.deepEqual(others, ['guest-start']);
  assert.equal(exitCodeOf(lines), 0);
});

test('a Keystone that is not there skips what needs it, and nothing else', async () => {
  const greetKeystone = throwing(cloudError('unreachable', 'cannot connect to keystone'));
  const around = fakeAround({ cloud: fakeCloud({ greetKeystone }) });
  const found = await levels(around);
  assert.equal(found['keystone'], 'problem');
  for (const name of ['settings', 'state-directory', 'clouds.yaml']) {
    assert.equal(found[name], 'ok', name);
  }
  for (const name of ['credentials', 'compute-endpoint', 'rights', 'stuck-instances', 'clock']) {
    assert.equal(found[name], 'skipped', name);
  }
  const last = await lineOf(around, 'stuck-instances');
  assert.equal(last.found, 'because of the problem with keystone');
});

test('an unreachable Nova does not keep Placement from being looked at', async () => {
  const cloud = fakeCloud();
  const versions: typeof cloud.versions = async (type, call) => {
    if (type === 'compute') throw cloudError('timeout', 'no answer');
    return cloud.versions(type, call);
  };
  const found = await levels(fakeAround({ cloud: fakeCloud({ versions }) }));
  assert.equal(found['compute-endpoint'], 'problem');
  assert.equal(found['compute-services'], 'skipped');
  assert.equal(found['placement-microversions'], 'ok');
});

test('a missing declaration is a problem and stops no other check', async () => {
  const faults = { fencing: new Error('--fencing must be declared') };
  const found = await levels(fakeAround({ faults }));
  assert.equal(found['settings'], 'problem');
  assert.ok(!Object.values(found).includes('skipped'), JSON.stringify(found));
});

test('a setting that is wrong skips the checks that need it, with the reason', async () => {
  const around = fakeAround({ faults: { listen: new Error('it must be HOST:PORT') } });
  const line = await lineOf(around, 'instance-ha');
  assert.equal(line.level, 'skipped');
  assert.equal(line.found, 'because of the problem with settings');
});

test('hosts in a database that serve uses are left alone, and that is no problem', async () => {
  const around = fakeAround({ state: stateView({ database: { kind: 'in-use' } }) });
  assert.equal((await levels(around))['state-directory'], 'ok');
  const line = await lineOf(around, 'registered-hosts');
  assert.equal(line.level, 'skipped');
  assert.match(line.found, /a running serve uses the database/);
});

test('a check that does not end is a problem at its deadline, and is told to end', async () => {
  const clock = new ManualClock();
  let signal: AbortSignal | undefined;
  const slow: Check<never> = {
    name: 'slow',
    needs: [],
    provides: [],
    deadlineMs: 5_000,
    run: (_given, { call }) => {
      signal = call.signal;
      return new Promise(() => {});
    },
  };
  const work = examine([slow], fakeAround({ clock }), () => {});
  await clock.advance(4_999);
  assert.equal(signal?.aborted, false);
  await clock.advance(1);
  const [line] = await work;
  assert.equal(line?.level, 'problem');
  assert.equal(line?.found, 'no result within 5 s');
  assert.equal(signal?.aborted, true);
});

test('anything that is thrown becomes one line without a stack', async () => {
  const nova = { listComputeServices: throwing(new TypeError('x is\n  not a function')) };
  const line = await lineOf(fakeAround({ cloud: fakeCloud({ nova }) }), 'compute-services');
  assert.equal(line.level, 'problem');
  assert.equal(lineText(line).split('\n').length, 2);
  assert.doesNotMatch(lineText(line), /\bat /);
});

test('the line of an operational error ends with its advice and code', async () => {
  const authenticate = throwing(cloudError('authFailed', 'Keystone refuses user "u"'));
  const line = await lineOf(fakeAround({ cloud: fakeCloud({ authenticate }) }), 'credentials');
  assert.match(lineText(line), /^problem\s+credentials\s+Keystone refuses user "u"\. Check user/);
  assert.match(lineText(line), /\[cloud\.auth_failed\]\n$/);
});

test('a name from the cloud cannot put control characters on the terminal', () => {
  const found = `host ${service('a\u001b[2Jb').host}`;
  const text = lineText({ name: 'x', level: 'ok', found });
  assert.match(text, /host a\?\[2Jb\n$/);
});

test('the summary counts, and only problems make the exit code 1', () => {
  const line = (level: Line['level']): Line => ({ name: 'x', level, found: '' });
  const calm = [line('ok'), line('warning'), line('warning'), line('skipped'), line('reminder')];
  assert.equal(summaryText(calm), '\nno problem, 2 warnings, 1 skipped\n');
  assert.equal(exitCodeOf(calm), 0);
  const bad = [...calm, line('problem')];
  assert.equal(summaryText(bad), '\n1 problem, 2 warnings, 1 skipped\n');
  assert.equal(exitCodeOf(bad), 1);
});
