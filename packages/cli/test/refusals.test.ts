/**
 * Runs the real command where it must refuse: one line on stderr, exit code 1, nothing left behind.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'medevac.js');
const directory = mkdtempSync(join(tmpdir(), 'medevac-cli-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const cloudsFile = join(directory, 'clouds.yaml');

function writeClouds(authUrl: string): void {
  const auth = { auth_url: authUrl, username: 'u', password: 'secret', project_name: 'p' };
  const domains = { user_domain_name: 'Default', project_domain_name: 'Default' };
  const cloud = { region_name: 'RegionOne', auth: { ...auth, ...domains } };
  writeFileSync(cloudsFile, JSON.stringify({ clouds: { here: cloud } }));
}

const run = (...words: readonly string[]) => runIn({}, ...words);

function runIn(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const own = { PATH: process.env['PATH'], HOME: directory, OS_CLIENT_CONFIG_FILE: cloudsFile };
  const ran = spawnSync(process.execPath, [PROGRAM, ...words], {
    env: { ...own, ...environment },
    cwd: directory,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

function assertRefused(ran: ReturnType<typeof run>, message: RegExp): void {
  assert.equal(ran.status, 1, ran.stderr);
  const lines = ran.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  assert.equal(lines.length, 1, ran.stderr);
  assert.match(lines[0] ?? '', message);
  assert.doesNotMatch(ran.stderr, /\n\s+at |secret/);
}

const declared = ['--fencing=trusted', '--storage=shared'];

test('serve refuses a missing declaration', () => {
  assertRefused(run('serve', '--storage=shared'), /--fencing required\|trusted must be declared/);
  assertRefused(run('serve', '--fencing=trusted'), /--storage shared\|local must be declared/);
});

test('serve names an unknown cloud and the clouds that there are', () => {
  writeClouds('http://127.0.0.1:9/v3');
  assertRefused(run('serve', ...declared, '--os-cloud=nowhere'), /nowhere.*here/);
});

test('serve names the address of a Keystone that it cannot reach, and leaves no state behind', async () => {
  const port = await freePort();
  writeClouds(`http://127.0.0.1:${port}/v3`);
  const state = join(directory, 'state');
  const ran = run('serve', ...declared, '--os-cloud=here', `--state=${state}`);
  assertRefused(ran, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.equal(existsSync(state), false);
});

test('db migrate makes the database and finds it made the second time', () => {
  const state = join(directory, 'migrated');
  assert.match(run('db', 'migrate', `--state=${state}`).stdout, /went from version 0 to/);
  assert.match(run('db', 'migrate', `--state=${state}`).stdout, /is at version \d+ already/);
});

test('db migrate refuses a file that is no database', () => {
  const file = join(directory, 'text.db');
  writeFileSync(file, 'this is no database, only a long enough text to look at'.repeat(40));
  assertRefused(run('db', 'migrate', `--database=sqlite:${file}`), /text\.db/);
});

test('db migrate finds the database where serve does: by --config and by the environment', () => {
  const file = (state: string): string => {
    const path = join(directory, `${state}.yaml`);
    writeFileSync(path, `fencing: trusted\nstate: ${join(directory, state)}\n`);
    return path;
  };
  const migrated = (state: string): boolean => existsSync(join(directory, state, 'medevac.db'));
  assert.equal(run('db', 'migrate', '--config', file('by-option')).status, 0);
  assert.equal(migrated('by-option'), true);
  const env = { MEDEVAC_CONFIG: file('by-variable'), MEDEVAC_STATE: '', MEDEVAC_DATABASE: '' };
  assert.equal(runIn(env, 'db', 'migrate').status, 0);
  assert.equal(migrated('by-variable'), true);
  const state = join(directory, 'by-environment');
  assert.equal(runIn({ MEDEVAC_CONFIG: '', MEDEVAC_STATE: state }, 'db', 'migrate').status, 0);
  assert.equal(migrated('by-environment'), true);
});

test('db migrate names the setting that is wrong, where it comes from and what to do', () => {
  const wrong =
    /--database cannot be used: .*sqlite:FILE.*postgresql:.*Correct .*\[cli\.setting_invalid\]$/;
  assertRefused(run('db', 'migrate', '--database=nonsense:x'), wrong);
  const ran = runIn({ MEDEVAC_DATABASE: 'nonsense:x' }, 'db', 'migrate');
  assertRefused(ran, /MEDEVAC_DATABASE cannot be used/);
  assertRefused(run('db', 'migrate', '--database=sqlite:'), /--database cannot be used/);
});

test('serve reads the file that --config names, and refuses one that is not there', () => {
  const path = join(directory, 'serve.yaml');
  writeFileSync(path, 'fencing: trusted\nstorage: perhaps\n');
  assertRefused(run('serve', '--config', path), /storage in .*serve\.yaml is "perhaps"/);
  assertRefused(run('serve', '--config', join(directory, 'none.yaml')), /none\.yaml/);
  assertRefused(run('serve', '--config='), /\[cli\.config_unreadable\]$/);
});

const misused: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown option', ['serve', '--stat=x'], /unknown option '--stat=x'/],
  ['an unknown command', ['sevre'], /unknown command 'sevre' \(Did you mean serve\?\)/],
  ['an unknown command of a group', ['segment', 'make'], /unknown command 'make'/],
  ['an option without its value', ['segment', 'list', '--url'], /argument missing/],
  ['a missing word', ['notification', 'show'], /missing required argument 'uuid'/],
  ['a word too many', ['db', 'migrate', 'now'], /too many arguments/],
];
for (const [what, words, message] of misused) {
  test(`tells ${what} in one line with advice and code`, () => {
    const ran = run(...words);
    assertRefused(ran, message);
    assert.match(ran.stderr, /^medevac: [^\n]* --help [^\n]*\[cli\.usage\]\n$/);
    assert.equal(ran.stdout, '');
  });
}

test('prints help when it is asked for, and that is no failure', () => {
  for (const words of [['--help'], ['segment', '--help'], ['help', 'serve']]) {
    const ran = run(...words);
    assert.equal(ran.status, 0);
    assert.match(ran.stdout, /^Usage: medevac /);
    assert.equal(ran.stderr, '');
  }
});

test('shows the commands of a group that is called without one, with exit code 1', () => {
  const ran = run('segment');
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^Usage: medevac segment .*update \[options\] <segment>/s);
});

for (const command of ['show', 'vmoves']) {
  test(`notification ${command} refuses what is no UUID before it asks the cloud`, () => {
    writeClouds('http://127.0.0.1:9/v3');
    const ran = run('notification', command, '../segments?x=1', '--os-cloud=here');
    assertRefused(ran, /"\.\.\/segments\?x=1" is no UUID .* \[cli\.uuid_invalid\]$/);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
