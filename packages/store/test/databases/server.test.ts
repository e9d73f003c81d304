/**
 * What is special about a database behind a network: its address, its schema by command, and
 * failures whose outcome is known, or is not.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { OperationalError, systemClock } from '@medevac/kernel';
import { sql } from 'kysely';
import { lookAtServer, migrateServer, openServer, SCHEMA_VERSION } from '../../src/index.ts';
import { SERVING_TIMES } from '../../src/sql/dialect/server-dialect.ts';
import { serverDialect } from '../../src/sql/open-server.ts';
import { parseDatabaseUrl } from '../../src/sql/server/database-url.ts';
import { SqlDatabase } from '../../src/sql/sql-database.ts';
import { openLossyProxy } from './lossy-proxy.ts';
import { mariadbSchema, postgresqlSchema, SCHEMA_FILES } from './schema-dumps.ts';
import { freePort } from './server-process.ts';
import {
  adminConnection,
  createDatabase,
  dropDatabase,
  openOwn,
  ownName,
} from './server-tables.ts';
import { PASSWORD } from './start-mariadb.ts';
import { requiredServers } from './test-servers.ts';

const servers = requiredServers();
const clock = systemClock;
const row = { name: 'row', holder: null, epoch: 1, beat: 0 };

async function failure(work: Promise<unknown>): Promise<OperationalError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof OperationalError, String(error));
  assert.ok(!error.message.includes(PASSWORD) && !error.message.includes('Pass%2F'), error.message);
  return error;
}

const portOf = (url: string): number => Number(/:(\d+)\//.exec(url)?.[1]);
const withPort = (url: string, port: number): string => url.replace(/:\d+\//, `:${port}/`);

for (const [name, url] of [
  ['MariaDB', servers.mariadb],
  ['PostgreSQL', servers.postgresql],
] as const)
  describe(`A database on ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'medevac-server-'));
    const cleanUp: (() => Promise<void>)[] = [];
    after(async () => {
      for (const one of cleanUp) await one();
      rmSync(folder, { recursive: true });
    });
    const emptyDatabase = async (): Promise<string> => {
      const own = ownName();
      cleanUp.push(() => dropDatabase(url, own));
      return await createDatabase(url, own);
    };

    it('is migrated by command only, once, and used from then on', async () => {
      const own = await emptyDatabase();
      const refused = await failure(openServer({ url: own, clock }));
      assert.equal(refused.code, 'store_schema_behind');
      assert.match(refused.message, /has no tables yet, this program needs \d+/);
      assert.deepEqual((await lookAtServer(own, clock)).database, { kind: 'empty' });
      const first = await migrateServer({ url: own, clock, resume: false });
      assert.deepEqual([first.fromVersion, first.toVersion], [0, SCHEMA_VERSION]);
      const again = await migrateServer({ url: own, clock, resume: false });
      assert.deepEqual([again.fromVersion, again.toVersion], [SCHEMA_VERSION, SCHEMA_VERSION]);
      const { database } = await lookAtServer(own, clock);
      assert.deepEqual(database, {
        kind: 'ours',
        version: SCHEMA_VERSION,
        hosts: [],
        segments: [],
      });
      await (await openServer({ url: own, clock })).close();
    });

    it('is refused when it is newer than the program, or of another program', async () => {
      const own = await emptyDatabase();
      await migrateServer({ url: own, clock, resume: false });
      const admin = await adminConnection(own);
      await admin.query("insert into schema_version values (99, 'future', 1)", []);
      await admin.close();
      assert.equal((await failure(openServer({ url: own, clock }))).code, 'store_newer_schema');
      const foreign = await emptyDatabase();
      const other = await adminConnection(foreign);
      await other.query('create table failover_segments (id integer)', []);
      await other.close();
      const refused = await failure(migrateServer({ url: foreign, clock, resume: false }));
      assert.equal(refused.code, 'store_foreign_database');
      assert.match(refused.message, /failover_segments/);
    });

    it('is migrated right when two do it at the same moment', async () => {
      const own = await emptyDatabase();
      const both = await Promise.allSettled([
        migrateServer({ url: own, clock, resume: false }),
        migrateServer({ url: own, clock, resume: false }),
      ]);
      for (const one of both)
        if (one.status === 'rejected') {
          assert.ok(one.reason instanceof OperationalError, String(one.reason));
          assert.equal(one.reason.code, 'store_migration_unfinished');
        }
      assert.ok(both.some(({ status }) => status === 'fulfilled'));
      await (await openServer({ url: own, clock })).close();
    });

    it('has the schema under review (rewrite it with schema-dumps.ts)', async () => {
      const own = await emptyDatabase();
      await migrateServer({ url: own, clock, resume: false });
      const isMariadb = name === 'MariaDB';
      const dump = isMariadb ? await mariadbSchema(own) : await postgresqlSchema(own);
      const file = isMariadb ? SCHEMA_FILES.mariadb : SCHEMA_FILES.postgresql;
      assert.equal(dump, readFileSync(file, 'utf8'));
    });

    it('says what is wrong with the way to it', async () => {
      const wrong = url.replace(encodeURIComponent(PASSWORD), 'not-it');
      assert.equal((await failure(openServer({ url: wrong, clock }))).code, 'store_access_denied');
      const nowhere = url.replace(/\/[^/]+$/, '/no_such_database');
      const missing = await failure(openServer({ url: nowhere, clock }));
      assert.equal(missing.code, 'store_database_missing');
      const port = await freePort();
      const closed = await failure(openServer({ url: withPort(url, port), clock }));
      assert.deepEqual([closed.code, closed.retry], ['store_unavailable', 'after']);
      assert.match(closed.message, new RegExp(`127.0.0.1:${port}`));
      const view = await lookAtServer(withPort(url, port), clock);
      assert.equal(view.database.kind, 'unreadable');
    });

    it('is reached by the second host when the first does not answer', async () => {
      const own = await emptyDatabase();
      await migrateServer({ url: own, clock, resume: false });
      const two = own.replace(/@([^/]+)\//, `@127.0.0.1:${await freePort()},$1/`);
      const opened = await openServer({ url: two, clock });
      assert.ok(await opened.stores.leases.take('x', undefined, 'r' as never));
      await opened.close();
    });

    it('takes its password from a file, as the file is at the moment', async () => {
      const own = await emptyDatabase();
      await migrateServer({ url: own, clock, resume: false });
      const path = join(folder, 'password');
      const referring = own.replace(/:[^:@]+@/, '@').concat(`?password_file=${path}`);
      const absent = await failure(openServer({ url: referring, clock }));
      assert.equal(absent.code, 'store_address_invalid');
      writeFileSync(path, `${PASSWORD}\n`);
      await (await openServer({ url: referring, clock })).close();
    });

    it('is spoken to under TLS when the address asks for it, and checked', async () => {
      const own = await emptyDatabase();
      await migrateServer({ url: own, clock, resume: false });
      const isMariadb = name === 'MariaDB';
      const chain = isMariadb
        ? `?ssl_ca=${servers.ca}`
        : `?sslmode=verify-ca&sslrootcert=${servers.ca}`;
      const opened = await openServer({ url: own + chain, clock });
      const { rows } = await opened.database.read((db) =>
        (isMariadb
          ? sql<{ v: string }>`select variable_value as v from information_schema.session_status
              where variable_name = 'Ssl_version'`
          : sql<{ v: string }>`select version as v from pg_stat_ssl where pid = pg_backend_pid()`
        ).execute(db),
      );
      assert.match(rows[0]?.v ?? '', /^TLSv1\.[23]$/);
      await opened.close();
      const full = isMariadb
        ? `${chain}&ssl_verify_identity=true`
        : chain.replace('verify-ca', 'verify-full');
      const wrongName = isMariadb ? 'store_address_invalid' : 'store_tls_failed';
      assert.equal((await failure(openServer({ url: own + full, clock }))).code, wrongName);
      const named = own.replace('@127.0.0.1', '@localhost') + full;
      await (await openServer({ url: named, clock })).close();
      const unknown = isMariadb ? '?ssl_verify_cert=true' : '?sslmode=verify-ca';
      const untrusted = await failure(openServer({ url: own + unknown, clock }));
      assert.equal(untrusted.code, 'store_tls_failed');
    });

    it('leaves the outcome open when the answer to a commit is lost, and it has happened', async () => {
      const { opened, close } = await openOwn([url]);
      cleanUp.unshift(close);
      const proxy = await openLossyProxy(portOf(url));
      const [direct] = opened;
      assert.ok(direct);
      const through = await openServer({
        url: withPort(await urlOf(direct.database, url), proxy.port),
        clock,
      });
      proxy.lose('commit', 'answer');
      const lost = await failure(
        through.database.write((db) => db.insertInto('lease').values(row).execute()),
      );
      assert.deepEqual([lost.code, lost.retry], ['store_unavailable', 'unknown-outcome']);
      assert.equal((await direct.stores.leases.read('row'))?.epoch, 1);
      proxy.lose('update', 'before');
      const tenure = { lease: 'row', epoch: 1 };
      const before = await failure(
        through.stores.leases.take('row', { epoch: 1, beat: 0 }, 'r' as never),
      );
      assert.deepEqual([before.code, before.retry], ['store_unavailable', 'after']);
      assert.equal((await direct.stores.leases.read('row'))?.epoch, 1, 'nothing was written');
      assert.equal(await through.stores.leases.renew(tenure), false, 'and it goes on');
      await through.close();
      await proxy.close();
    });

    it('gives up a statement that is not answered in time, and goes on', async () => {
      const { opened, close } = await openOwn([url]);
      cleanUp.unshift(close);
      const [direct] = opened;
      assert.ok(direct);
      const proxy = await openLossyProxy(portOf(url));
      const address = parseDatabaseUrl(withPort(await urlOf(direct.database, url), proxy.port));
      const times = { ...SERVING_TIMES, statementMs: 400 };
      const database = new SqlDatabase(serverDialect(address, clock, times));
      const read = () => database.read((db) => db.selectFrom('lease').selectAll().execute());
      assert.deepEqual(await read(), []);
      proxy.lose('select', 'silence');
      const late = await failure(read());
      assert.equal(late.code, 'store_unavailable');
      assert.match(late.message, /no answer within 400 ms/);
      assert.deepEqual(await read(), []);
      await database.close();
      await proxy.close();
    });

    it('does not let a replica that stopped in mid-transaction hold its rows', async () => {
      const { opened, close } = await openOwn([url]);
      cleanUp.unshift(close);
      const [direct] = opened;
      assert.ok(direct);
      await direct.database.write((db) => db.insertInto('lease').values(row).execute());
      const stopped = await adminConnection(await urlOf(direct.database, url));
      await stopped.query('begin', []);
      await stopped.query("update lease set beat = 7 where name = 'row'", []);
      const taken = await direct.stores.leases.take('row', { epoch: 1, beat: 0 }, 'r' as never);
      assert.deepEqual(taken, { lease: 'row', epoch: 2 });
      await assert.rejects(stopped.query('commit', []));
      stopped.cut();
      assert.deepEqual((await direct.stores.leases.read('row'))?.beat, 0);
    });
  });

describe('A migration on MariaDB that was cut off', () => {
  it('is refused until the operator resumes it, and is whole then', async () => {
    const own = ownName();
    const url = await createDatabase(servers.mariadb, own);
    const proxy = await openLossyProxy(portOf(url));
    proxy.lose('create index `incident_by_opened`', 'before');
    const through = withPort(url, proxy.port);
    const broken = await failure(migrateServer({ url: through, clock, resume: false }));
    assert.equal(broken.code, 'store_unavailable');
    await proxy.close();
    const refused = await failure(openServer({ url, clock }));
    assert.equal(refused.code, 'store_migration_unfinished');
    const again = await failure(migrateServer({ url, clock, resume: false }));
    assert.equal(again.code, 'store_migration_unfinished');
    const resumed = await migrateServer({ url, clock, resume: true });
    assert.deepEqual([resumed.fromVersion, resumed.toVersion], [1, SCHEMA_VERSION]);
    assert.equal(await mariadbSchema(url), readFileSync(SCHEMA_FILES.mariadb, 'utf8'));
    await (await openServer({ url, clock })).close();
    await dropDatabase(servers.mariadb, own);
  });
});

async function urlOf(database: SqlDatabase, url: string): Promise<string> {
  const isMariadb = url.startsWith('mysql');
  const { rows } = await database.read((db) =>
    (isMariadb
      ? sql<{ name: string }>`select database() as name`
      : sql<{ name: string }>`select current_database() as name`
    ).execute(db),
  );
  return url.replace(/\/[^/?]+$/, `/${rows[0]?.name}`);
}
