/**
 * Drives the test cloud through its own script `cloud`: bring up, boot, crash, revive, restore. All
 * of it is the bed's part, so a failure here is `BedTrouble`, never a finding about the product.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BedTrouble, progress } from './waiting.ts';

const CLOUD = join(import.meta.dirname, '..', 'cloud');
const OFFSET = Number(process.env['TESTBED_PORT_OFFSET'] ?? 0);

/** Where the bed keeps its state and listens; the same rules as in `settings.sh`. */
export const BED = {
  stateDir: join(process.env['TESTBED_STATE'] ?? '/var/lib/medevac-testbed', 'openstack'),
  keystoneUrl: `http://127.0.0.1:${5000 + OFFSET}/v3`,
  novaUrl: `http://127.0.0.1:${8774 + OFFSET}/v2.1`,
  mysqlPort: 23306 + OFFSET,
  horizonPort: 18080 + OFFSET,
  instanceHaPort: 15868 + OFFSET,
  password: process.env['TESTBED_PASSWORD'] ?? 'testbed',
  /** Nova's `report_interval`: a host is called silent after one of these. */
  reportIntervalMs: Number(process.env['TESTBED_NOVA_REPORT_INTERVAL'] ?? 2) * 1000,
} as const;

export const cloudsFile = (): string => join(BED.stateDir, 'clouds.yaml');

/** The environment without the caller's own OpenStack settings, and with the bed's clouds.yaml. */
export function clientEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('OS_') && !/^(https?_proxy|no_proxy)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), OS_CLIENT_CONFIG_FILE: cloudsFile(), NO_PROXY: '*' };
}

function failure(args: readonly string[], ran: SpawnSyncReturns<string>): BedTrouble {
  const end = `${ran.stderr}${ran.stdout}`.trim().split('\n').slice(-5).join('\n');
  const how = ran.error?.message ?? `exit code ${ran.status ?? ran.signal}`;
  return new BedTrouble(`cloud ${args.join(' ')}: ${how}\n${end}`);
}

/** Runs a command of the bed and answers its output. */
export function cloud(args: readonly string[], timeoutMs = 180_000): string {
  const ran = spawnSync(CLOUD, args, { encoding: 'utf8', timeout: timeoutMs, stdio: PIPES });
  if (ran.status !== 0) throw failure(args, ran);
  return ran.stdout;
}
const PIPES: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'];

/** Brings the cloud up, or finds it up. Shows the bed's own progress lines. */
export async function bringUp(timeoutMs: number): Promise<void> {
  const child = spawn(CLOUD, ['up'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGTERM'), timeoutMs);
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve('not started'));
    child.once('exit', (status, signal) => resolve(status ?? signal));
  });
  clearTimeout(timer);
  if (code !== 0) throw new BedTrouble(`cloud up ended with ${String(code)}`);
}

/** Boots instances on one host and answers their identifiers once all are ACTIVE. */
export function boot(count: number, host: string, ...more: readonly string[]): readonly string[] {
  const rows = cloud(['boot', String(count), '--host', host, ...more], 300_000)
    .trim()
    .split('\n');
  const ids = rows.map((row) => row.split(' ')[0] ?? '');
  if (ids.length !== count) throw new BedTrouble(`booted ${ids.length} of ${count} instances`);
  return ids;
}

/** `kill -9` of the host's nova-compute: what the rest of the cloud sees when a host dies. */
export function crash(host: string): void {
  cloud(['crash', host]);
}

/** Starts the host's nova-compute again and changes nothing else. */
export function revive(host: string): void {
  cloud(['revive', host]);
}

/** Deletes all instances and puts every host into service: what each story starts from. */
export function restore(): void {
  progress('restoring the bed');
  cloud(['restore'], 300_000);
}

/** Installs Debian packages that a story needs beyond the cloud's; starts none of their daemons. */
export function installPackages(...names: readonly string[]): void {
  cloud(['packages', ...names], PACKAGES_TIMEOUT_MS);
}
const PACKAGES_TIMEOUT_MS = 420_000;

/** Points the catalogue's `instance-ha` entry at a URL. */
export function register(url: string): void {
  cloud(['register', url]);
}
