/**
 * The final schema as each server tells it itself, for review: `schema-mariadb.sql` and
 * `schema-postgresql.sql` beside `schema.sql`, which is SQLite's.
 *
 * To rewrite them: `npm run schema:servers -w @medevac/store`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminConnection, databaseIn, openOwn } from './server-tables.ts';
import type { TestServers } from './test-servers.ts';

const FOLDER = join(import.meta.dirname, '../..');

export const SCHEMA_FILES = {
  mariadb: join(FOLDER, 'schema-mariadb.sql'),
  postgresql: join(FOLDER, 'schema-postgresql.sql'),
} as const;

type RawRow = Readonly<Record<string, string | number | boolean | null | undefined>>;

const text = (row: RawRow | undefined, column: string): string => String(row?.[column] ?? '');

/** Without what differs from run to run, such as the next number of a table. */
export async function mariadbSchema(url: string): Promise<string> {
  const admin = await adminConnection(url);
  const { rows } = await admin.query('show tables', []);
  const names = (rows as readonly RawRow[]).map((row) => String(Object.values(row)[0]));
  let dump = '-- The schema after all migrations, as MariaDB has it. Written by schema-dumps.ts.\n';
  for (const name of names.sort()) {
    const table = await admin.query(`show create table \`${name}\``, []);
    const statement = text(table.rows[0] as RawRow, 'Create Table');
    dump += `\n${statement.replace(/ AUTO_INCREMENT=\d+/, '')};\n`;
  }
  await admin.close();
  return dump;
}

export async function postgresqlSchema(url: string): Promise<string> {
  const admin = await adminConnection(url);
  const ask = async (query: string): Promise<readonly RawRow[]> =>
    (await admin.query(query, [])).rows as readonly RawRow[];
  const columns = await ask(`
    select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
           a.attnotnull as required, a.attidentity as identity, l.collname as collation,
           pg_get_expr(d.adbin, d.adrelid) as fallback
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_collation l on l.oid = a.attcollation and l.collname <> 'default'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
      and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`);
  const constraints = await ask(`
    select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as rule
    from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`);
  const indexes = await ask(`
    select tablename as "table", indexdef as rule from pg_indexes
    where schemaname = 'public' order by tablename, indexname`);
  await admin.close();
  let dump =
    '-- The schema after all migrations, as PostgreSQL has it. Written by schema-dumps.ts.\n';
  for (const table of new Set(columns.map((row) => text(row, 'table')))) {
    dump += `\ntable ${table}\n`;
    for (const row of columns.filter((one) => one['table'] === table))
      dump += `  ${describeColumn(row)}\n`;
    for (const row of constraints.filter((one) => one['table'] === table))
      dump += `  constraint ${text(row, 'name')} ${text(row, 'rule')}\n`;
    for (const row of indexes.filter((one) => one['table'] === table))
      dump += `  ${text(row, 'rule')}\n`;
  }
  return dump;
}

function describeColumn(row: RawRow): string {
  const parts = [text(row, 'name'), text(row, 'type')];
  if (text(row, 'collation') !== '') parts.push(`collate "${text(row, 'collation')}"`);
  if (text(row, 'identity') !== '') parts.push('identity');
  if (row['required'] === true) parts.push('not null');
  if (text(row, 'fallback') !== '') parts.push(`default ${text(row, 'fallback')}`);
  return parts.join(' ');
}

/** Rewrites both files from freshly migrated databases. */
export async function writeSchemaFiles({ mariadb, postgresql }: TestServers): Promise<void> {
  for (const [url, dump, file] of [
    [mariadb, mariadbSchema, SCHEMA_FILES.mariadb],
    [postgresql, postgresqlSchema, SCHEMA_FILES.postgresql],
  ] as const) {
    const own = await openOwn([url]);
    writeFileSync(file, await dump(databaseIn(url, own.name)));
    await own.close();
  }
}
