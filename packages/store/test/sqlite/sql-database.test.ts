/**
 * How writes share transactions, and what is left of them when the disk or another writer fails
 * one.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LIMITS, ManualClock, OperationalError } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { type OpenedSqlite, openSqlite } from '../../src/index.ts';
import { sqliteDialect } from '../../src/sql/dialect/sqlite.ts';
import { migrate } from '../../src/sql/migrate.ts';
import { SqlDatabase } from '../../src/sql/sql-database.ts';
import { temporaryDirectory } from '../contract/implementations.ts';
import {
  newEvidence,
  newIncident,
  newNotification,
  newRun,
  stepRecord,
  takeTenure,
  uuid,
} from '../contract/sample-rows.ts';

const clock = new ManualClock();
const run = newRun('run').id;

async function pageLimit({ database }: OpenedSqlite, morePages: number): Promise<void> {
  const { rows } = await database.read((db) =>
    sql<{ page_count: number }>`pragma page_count`.execute(db),
  );
  const pages = (rows[0]?.page_count ?? 0) + morePages;
  await database.read((db) => sql.raw(`pragma max_page_count = ${pages}`).execute(db));
}

describe('SqlDatabase on SQLite', () => {
  const root = temporaryDirectory();
  after(() => rmSync(root, { recursive: true }));
  const isCommit = (text: string): boolean => text === 'commit';

  it('carries writes of one turn out in one transaction, and answers after its commit', async () => {
    const statements: string[] = [];
    const onStatement = (text: string) => statements.push(text);
    const opened = await openSqlite({ directory: join(root, 'group'), clock, onStatement });
    const tenure = await takeTenure(opened.stores);
    await opened.stores.journal.createRun(newRun('run'));
    statements.length = 0;
    const seen: boolean[] = [];
    const writes = Array.from({ length: 50 }, async (_, n) => {
      await opened.stores.journal.writeStep(tenure, stepRecord(`s${n}`));
      seen.push(statements.some(isCommit));
    });
    await Promise.all(writes);
    assert.equal(statements.filter(isCommit).length, 1);
    assert.equal(statements.filter((text) => text.startsWith('savepoint')).length, 50);
    assert.ok(seen.length === 50 && seen.every(Boolean));
    statements.length = 0;
    const many = Array.from({ length: LIMITS.journalBatch + 1 }, () =>
      opened.stores.leases.renew(tenure),
    );
    await Promise.all(many);
    assert.equal(statements.filter(isCommit).length, 2);
    await opened.close();
  });

  it('begins every write under a tenure with the swap on the lease', async () => {
    const statements: string[] = [];
    const onStatement = (text: string) => statements.push(text);
    const opened = await openSqlite({ directory: join(root, 'fence'), clock, onStatement });
    const tenure = await takeTenure(opened.stores);
    await opened.stores.journal.createRun(newRun('run'));
    statements.length = 0;
    await opened.stores.journal.writeStep(tenure, stepRecord('s'));
    assert.equal(statements[0], 'begin immediate');
    assert.match(statements[1] ?? '', /^update "lease" set "beat" = "beat" \+ 1/);
    assert.equal(statements.at(-1), 'commit');
    await opened.close();
  });

  it('reads no half-done transaction', async () => {
    const opened = await openSqlite({ directory: join(root, 'reads'), clock });
    await opened.stores.notifications.create(newNotification(1), 0);
    const joining = opened.stores.incidents.openOrJoin(newIncident(9), uuid(1), newEvidence());
    let done = false;
    const watch = async (): Promise<void> => {
      while (!done) {
        const incident = await opened.stores.incidents.read(uuid(9));
        const evidence = await opened.stores.incidents.readEvidence(uuid(9));
        if (incident !== undefined) assert.equal(evidence.length, 1);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const watching = [watch(), watch(), watch()];
    await joining;
    done = true;
    await Promise.all(watching);
    await opened.close();
  });

  it('keeps what fits when the disk is full, refuses the rest whole, and goes on later', async () => {
    const opened = await openSqlite({ directory: join(root, 'full'), clock });
    const { journal, incidents, notifications } = opened.stores;
    const tenure = await takeTenure(opened.stores);
    await journal.createRun(newRun('run'));
    await notifications.create(newNotification(1), 0);
    await pageLimit(opened, 3);
    const large = 'x'.repeat(100_000);
    const answers = await Promise.allSettled([
      journal.writeStep(tenure, stepRecord('small-1')),
      journal.writeStep(tenure, stepRecord('large', { result: large })),
      incidents.openOrJoin(newIncident(9), uuid(1), newEvidence({ content: large })),
      journal.writeStep(tenure, stepRecord('small-2')),
    ]);
    const kinds = answers.map(({ status }) => status);
    assert.deepEqual(kinds, ['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    for (const answer of answers)
      if (answer.status === 'rejected') {
        assert.ok(answer.reason instanceof OperationalError, String(answer.reason));
        assert.deepEqual([answer.reason.code, answer.reason.retry], ['store_full', 'after']);
        assert.ok(answer.reason.message.includes(opened.file));
      }
    assert.deepEqual(
      (await journal.readSteps(run)).map(({ path }) => path),
      ['small-1', 'small-2'],
    );
    assert.equal((await opened.stores.leases.read('recovery'))?.beat, 2);
    assert.equal(await incidents.read(uuid(9)), undefined);
    assert.equal((await notifications.read(uuid(1)))?.incidentId, null);
    await pageLimit(opened, 1_000);
    const later = await journal.writeStep(tenure, stepRecord('large', { result: large }));
    assert.equal(later, 'written');
    await opened.close();
  });

  it('leaves the outcome open when the disk fails in the commit itself', async () => {
    const raw = new BetterSqlite(':memory:');
    const database = new SqlDatabase(sqliteDialect(raw, 'the file'));
    await migrate(database, clock);
    const prepare = raw.prepare.bind(raw);
    raw.prepare = (text: string) => {
      if (text === 'commit') throw new BetterSqlite.SqliteError('fsync', 'SQLITE_IOERR_FSYNC');
      return prepare(text);
    };
    const insert = (name: string) =>
      database.write((db) =>
        db.insertInto('lease').values({ name, holder: null, epoch: 1, beat: 0 }).execute(),
      );
    for (const answer of await Promise.allSettled([insert('a'), insert('b')])) {
      assert.ok(answer.status === 'rejected' && answer.reason instanceof OperationalError);
      assert.equal(answer.reason.code, 'store_unavailable');
      assert.equal(answer.reason.retry, 'unknown-outcome');
    }
    raw.prepare = prepare;
    const rows = await database.read((db) => db.selectFrom('lease').selectAll().execute());
    assert.deepEqual(rows, [], 'and the transaction was rolled back, not left open');
    await database.close();
  });

  it('decides again after losing a unique key, on what the winner left', async () => {
    const database = new SqlDatabase(sqliteDialect(new BetterSqlite(':memory:'), ':memory:'));
    await migrate(database, clock);
    const row = { name: 'x', holder: null, epoch: 1, beat: 0 };
    await database.write((db) => db.insertInto('lease').values(row).execute());
    let tries = 0;
    const answer = await database.writeDecidingAgain(async (db) => {
      if (tries++ === 0) await db.insertInto('lease').values(row).execute();
      return (await db.selectFrom('lease').select('name').execute()).length;
    });
    assert.deepEqual([answer, tries], [1, 2]);
    await database.close();
  });

  it('repeats a write that the database gave up for another, but not for ever', async () => {
    const conflict = new Error('deadlock found');
    const plain = sqliteDialect(new BetterSqlite(':memory:'), ':memory:');
    const database = new SqlDatabase({
      ...plain,
      sharesTransactions: false,
      classify: (error) => (error === conflict ? { kind: 'conflict' } : plain.classify(error)),
    });
    await migrate(database, clock);
    let tries = 0;
    const losing = (times: number) =>
      database.write(async (db) => {
        const name = `${times}: try ${tries}`;
        await db.insertInto('lease').values({ name, holder: null, epoch: 1, beat: 0 }).execute();
        if (tries++ < times) throw conflict;
      });
    await losing(3);
    const rows = await database.read((db) => db.selectFrom('lease').select('name').execute());
    assert.deepEqual(rows, [{ name: '3: try 3' }]);
    tries = 0;
    await assert.rejects(losing(1_000), { code: 'store_conflict', retry: 'after' });
    assert.equal(tries, 30);
    await database.close();
  });
});
