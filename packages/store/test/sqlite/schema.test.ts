/** The schema: its dump under review, its versions, and the indexes behind the lists. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ManualClock, OperationalError } from '@medevac/kernel';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { migrate, openSqlite, SCHEMA_VERSION } from '../../src/index.ts';
import { sqliteDialect } from '../../src/sql/dialect/sqlite.ts';
import { SqlDatabase } from '../../src/sql/sql-database.ts';
import { temporaryDirectory } from '../contract/implementations.ts';
import { hostFields, hostName, segmentFields, uuid } from '../contract/sample-rows.ts';
import { SCHEMA_FILE, schemaText } from './schema-text.ts';

const clock = new ManualClock();

describe('The schema', () => {
  const directory = temporaryDirectory();
  after(() => rmSync(directory, { recursive: true }));

  it('is the one in schema.sql (rewrite it with: npm run schema -w @medevac/store)', async () => {
    assert.equal(await schemaText(), readFileSync(SCHEMA_FILE, 'utf8'));
  });

  it('goes from empty to current once, and is refused where it is ahead', async () => {
    const database = new SqlDatabase(sqliteDialect(new BetterSqlite(':memory:'), ':memory:'));
    const first = { fromVersion: 0, toVersion: SCHEMA_VERSION };
    assert.deepEqual(await migrate(database, clock), first);
    const again = { fromVersion: SCHEMA_VERSION, toVersion: SCHEMA_VERSION };
    assert.deepEqual(await migrate(database, clock), again);
    await database.write((db) =>
      db
        .insertInto('schema_version')
        .values({ version: SCHEMA_VERSION + 1, name: 'future', applied_at_ms: 1 })
        .execute(),
    );
    await assert.rejects(migrate(database, clock), { code: 'store_newer_schema' });
    await database.close();
  });

  it('refuses a database of a newer version, says both versions and changes nothing', async () => {
    const place = { directory: join(directory, 'newer'), clock };
    const opened = await openSqlite(place);
    await opened.database.write((db) =>
      db
        .insertInto('schema_version')
        .values({ version: 99, name: 'future', applied_at_ms: 1 })
        .execute(),
    );
    await opened.close();
    const digest = () => createHash('sha256').update(readFileSync(opened.file)).digest('hex');
    const before = digest();
    await assert.rejects(openSqlite(place), (error) => {
      assert.ok(error instanceof OperationalError);
      assert.equal(error.code, 'store_newer_schema');
      assert.match(error.message, new RegExp(`${opened.file}.*99.*up to ${SCHEMA_VERSION}`));
      assert.match(error.advice, /Install the release/);
      return true;
    });
    assert.equal(digest(), before);
  });

  it('is not put beside the tables of another program', async () => {
    const file = join(directory, 'masakari.db');
    const foreign = new BetterSqlite(file);
    foreign.exec('create table alembic_version (version_num text)');
    foreign.close();
    await assert.rejects(openSqlite({ file, clock }), { code: 'store_foreign_database' });
    const unchanged = new BetterSqlite(file);
    const tables = unchanged.prepare('select name from sqlite_master').all();
    unchanged.close();
    assert.deepEqual(tables, [{ name: 'alembic_version' }]);
  });

  it('lists 1,000 hosts with one query that walks an index', async () => {
    const statements: string[] = [];
    const onStatement = (text: string) => statements.push(text);
    const opened = await openSqlite({ directory: join(directory, 'many'), clock, onStatement });
    const { segments } = opened.stores;
    await segments.createSegment(uuid(1), segmentFields(), 1);
    const made = Array.from({ length: 1_000 }, (_, n) => {
      const fields = hostFields({ name: hostName(`compute-${n}`) });
      return segments.createHost(uuid(n), uuid(1), fields, n);
    });
    await Promise.all(made);
    for (const filter of [{}, { segmentUuid: uuid<never>(1) }]) {
      statements.length = 0;
      const page = await segments.listHosts({ filter, sort: [], limit: 1_000 });
      assert.equal(page.kind === 'page' && page.rows.length, 1_000);
      assert.equal(statements.length, 1);
      const [query = ''] = statements;
      const plan = await opened.database.read((db) =>
        sql<{ detail: string }>`${sql.raw(`explain query plan ${query}`)}`.execute(db),
      );
      const details = plan.rows.map(({ detail }) => detail).join('; ');
      assert.match(details, /^SEARCH host USING INDEX host_by_[a-z_]+ \([^;]*\)$/);
    }
    await opened.close();
  });
});
