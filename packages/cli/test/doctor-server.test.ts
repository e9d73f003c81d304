/** What `medevac doctor` says of a database on a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HostName, OperationalError } from '@medevac/kernel';
import { type DatabaseView, SCHEMA_VERSION, STORE_ERRORS } from '@medevac/store';
import { checkState } from '../src/doctor/check-settings.ts';
import { fakeAround, fakeFacts } from './doctor-fakes.ts';

const place = 'MariaDB database medevac at db:3306';

const look = (database: DatabaseView) =>
  checkState.run(fakeFacts({ place: { server: 'mysql://m:secret@db/medevac' } }), {
    around: fakeAround({ server: { place, database } }),
    call: { deadlineMs: 1_000 },
  });

test('a database of ours is told with its place and its hosts, never with its password', async () => {
  const hosts = ['compute-01' as HostName];
  const answer = await look({ kind: 'ours', version: SCHEMA_VERSION, hosts, segments: [] });
  assert.equal(answer.level, 'ok');
  assert.ok(answer.found.startsWith(`${place}: schema version`), answer.found);
  assert.deepEqual(answer.facts?.registeredHosts, hosts);
});

test('one without our schema, or behind, has to be migrated by command', async () => {
  const old = { kind: 'ours', version: 1, hosts: [], segments: [] } as const;
  for (const view of [{ kind: 'empty' }, old] as const) {
    const answer = await look(view);
    assert.equal(answer.level, 'problem');
    assert.match(answer.found, /this program needs \d+/);
    assert.match(answer.advice ?? '', /medevac db migrate/);
  }
});

test('one that cannot be reached, is foreign or newer is a problem', async () => {
  const error = new OperationalError(STORE_ERRORS.unavailable, `the ${place} cannot be reached`);
  assert.equal((await look({ kind: 'unreadable', error })).level, 'problem');
  assert.equal((await look({ kind: 'foreign', table: 'hosts' })).level, 'problem');
  const newer = { kind: 'ours', version: SCHEMA_VERSION + 1, hosts: [], segments: [] } as const;
  assert.equal((await look(newer)).level, 'problem');
});
