/** `medevac serve`: everything on the controller side in one process. */
import { homedir } from 'node:os';
import { systemClock } from '@medevac/kernel';
import type { Command } from 'commander';
import { startReplica } from '../replica.ts';
import { addSettings, type GivenOptions, readSettings } from '../settings/command-settings.ts';
import { SETTING_KEYS, type ServeSettings } from '../settings/settings-table.ts';

/** A stop that takes longer than this ends hard; the next start continues all the same. */
const STOP_MS = 10_000;

export function addServe(program: Command): void {
  const serve = program.command('serve').description('run the API and the recovery engine');
  addSettings(serve, SETTING_KEYS).action(async (options: GivenOptions) => {
    await runUntilSignal(await readSettings(SETTING_KEYS, options));
  });
}

async function runUntilSignal(settings: ServeSettings): Promise<void> {
  const replica = await startReplica(settings, {
    env: process.env,
    homeDir: homedir(),
    cwd: process.cwd(),
  });
  process.stdout.write(`medevac listens on ${replica.url}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await Promise.race([replica.stop(), systemClock.sleep(STOP_MS)]);
  process.exit(0);
}
