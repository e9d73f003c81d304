/**
 * `medevac demo`: a host failure and its recovery on a simulated cloud, in this one process. What
 * runs on it is the replica of `medevac serve`, with a database in a directory that is removed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CARRIED_METHODS } from '@medevac/core';
import { OperationalError, systemClock } from '@medevac/kernel';
import type { DemoReplica } from '@medevac/simulator';
import type { Command } from 'commander';
import { CLI_ERRORS } from '../errors.ts';
import { startReplica } from '../replica.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { SETTING_KEYS } from '../settings/settings-table.ts';
import { readWholeNumber } from './whole-number.ts';

interface DemoWords {
  readonly seed: string;
  readonly hosts: string;
  readonly instances: string;
  readonly method: string;
}

const MOST_HOSTS = 50;
const MOST_INSTANCES = 1_000;
const MOST_SEED = 2 ** 32 - 1;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('watch a recovery on a simulated cloud; needs no cloud and no settings')
    .option('--seed <N>', 'chooses the host that fails and all other chance', '1')
    .option('--hosts <N>', `compute hosts, 2 to ${MOST_HOSTS}`, '6')
    .option('--instances <N>', `instances on all of them, 1 to ${MOST_INSTANCES}`, '40')
    .option('--method <METHOD>', `recovery method: ${CARRIED_METHODS.join(', ')}`, 'auto')
    .action(demo);
}

async function demo(words: DemoWords): Promise<void> {
  const chosen = {
    seed: readWholeNumber('--seed', words.seed, { least: 0, most: MOST_SEED }),
    hosts: readWholeNumber('--hosts', words.hosts, { least: 2, most: MOST_HOSTS }),
    instances: readWholeNumber('--instances', words.instances, { least: 1, most: MOST_INSTANCES }),
    method: readMethod(words.method),
  };
  // Read only here: every other command starts faster without the simulator.
  const { DEMO_REPORT_MS, runDemo } = await import('@medevac/simulator');
  const stop = new AbortController();
  const giveUp = (): void => stop.abort(interrupted());
  process.once('SIGINT', giveUp).once('SIGTERM', giveUp);
  // Nobody reads any more, for instance `head`.
  process.stdout.on('error', giveUp);
  const state = await mkdtemp(join(tmpdir(), 'medevac-demo-'));
  try {
    const outcome = await runDemo({
      ...chosen,
      clock: systemClock,
      signal: stop.signal,
      write: (line) => void process.stdout.write(`${line}\n`),
      startReplica: (environment) => startDemoReplica(environment, state, DEMO_REPORT_MS),
    });
    process.exitCode = outcome.faults.length === 0 ? 0 : 1;
  } finally {
    await rm(state, { recursive: true, force: true });
    process.off('SIGINT', giveUp).off('SIGTERM', giveUp);
  }
}

/** A replica with the settings of `medevac serve`, on a free port, that logs only its errors. */
export function startDemoReplica(
  environment: Readonly<Record<string, string>>,
  state: string,
  reportMs: number,
): Promise<DemoReplica> {
  const options = {
    fencing: 'trusted',
    storage: 'shared',
    listen: '127.0.0.1:0',
    state,
    'nova-report-interval': String(reportMs / 1000),
    'log-level': 'error',
  };
  const settings = loadSettings(SETTING_KEYS, { options, env: {}, file: undefined });
  // Homes and working directories hold accounts of real clouds, which the demo must not find.
  return startReplica(settings, { env: environment, homeDir: state, cwd: state });
}

/** Throws for a method that the engine would hold the host for, and names those that it knows. */
function readMethod(text: string): string {
  if (CARRIED_METHODS.includes(text)) return text;
  const known = CARRIED_METHODS.join(', ');
  throw new OperationalError(
    CLI_ERRORS.settingInvalid,
    `--method is ${JSON.stringify(text)}, but this release carries out: ${known}`,
  );
}

const interrupted = (): OperationalError =>
  new OperationalError(CLI_ERRORS.interrupted, 'the demo was interrupted');
