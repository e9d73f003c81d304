/** Runs `medevac policy` as an operator does who tries a file before using it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'medevac.js');
const directory = mkdtempSync(join(tmpdir(), 'medevac-policy-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const policyFile = join(directory, 'policy.yaml');

interface Row {
  readonly name: string;
  readonly check: string;
  readonly from: string;
  readonly rule: string;
  readonly allowed: string;
}

function run(text: string, ...words: readonly string[]) {
  writeFileSync(policyFile, text);
  const given = [...words, `--policy-file=${policyFile}`];
  return spawnSync(process.execPath, [PROGRAM, 'policy', ...given], {
    env: { PATH: process.env['PATH'], HOME: directory },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test('show lists every rule as it counts', () => {
  const ran = run('"os_masakari_api:segments:index": "role:reader"', 'show', '--json');
  assert.equal(ran.status, 0, ran.stderr);
  const rows = JSON.parse(ran.stdout) as readonly Row[];
  const index = rows.find(({ name }) => name === 'os_masakari_api:segments:index');
  assert.deepEqual([index?.check, index?.from], ['role:reader', 'file']);
  assert.equal(rows.filter(({ from }) => from === 'file').length, 1);
});

test('check says what a caller may do', () => {
  const text = '"os_masakari_api:segments:index": "role:reader and system_scope:all"';
  const allowed = (...words: readonly string[]) => {
    const ran = run(text, 'check', '--json', ...words);
    assert.equal(ran.status, 0, ran.stderr);
    const rows = JSON.parse(ran.stdout) as readonly Row[];
    return rows.filter((row) => row.allowed === 'yes').map(({ rule }) => rule);
  };
  assert.deepEqual(allowed('--user-roles=medevac_reporter'), [
    'os_masakari_api:notifications:create',
  ]);
  assert.deepEqual(allowed('--user-roles=member, reader'), ['os_masakari_api:segments:index']);
  assert.deepEqual(allowed('--user-roles=reader', '--project-id=p'), []);
});

test('a wrong file is one line that names file and rule', () => {
  const ran = run('"os_masakari_api:segments:index": "rule:nothing"', 'show');
  assert.equal(ran.status, 1);
  assert.match(
    ran.stderr,
    /^medevac: .*policy\.yaml: rule "os_masakari_api:segments:index" refers to "rule:nothing"/,
  );
  assert.equal(ran.stderr.trim().split('\n').length, 1);
});
