/** `medevac db migrate`: brings the database that `serve` uses to this program's schema. */
import { systemClock } from '@medevac/kernel';
import { openSqlite } from '@medevac/store';
import type { Command } from 'commander';
import { databasePlace } from '../replica.ts';
import { addSettings, type GivenOptions, readSettings } from '../settings/command-settings.ts';

/** Where the database is; nothing else need be declared to migrate it. */
const PLACE = ['database', 'state'] as const;

export function addDatabase(program: Command): void {
  const migrate = program
    .command('db')
    .description('look after the database')
    .command('migrate')
    .description('bring the database to the schema of this program');
  addSettings(migrate, PLACE).action(async (options: GivenOptions) => {
    const place = databasePlace(await readSettings(PLACE, options));
    const opened = await openSqlite({ ...place, clock: systemClock });
    const { fromVersion, toVersion } = opened.migration;
    await opened.close();
    const what =
      fromVersion === toVersion
        ? `is at version ${toVersion} already`
        : `went from version ${fromVersion} to ${toVersion}`;
    process.stdout.write(`${opened.file} ${what}\n`);
  });
}
