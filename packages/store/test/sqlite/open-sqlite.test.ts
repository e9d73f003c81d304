/**
 * Opening the embedded database: durability, the right on the state directory, and what goes wrong.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ManualClock, OperationalError } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { openSqlite } from '../../src/index.ts';
import { temporaryDirectory } from '../contract/implementations.ts';
import {
  newRun,
  replica,
  segmentFields,
  stepRecord,
  takeTenure,
  uuid,
} from '../contract/sample-rows.ts';

const clock = new ManualClock();

describe('openSqlite', () => {
  const root = realpathSync(temporaryDirectory());
  after(() => rmSync(root, { recursive: true }));

  it('makes the state directory and keeps to the durable settings', async () => {
    const directory = join(root, 'new', 'state');
    const opened = await openSqlite({ directory, clock });
    assert.equal(opened.soleProcess, true);
    assert.equal(opened.file, join(directory, 'medevac.db'));
    const pragma = async (name: string): Promise<unknown> => {
      const { rows } = await opened.database.read((db) =>
        sql<Record<string, unknown>>`${sql.raw(`pragma ${name}`)}`.execute(db),
      );
      return Object.values(rows[0] ?? {})[0];
    };
    assert.equal(await pragma('synchronous'), 2, 'FULL');
    assert.equal(await pragma('journal_mode'), 'wal');
    assert.equal(await pragma('foreign_keys'), 1);
    assert.equal(await pragma('busy_timeout'), 250);
    await opened.close();
  });

  it('sees everything again when opened anew', async () => {
    const directory = join(root, 'again');
    const first = await openSqlite({ directory, clock });
    const tenure = await takeTenure(first.stores);
    await first.stores.journal.createRun(newRun('run'));
    await first.stores.journal.writeStep(tenure, stepRecord('fence'));
    await first.stores.segments.createSegment(uuid(1), segmentFields(), 1);
    await first.close();
    const second = await openSqlite({ file: join(directory, 'medevac.db'), clock });
    const steps = await second.stores.journal.readSteps(newRun('run').id);
    assert.deepEqual(steps, [stepRecord('fence')]);
    assert.equal((await second.stores.segments.readSegment(uuid(1)))?.name, 'rack-1');
    assert.equal((await second.stores.leases.read('recovery'))?.epoch, 1);
    await second.close();
  });

  it('writes nothing after it was closed, and finishes what was asked for before', async () => {
    const opened = await openSqlite({ directory: join(root, 'closed'), clock });
    const asked = opened.stores.leases.take('recovery', undefined, replica('r1'));
    const closing = opened.close();
    assert.deepEqual(await asked, { lease: 'recovery', epoch: 1 });
    await closing;
    const late = opened.stores.leases.take('other', undefined, replica('r1'));
    await assert.rejects(late, { code: 'store_closed' });
    await assert.rejects(opened.stores.leases.read('other'), { code: 'store_closed' });
  });

  it('refuses a state directory that this process has open already', async () => {
    const directory = join(root, 'twice');
    const opened = await openSqlite({ directory, clock });
    await assert.rejects(openSqlite({ directory, clock }), { code: 'store_in_use' });
    await opened.close();
    await (await openSqlite({ directory, clock })).close();
  });

  it('refuses a database in use under whatever name it is asked for', async () => {
    const directory = join(root, 'linked', 'state');
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'medevac.db');
    const linkedDirectory = join(root, 'linked', 'to-directory');
    symlinkSync(directory, linkedDirectory);
    const linkedFile = join(root, 'linked', 'to-file.db');
    symlinkSync(join('state', 'medevac.db'), linkedFile);
    const linkedTwice = join(root, 'linked', 'to-link.db');
    symlinkSync(linkedFile, linkedTwice);
    const places = [
      { directory },
      { directory: linkedDirectory },
      { file: linkedFile },
      { file: linkedTwice },
    ];
    // In the first round the file never exists before, and the links to it lead nowhere.
    for (const keepsFile of [false, true])
      for (const holder of places) {
        const opened = await openSqlite({ ...holder, clock });
        assert.equal(opened.file, file);
        for (const place of places)
          await assert.rejects(openSqlite({ ...place, clock }), { code: 'store_in_use' });
        await opened.close();
        if (!keepsFile) rmSync(file);
      }
    assert.deepEqual(readdirSync(join(root, 'linked')), [
      'state',
      'to-directory',
      'to-file.db',
      'to-link.db',
    ]);
  });

  it('names a link that leads nowhere or in a circle', async () => {
    const circle = join(root, 'circle.db');
    symlinkSync(circle, circle);
    const lost = join(root, 'lost.db');
    symlinkSync(join(root, 'no-such-directory', 'medevac.db'), lost);
    for (const file of [circle, lost])
      await assert.rejects(openSqlite({ file, clock }), (error) => {
        assert.ok(error instanceof OperationalError && error.code === 'store_unwritable');
        assert.ok(error.message.startsWith(`the database ${file} cannot be found: `));
        return true;
      });
  });

  it('tells soon that another program keeps the file locked, and writes once it is free', async () => {
    const opened = await openSqlite({ directory: join(root, 'busy'), clock });
    const shell = new BetterSqlite(opened.file);
    shell.exec('begin immediate');
    const take = () => opened.stores.leases.take('recovery', undefined, replica('r1'));
    await assert.rejects(take(), (error) => {
      assert.ok(error instanceof OperationalError, String(error));
      assert.deepEqual([error.code, error.retry], ['store_busy', 'after']);
      assert.ok(error.message.includes(opened.file));
      return true;
    });
    shell.exec('rollback');
    shell.close();
    assert.deepEqual(await take(), { lease: 'recovery', epoch: 1 });
    await opened.close();
  });

  it('refuses a second process, and opens at once after the first was killed', async () => {
    const directory = join(root, 'killed');
    const script = join(import.meta.dirname, 'hold-state-directory.ts');
    const child = spawn(process.execPath, [script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(child.stdout, 'data');
      await assert.rejects(openSqlite({ directory, clock }), (error) => {
        assert.ok(error instanceof OperationalError);
        assert.equal(error.code, 'store_in_use');
        assert.ok(error.message.includes(directory));
        assert.match(error.advice, /Stop the other process/);
        return true;
      });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const opened = await openSqlite({ directory, clock });
    assert.equal((await opened.stores.leases.read('recovery'))?.holder, 'killed');
    await opened.close();
  });

  it('names what cannot be used, and gives the state directory back each time', async () => {
    const file = join(root, 'plain-file');
    writeFileSync(file, 'text '.repeat(1_000));
    const folder = join(root, 'folder');
    mkdirSync(folder);
    const cases = [
      { place: { directory: join(file, 'below') }, code: 'store_unwritable', named: 'below' },
      { place: { directory: file }, code: 'store_unwritable', named: file },
      { place: { directory: '/proc/medevac' }, code: 'store_unwritable', named: '/proc/medevac' },
      { place: { file }, code: 'store_not_a_database', named: file },
      { place: { file: folder }, code: 'store_unwritable', named: folder },
    ];
    for (const { place, code, named } of cases)
      for (let round = 0; round < 2; round++)
        await assert.rejects(openSqlite({ ...place, clock }), (error) => {
          assert.ok(error instanceof OperationalError, String(error));
          assert.equal(error.code, code);
          assert.ok(error.message.includes(named), error.message);
          assert.ok(!error.message.includes('\n'));
          return true;
        });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('says that a database cannot be written', async () => {
    const opened = await openSqlite({ directory: join(root, 'read-only'), clock });
    await opened.database.read((db) => sql`pragma query_only = 1`.execute(db));
    await assert.rejects(
      opened.stores.leases.take('recovery', undefined, replica('r1')),
      (error) => {
        assert.ok(error instanceof OperationalError && error.code === 'store_read_only');
        assert.ok(error.message.includes(opened.file));
        return true;
      },
    );
    assert.equal(await opened.stores.leases.read('recovery'), undefined);
    await opened.close();
  });
});
