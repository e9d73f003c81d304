/** The final schema as text, for review: what SQLite itself says after all migrations. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@medevac/kernel';
import { sql } from 'kysely';
import { openSqlite } from '../../src/index.ts';
import { temporaryDirectory } from '../contract/implementations.ts';

export const SCHEMA_FILE: string = join(import.meta.dirname, '../../schema.sql');

export async function schemaText(): Promise<string> {
  const directory = temporaryDirectory();
  const opened = await openSqlite({ directory, clock: new ManualClock() });
  try {
    const { rows } = await opened.database.read((db) =>
      sql<{ sql: string }>`
        select sql from sqlite_master
        where sql is not null and name not like 'sqlite_%'
        order by tbl_name, type desc, name
      `.execute(db),
    );
    const head =
      '-- The schema after all migrations, as SQLite has it. Written by write-schema.ts.\n';
    return head + rows.map((row) => `\n${readable(row.sql)};\n`).join('');
  } finally {
    await opened.close();
    rmSync(directory, { recursive: true });
  }
}

/** One column or constraint a line: breaks at the commas that stand in the outermost brackets. */
function readable(statement: string): string {
  if (!/^create table/i.test(statement)) return statement;
  let depth = 0;
  let text = '';
  for (const character of statement) {
    if (character === ')' && --depth === 0) text += '\n';
    text += character;
    if (character === '(' && ++depth === 1) text += '\n  ';
    if (character === ',' && depth === 1) text += '\n ';
  }
  return text;
}
