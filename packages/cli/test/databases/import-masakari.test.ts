/** `medevac import masakari` out of databases with Masakari's own schema. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemClock } from '@medevac/kernel';
import { migrateServer, openServer, openSqlite, type Stores } from '@medevac/store';
import { createDatabase, dropDatabase, requiredServers, runSql } from './database-client.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/medevac.js');
const SCHEMA = readFileSync(join(import.meta.dirname, 'masakari-14-schema.sql'), 'utf8');
const servers = requiredServers();
const folder = mkdtempSync(join(tmpdir(), 'medevac-import-'));
const made: (() => void)[] = [];
after(() => {
  for (const drop of made) drop();
  rmSync(folder, { recursive: true });
});

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** The same tables as PostgreSQL has them after Masakari's migrations. */
const forPostgresql = (schema: string): string =>
  schema
    .replaceAll('`', '"')
    .replaceAll(/int\(11\) NOT NULL AUTO_INCREMENT/g, 'serial')
    .replaceAll(/int\(11\)/g, 'integer')
    .replaceAll(/tinyint\(1\)/g, 'boolean')
    .replaceAll(/datetime/g, 'timestamp without time zone')
    .replaceAll(/enum\([^)]*\)/g, 'varchar(32)')
    .replaceAll(/\) ENGINE=[^;]*;/g, ');')
    .replaceAll(/UNIQUE KEY ("\w+")/g, 'CONSTRAINT $1 UNIQUE')
    .replaceAll(/^\s*KEY .*\n/gm, '')
    .replaceAll(/,\n\)/g, '\n)');

/** Rows as a cloud has them after a year: live, deleted, ended, and one being worked on. */
const ROWS = [
  `insert into failover_segments
     (created_at, updated_at, deleted, deleted_at, uuid, name, service_type, recovery_method,
      enabled, description) values
   ('2026-01-02 03:04:05', null, 0, null, '${id(1)}', 'rack-1', 'compute', 'auto', TRUE, 'first'),
   ('2026-01-02 03:04:06', '2026-02-01 00:00:00', 0, null, '${id(2)}', 'rack-2', 'compute',
    'rh_priority', FALSE, null),
   ('2025-01-02 03:04:06', null, 3, '2025-06-01 00:00:00', '${id(3)}', 'rack-2', 'compute', 'auto',
    null, null)`,
  `insert into hosts
     (created_at, deleted, uuid, name, reserved, type, control_attributes, failover_segment_id,
      on_maintenance) values
   ('2026-01-03 00:00:00', 0, '${id(11)}', 'compute-01', FALSE, 'COMPUTE', 'SSH',
    '${id(1)}', FALSE),
   ('2026-01-03 00:00:01', 0, '${id(12)}', 'compute-02', TRUE, 'COMPUTE', 'SSH', '${id(1)}', TRUE),
   ('2026-01-03 00:00:02', 0, '${id(13)}', 'compute-03', null, 'COMPUTE', 'SSH', '${id(2)}', null),
   ('2025-01-03 00:00:02', 4, '${id(14)}', 'compute-01', FALSE, 'COMPUTE', 'SSH',
    '${id(3)}', FALSE)`,
  `insert into notifications
     (created_at, updated_at, deleted, notification_uuid, generated_time, source_host_uuid, type,
      payload, status) values
   ('2026-03-01 10:00:01', '2026-03-01 10:05:00', 0, '${id(21)}', '2026-03-01 10:00:00',
    '${id(11)}', 'COMPUTE_HOST', '{"event": "STOPPED", "cluster_status": "OFFLINE"}', 'finished'),
   ('2026-04-01 10:00:01', '2026-04-01 10:05:00', 0, '${id(22)}', '2026-04-01 10:00:00',
    '${id(11)}', 'COMPUTE_HOST', '{"event": "STOPPED", "cluster_status": "OFFLINE"}', 'failed'),
   ('2025-04-01 10:00:01', null, 0, '${id(23)}', '2025-04-01 10:00:00', '${id(14)}', 'PROCESS',
    '{"event": "STOPPED", "process_name": "nova-compute"}', 'ignored'),
   ('2026-05-01 10:00:01', null, 0, '${id(24)}', '2026-05-01 10:00:00', '${id(12)}', 'COMPUTE_HOST',
    '{"event": "STOPPED"}', 'running'),
   ('2026-05-01 10:00:01', null, 0, '${id(25)}', '2026-05-01 10:00:00', '${id(99)}', 'VM',
    '{"event": "LIFECYCLE"}', 'finished')`,
];

/** What releases from 2023.1 and 2025.2 on have besides. */
const NEWER = [
  'alter table notifications add column failover_segment_uuid varchar(36)',
  'alter table notifications add column message text',
  `create table vmoves (created_at TIME, updated_at TIME, deleted_at TIME, deleted integer,
     id integer primary key, uuid varchar(36) not null, notification_uuid varchar(36) not null,
     instance_uuid varchar(36) not null, instance_name varchar(255) not null,
     source_host varchar(255), dest_host varchar(255), start_time TIME, end_time TIME,
     type varchar(36), status varchar(255), message text)`,
  `insert into vmoves (created_at, deleted, id, uuid, notification_uuid, instance_uuid,
     instance_name, source_host, dest_host, start_time, end_time, type, status) values
   ('2026-03-01 10:00:02', 0, 1, '${id(31)}', '${id(21)}', '${id(41)}', 'vm-1', 'compute-01',
    'compute-02', '2026-03-01 10:00:03', '2026-03-01 10:00:33', 'evacuation', 'succeeded'),
   ('2026-03-01 10:00:02', 0, 2, '${id(32)}', '${id(21)}', '${id(42)}', 'vm-2', 'compute-01', null,
    null, null, 'evacuation', 'ignored')`,
];

interface Source {
  readonly url: string;
  run(statements: string): void;
  everything(): string;
}

function masakari(server: string, isNewer: boolean): Source {
  const { name, url } = createDatabase(server);
  made.push(() => dropDatabase(server, name));
  const isPostgresql = server.startsWith('postgresql');
  const time = isPostgresql ? 'timestamp without time zone' : 'datetime';
  const newer = isNewer ? NEWER.map((one) => one.replaceAll(' TIME', ` ${time}`)) : [];
  const schema = isPostgresql ? forPostgresql(SCHEMA) : SCHEMA;
  const run = (statements: string): void => void runSql(url, statements);
  run([schema, ...ROWS, ...newer].map((one) => `${one.replace(/;\s*$/, '')};\n`).join(''));
  const tables = ['failover_segments', 'hosts', 'notifications'];
  const all = tables.map((table) => `select * from ${table} order by id;\n`).join('');
  return { url, run, everything: () => runSql(url, all) };
}

function medevac(...words: readonly string[]) {
  const ran = spawnSync(
    process.execPath,
    [PROGRAM, 'import', 'masakari', '--fencing=trusted', '--storage=shared', ...words],
    { cwd: folder, encoding: 'utf8', timeout: 60_000 },
  );
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}

async function whatIsThere({ segments, notifications, vmoves }: Stores) {
  const all = { filter: {}, sort: [{ key: 'id', direction: 'asc' }], limit: 100 } as const;
  const pages = [
    await segments.listSegments(all),
    await segments.listHosts(all),
    await notifications.list(all),
    await vmoves.list(all),
  ] as const;
  const undispatched = await notifications.undispatched(10);
  return { rows: pages.map((page) => (page.kind === 'page' ? page.rows : [])), undispatched };
}

let states = 0;
const newState = (): string => join(folder, `state-${++states}`);

for (const [kind, server] of [
  ['MariaDB', servers.mariadb],
  ['PostgreSQL', servers.postgresql],
] as const)
  describe(`medevac import masakari from ${kind}`, () => {
    it('D25: brings what is live and what has ended, rows of old releases too, once, and leaves the source alone', async () => {
      const source = masakari(server, true);
      const before = source.everything();
      const state = newState();
      const first = medevac('--database', source.url, '--state', state);
      assert.equal(first.status, 0, first.err);
      assert.match(first.out, /^segments +2 +0 +1$/m);
      assert.match(first.out, /^hosts +3 +0 +1$/m);
      assert.match(first.out, /^notifications +3 +0 +2$/m);
      assert.match(first.out, /^vmoves +2 +0 +0$/m);
      assert.match(first.out, new RegExp(`left out: notification ${id(24)}: it is running`));
      const opened = await openSqlite({ directory: state, clock: systemClock });
      const there = await whatIsThere(opened.stores);
      await opened.close();
      const [segments = [], hosts = [], notifications = [], vmoves = []] = there.rows;
      assert.deepEqual(
        segments.map((row) => ({ ...row, id: 0 })),
        [
          {
            ...{ id: 0, uuid: id(1), name: 'rack-1', description: 'first', enabled: true },
            ...{ serviceType: 'compute', recoveryMethod: 'auto' },
            ...{ createdAtMs: Date.parse('2026-01-02T03:04:05Z'), updatedAtMs: null },
          },
          {
            ...{ id: 0, uuid: id(2), name: 'rack-2', description: null, enabled: false },
            ...{ serviceType: 'compute', recoveryMethod: 'rh_priority' },
            createdAtMs: Date.parse('2026-01-02T03:04:06Z'),
            updatedAtMs: Date.parse('2026-02-01T00:00:00Z'),
          },
        ],
      );
      assert.deepEqual(
        hosts.map((row) => 'reserved' in row && [row.name, row.reserved, row.onMaintenance]),
        [
          ['compute-01', false, false],
          ['compute-02', true, true],
          ['compute-03', false, false],
        ],
      );
      const history = notifications.map(
        (row) => 'payload' in row && [row.uuid, row.status, row.hostName, row.generatedAtMs],
      );
      assert.deepEqual(history, [
        [id(21), 'finished', 'compute-01', Date.parse('2026-03-01T10:00:00Z')],
        [id(22), 'failed', 'compute-01', Date.parse('2026-04-01T10:00:00Z')],
        [id(23), 'ignored', 'compute-01', Date.parse('2025-04-01T10:00:00Z')],
      ]);
      const moves = vmoves.map(
        (row) => 'instanceName' in row && [row.instanceName, row.destHost, row.status],
      );
      assert.deepEqual(moves, [
        ['vm-1', 'compute-02', 'succeeded'],
        ['vm-2', null, 'ignored'],
      ]);
      assert.deepEqual(there.undispatched, [], 'nothing of it starts a recovery');
      const again = medevac('--database', source.url, '--state', state);
      assert.match(again.out, /^segments +0 +2 +1$/m);
      assert.match(again.out, /^hosts +0 +3 +1$/m);
      assert.match(again.out, /^notifications +0 +3 +2$/m);
      const reopened = await openSqlite({ directory: state, clock: systemClock });
      assert.deepEqual(await whatIsThere(reopened.stores), there, 'the second run changed nothing');
      await reopened.close();
      assert.equal(source.everything(), before);
    });

    it('writes nothing in a dry run, and takes Masakari 14, which has no vmoves', async () => {
      const source = masakari(server, false);
      const state = newState();
      const dry = medevac('--database', source.url, '--state', state, '--dry-run');
      assert.equal(dry.status, 0, dry.err);
      assert.match(dry.out, /^segments +2 +0 +1$/m);
      assert.match(dry.out, /nothing was written/);
      assert.ok(!existsSync(state));
    });

    it('names the object and both values when they differ, and writes nothing then', async () => {
      const source = masakari(server, false);
      const state = newState();
      assert.equal(medevac('--database', source.url, '--state', state).status, 0);
      source.run(`update hosts set on_maintenance = TRUE where uuid = '${id(11)}'`);
      const opened = await openSqlite({ directory: state, clock: systemClock });
      await opened.stores.segments.updateSegment(id(2) as never, { recoveryMethod: 'auto' }, 5);
      await opened.close();
      const ran = medevac('--database', source.url, '--state', state);
      assert.equal(ran.status, 1);
      const said = [
        `host "compute-01" (${id(11)}): on_maintenance is true in Masakari and false in Medevac`,
        `segment "rack-2" (${id(2)}): recovery_method is "rh_priority" in Masakari and "auto" in`,
        '[store_import_conflict]',
      ];
      for (const sentence of said) assert.ok(ran.err.includes(sentence), ran.err);
    });

    it('says so when the database is not of Masakari, or not there, without its password', async () => {
      const { name, url } = createDatabase(server);
      made.push(() => dropDatabase(server, name));
      const empty = medevac('--database', url, '--state', newState());
      assert.equal(empty.status, 1);
      assert.match(empty.err, /has no table failover_segments.*\[store_not_masakari\]/);
      const nowhere = medevac('--database', url.replace(name, 'nowhere'), '--state', newState());
      assert.match(nowhere.err, /\[store_database_missing\]/);
      assert.doesNotMatch(empty.err + nowhere.err, /Pass/);
    });
  });

it('imports into a database on a server, given by --into', async () => {
  const source = masakari(servers.mariadb, true);
  const { name, url: into } = createDatabase(servers.postgresql);
  made.push(() => dropDatabase(servers.postgresql, name));
  await migrateServer({ url: into, clock: systemClock, resume: false });
  const ran = medevac('--database', source.url, '--into', into);
  assert.equal(ran.status, 0, ran.err);
  const opened = await openServer({ url: into, clock: systemClock });
  const [segments = [], hosts = []] = (await whatIsThere(opened.stores)).rows;
  assert.deepEqual([segments.length, hosts.length], [2, 3]);
  await opened.close();
});
