/** The look from outside sees what is there, and leaves it as it was. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type HostName, ManualClock } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { lookAtSqlite, openSqlite, SCHEMA_VERSION, sqliteFile } from '../../src/index.ts';
import { temporaryDirectory } from '../contract/implementations.ts';
import { segmentFields, uuid } from '../contract/sample-rows.ts';

const clock = new ManualClock();

describe('lookAtSqlite', () => {
  const root = temporaryDirectory();
  after(() => rmSync(root, { recursive: true }));

  it('sees that there is nothing, and makes nothing', () => {
    const directory = join(root, 'nothing');
    assert.deepEqual(lookAtSqlite(sqliteFile({ directory })), { kind: 'absent' });
    assert.equal(existsSync(directory), false);
  });

  it('sees a process that uses the database, then its hosts once it has ended', async () => {
    const directory = join(root, 'used');
    const opened = await openSqlite({ directory, clock });
    const { segments } = opened.stores;
    await segments.createSegment(uuid(1), segmentFields(), 1);
    for (const [index, name] of ['compute-02', 'compute-01', 'compute-03'].entries()) {
      const fields = {
        name: name as HostName,
        type: 'COMPUTE',
        controlAttributes: 'SSH',
        reserved: false,
        onMaintenance: false,
      };
      await segments.createHost(uuid(index + 2), uuid(1), fields, 1);
    }
    await segments.deleteHost(uuid(4), 2);
    assert.deepEqual(lookAtSqlite(opened.file), { kind: 'in-use' });
    await opened.close();
    const before = readFileSync(opened.file);
    assert.deepEqual(lookAtSqlite(opened.file), {
      kind: 'ours',
      version: SCHEMA_VERSION,
      hosts: ['compute-01', 'compute-02'],
      segments: [{ name: 'rack-1', recoveryMethod: 'auto', reserved: [] }],
    });
    assert.deepEqual(readFileSync(opened.file), before);
    await (await openSqlite({ directory, clock })).close();
  });

  it('tells a foreign database and a text file from ours', () => {
    const directory = join(root, 'foreign');
    mkdirSync(directory);
    const other = join(directory, 'other.db');
    const raw = new BetterSqlite(other);
    raw.exec('create table notes (id integer)');
    raw.close();
    assert.deepEqual(lookAtSqlite(other), { kind: 'foreign', table: 'notes' });
    const text = join(directory, 'text.db');
    writeFileSync(text, 'this is no database, only a long enough text to look at'.repeat(40));
    const view = lookAtSqlite(text);
    assert.equal(view.kind === 'unreadable' && view.error.code, 'store_not_a_database');
  });
});
