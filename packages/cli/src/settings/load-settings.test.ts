/** Where settings come from, which place wins, and how a wrong one is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { loadSettings, type SettingSources } from './load-settings.ts';
import { SETTING_KEYS } from './settings-table.ts';

const declared = { fencing: 'trusted', storage: 'shared' };

function load(sources: Partial<SettingSources>) {
  return loadSettings(SETTING_KEYS, { options: {}, env: {}, file: undefined, ...sources });
}

function refusal(sources: Partial<SettingSources>): OperationalError {
  try {
    load(sources);
  } catch (error) {
    assert.ok(error instanceof OperationalError);
    return error;
  }
  assert.fail('the settings were accepted');
}

test('takes an option before the environment, and the environment before the file', () => {
  const file = { path: 'm.yaml', text: 'state: /file\nlog-level: warn\nlease: 5\n' };
  const env = { MEDEVAC_STATE: '/env', MEDEVAC_LOG_LEVEL: 'error' };
  const settings = load({ options: { ...declared, state: '/option' }, env, file });
  assert.equal(settings.state, '/option');
  assert.equal(settings.logLevel, 'error');
  assert.equal(settings.lease, 5_000);
});

test('fills in the defaults of everything but the two declarations', () => {
  const settings = load({ options: declared });
  assert.deepEqual(settings.listen, { host: '0.0.0.0', port: 15_868 });
  assert.equal(settings.haEnabledKey, 'HA_Enabled');
  assert.equal(settings.evacuateAllInstances, true);
  assert.equal(settings.novaReportInterval, undefined);
});

for (const missing of ['fencing', 'storage'] as const) {
  test(`refuses to start without --${missing} and says what its values mean`, () => {
    const error = refusal({ options: { ...declared, [missing]: undefined } });
    assert.equal(error.code, 'cli.setting_missing');
    const values = { fencing: /required: .*trusted: /, storage: /shared: .*local: / };
    assert.match(error.message, values[missing]);
  });
}

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['fencing', 'yes', /--fencing is "yes", but it must be one of required, trusted/],
  ['listen', '15868', /--listen is "15868", but it must be HOST:PORT/],
  ['listen', 'localhost:99999', /it must be HOST:PORT/],
  ['lease', '0', /it must be a number of seconds from 1 to 60/],
  ['lease', 'soon', /it must be a number of seconds/],
  ['evacuate-all-instances', 'perhaps', /it must be true or false/],
  ['database', 'mysql://db/medevac', /cannot be used: .* names no user/],
  ['database', 'oracle://db/medevac', /it must be sqlite:FILE, mysql:/],
  ['database', 'sqlite:', /--database cannot be used: it must be sqlite:FILE/],
  ['database', 'sqlite: ', /it must be sqlite:FILE/],
  ['keep-history', '0', /it must be a number of days from 1 to 36500/],
  ['state', ' ', /it must not be empty/],
];
test('never repeats an address of a database: a password may stand in it', () => {
  const database = 'mysql://medevac:very-secret@db/medevac?colour=red';
  const error = refusal({ options: { ...declared, database } });
  assert.match(error.message, /^--database cannot be used: .* parameter colour/);
  assert.doesNotMatch(error.message, /very-secret/);
});

for (const [name, value, message] of bad) {
  test(`names the option and the value when --${name} is ${JSON.stringify(value)}`, () => {
    const error = refusal({ options: { ...declared, [name]: value } });
    assert.equal(error.code, 'cli.setting_invalid');
    assert.match(error.message, message);
  });
}

test('reads a time in the unit of its setting', () => {
  const settings = load({ options: { ...declared, lease: '2.5', 'keep-history': '30' } });
  assert.equal(settings.lease, 2_500);
  assert.equal(settings.keepHistory, 30 * 86_400_000);
});

test('loads some settings without asking for the declarations of the others', () => {
  const file = { path: 'm.yaml', text: 'state: /file\nlease: wrong\n' };
  const env = { MEDEVAC_STATE: '', MEDEVAC_LEASE: 'wrong' };
  const settings = loadSettings(['state', 'database'], { options: {}, env, file });
  assert.deepEqual(settings, { state: '/file', database: undefined });
});

test('refuses an unknown name in the file also when only some settings are loaded', () => {
  const file = { path: 'm.yaml', text: 'sate: /misspelt' };
  assert.throws(
    () => loadSettings(['state'], { options: {}, env: {}, file }),
    /m\.yaml: there is no setting sate/,
  );
});

test('names the variable when the environment is wrong', () => {
  const error = refusal({ options: declared, env: { MEDEVAC_LEASE: 'x' } });
  assert.match(error.message, /MEDEVAC_LEASE is "x"/);
});

test('refuses an unknown name in the file, because it may be a misspelt safety setting', () => {
  const error = refusal({ options: declared, file: { path: 'm.yaml', text: 'fence: trusted' } });
  assert.equal(error.code, 'cli.config_unreadable');
  assert.match(error.message, /m\.yaml: there is no setting fence/);
});

test('refuses a file that is no mapping or no YAML, naming the file', () => {
  for (const text of ['- a\n', '{ a: ', 'state: [1]']) {
    assert.match(
      refusal({ options: declared, file: { path: 'm.yaml', text } }).message,
      /m\.yaml: /,
    );
  }
});

test('reads an IPv6 address in brackets', () => {
  const settings = load({ options: { ...declared, listen: '[::1]:15868' } });
  assert.deepEqual(settings.listen, { host: '::1', port: 15_868 });
});
