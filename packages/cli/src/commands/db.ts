/** `medevac db migrate`: brings the database to this program's schema. */
import { systemClock } from '@medevac/kernel';
import { openSqlite } from '@medevac/store';
import type { Command } from 'commander';
import { databasePlace } from '../replica.ts';
import { SETTINGS } from '../settings/settings-table.ts';

interface DatabaseOptions {
  readonly database?: string;
  readonly state?: string;
}

export function addDatabase(program: Command): void {
  program
    .command('db')
    .description('look after the database')
    .command('migrate')
    .description('bring the database to the schema of this program')
    .option('--database <URL>', SETTINGS.database.help, process.env['MEDEVAC_DATABASE'])
    .option('--state <DIR>', SETTINGS.state.help, process.env['MEDEVAC_STATE'])
    .action(async (options: DatabaseOptions) => {
      const database = options.database && SETTINGS.database.read(options.database);
      const state = options.state ?? SETTINGS.state.fallback;
      const opened = await openSqlite({
        ...databasePlace({ database: database || undefined, state }),
        clock: systemClock,
      });
      const { fromVersion, toVersion } = opened.migration;
      await opened.close();
      const what =
        fromVersion === toVersion
          ? `is at version ${toVersion} already`
          : `went from version ${fromVersion} to ${toVersion}`;
      process.stdout.write(`${opened.file} ${what}\n`);
    });
}
