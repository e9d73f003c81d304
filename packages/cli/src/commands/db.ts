/** `medevac db migrate`: brings the database that `serve` uses to this program's schema. */
import { type Clock, systemClock } from '@medevac/kernel';
import { type MigrationReport, migrateServer, openSqlite } from '@medevac/store';
import { type Command, Option } from 'commander';
import { type DatabasePlace, databasePlace } from '../database-place.ts';
import { addSettings, type GivenOptions, readSettings } from '../settings/command-settings.ts';

/** Where the database is; nothing else need be declared to migrate it. */
const PLACE = ['database', 'state'] as const;

export function addDatabase(program: Command): void {
  const migrate = program
    .command('db')
    .description('look after the database')
    .command('migrate')
    .description('bring the database to the schema of this program')
    .addOption(
      new Option('--resume', 'do a migration again that was cut off; no other one may be running'),
    );
  addSettings(migrate, PLACE).action(
    async (options: GivenOptions & { readonly resume?: boolean }) => {
      const place = databasePlace(await readSettings(PLACE, options));
      const report = await migratePlace(place, systemClock, options.resume === true);
      const { fromVersion, toVersion } = report;
      const what =
        fromVersion === toVersion
          ? `is at version ${toVersion} already`
          : `went from version ${fromVersion} to ${toVersion}`;
      process.stdout.write(`${report.place} ${what}\n`);
    },
  );
}

async function migratePlace(
  place: DatabasePlace,
  clock: Clock,
  resume: boolean,
): Promise<MigrationReport & { readonly place: string }> {
  if ('server' in place) return await migrateServer({ url: place.server, clock, resume });
  const opened = await openSqlite({ ...place, clock });
  await opened.close();
  return { ...opened.migration, place: opened.file };
}
