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

function run(...words: readonly string[]) {
  const ran = spawnSync(process.execPath, [PROGRAM, ...words], {
    env: { PATH: process.env['PATH'], HOME: directory, OS_CLIENT_CONFIG_FILE: cloudsFile },
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

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
