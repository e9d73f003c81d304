/**
 * `medevac import masakari`: segments, hosts and history out of a Masakari database. `--database`
 * is Masakari's here; ours is where `serve` finds it, or `--into`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError, systemClock } from '@medevac/kernel';
import {
  IMPORTED_KINDS,
  type ImportReport,
  importMasakari,
  openServer,
  openSqlite,
  parseDatabaseUrl,
  sqliteFile,
} from '@medevac/store';
import type { Command } from 'commander';
import { type DatabasePlace, databasePlace } from '../database-place.ts';
import { CLI_ERRORS } from '../errors.ts';
import { printRows } from '../print.ts';
import { addSettings, readSettings } from '../settings/command-settings.ts';
import type { ServeSettings } from '../settings/settings-table.ts';

/** Where the address may stand instead, so that no password is seen in the list of processes. */
const VARIABLE = 'MEDEVAC_MASAKARI_DATABASE';

interface Options {
  readonly database?: string;
  readonly into?: string;
  readonly config?: string;
  readonly state?: string;
  readonly fencing?: string;
  readonly storage?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addImport(program: Command): void {
  const masakari = program
    .command('import')
    .description('take over from another program')
    .command('masakari')
    .description('bring segments, hosts and history of Masakari into the database of serve')
    .option('--database <URL>', `database of Masakari, as in masakari.conf; or ${VARIABLE}`)
    .option('--into <URL>', 'database of Medevac; without it where serve finds it')
    .option('--dry-run', 'show what would be done and write nothing')
    .option('--json', 'print JSON');
  addSettings(masakari, ['fencing', 'storage', 'state']).action((options: Options) =>
    importInto(options),
  );
}

async function importInto(options: Options): Promise<void> {
  const source = sourceOf(options);
  // Masakari's own segments say neither; a silent choice would be unsafe or useless.
  const { config, state, fencing, storage, into } = options;
  const declared = await readSettings(['fencing', 'storage'], { config, fencing, storage });
  const isDry = options.dryRun === true;
  const place = databasePlace(
    await readSettings(['database', 'state'], { config, state, database: into }),
  );
  const opened = await openTarget(place, isDry);
  try {
    const report = await importMasakari({
      ...{ source, target: opened.database, dryRun: isDry },
      ...{ declared, atMs: systemClock.wallMs() },
    });
    show(report, { declared, place: opened.place, isDry, json: options.json === true });
  } finally {
    await opened.close();
  }
}

function sourceOf(options: Options): string {
  const url = options.database ?? process.env[VARIABLE];
  if (url === undefined || url === '')
    throw new OperationalError(
      CLI_ERRORS.settingMissing,
      `--database URL of Masakari's database must be given, or ${VARIABLE}`,
    );
  parseDatabaseUrl(url);
  return url;
}

async function openTarget(place: DatabasePlace, isDry: boolean) {
  if ('server' in place) return await openServer({ url: place.server, clock: systemClock });
  if (!isDry || existsSync(sqliteFile(place))) {
    const opened = await openSqlite({ ...place, clock: systemClock });
    return { database: opened.database, place: opened.file, close: () => opened.close() };
  }
  // Not there yet, and a dry run must not make it.
  const directory = mkdtempSync(join(tmpdir(), 'medevac-dry-run-'));
  const opened = await openSqlite({ directory, clock: systemClock });
  const close = async (): Promise<void> => {
    await opened.close();
    rmSync(directory, { recursive: true });
  };
  return { database: opened.database, place: sqliteFile(place), close };
}

interface Shown {
  readonly declared: Pick<ServeSettings, 'fencing' | 'storage'>;
  readonly place: string;
  readonly isDry: boolean;
  readonly json: boolean;
}

function show(report: ImportReport, { declared, place, isDry, json }: Shown): void {
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  if (json) {
    const summary = { place, dryRun: isDry, ...declared, ...report };
    write(`${JSON.stringify(summary, null, 2)}\n`);
    return;
  }
  const rows = IMPORTED_KINDS.map((kind) => {
    const { added, unchanged, leftOut } = report.tallies[kind];
    return { what: kind, added, 'there already': unchanged, 'left out': leftOut };
  });
  printRows(rows, ['what', 'added', 'there already', 'left out'], { json, write });
  for (const sentence of report.leftOut) write(`left out: ${sentence}\n`);
  write(isDry ? `nothing was written to ${place}\n` : `written to ${place}\n`);
  const { fencing, storage } = declared;
  write(
    `new segments are declared fencing: ${fencing}, storage: ${storage}; ` +
      'see and change it with medevac rule segment\n',
  );
}
