/**
 * Runs the product as an operator would: `npx medevac serve` from the repository's root, in a
 * process group of its own, so that a SIGKILL hits everything that was started.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BED, clientEnvironment } from './bed.ts';
import { newToken } from './nova.ts';
import { type Program, startProgram } from './program.ts';
import { waitFor } from './waiting.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const READY_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 30_000;
const LISTEN = `127.0.0.1:${BED.instanceHaPort}`;
export const MEDEVAC_URL = `http://${LISTEN}`;

/** `npx` without its offer to fetch a package from elsewhere, and without remarks of its own. */
const NPX = ['--no', '--loglevel=silent', 'medevac'];

export interface ServeOptions {
  readonly stateDir: string;
  readonly osCloud?: string;
  readonly listen?: string;
  /** URL of a database on a server, migrated already; without it SQLite in `stateDir`. */
  readonly database?: string;
  /** Declarations to leave out or change; `undefined` leaves one out. */
  readonly fencing?: string | undefined;
  readonly storage?: string | undefined;
  /** Further options of `serve`, as on its command line. */
  readonly more?: readonly string[];
}

export function serveArguments(options: ServeOptions): readonly string[] {
  const { fencing, storage } = { fencing: 'trusted', storage: 'shared', ...options };
  return [
    'serve',
    `--os-cloud=${options.osCloud ?? 'medevac'}`,
    `--listen=${options.listen ?? LISTEN}`,
    `--state=${options.stateDir}`,
    ...(options.database === undefined ? [] : [`--database=${options.database}`]),
    `--nova-report-interval=${BED.reportIntervalMs / 1000}`,
    ...(fencing === undefined ? [] : [`--fencing=${fencing}`]),
    ...(storage === undefined ? [] : [`--storage=${storage}`]),
    ...(options.more ?? []),
  ];
}

export function newStateDir(): string {
  return mkdtempSync(join(tmpdir(), 'medevac-e2e-'));
}

/** A running `medevac serve`; `kill` is a SIGKILL, as nothing gentler proves anything. */
export type Replica = Program;

function launch(options: ServeOptions): Replica {
  const args = [...NPX, ...serveArguments(options)];
  return startProgram({ command: 'npx', args, cwd: ROOT, env: clientEnvironment() });
}

/** Starts a replica and resolves when it answers. */
export async function startMedevac(options: ServeOptions): Promise<Replica> {
  const replica = launch(options);
  await waitFor(
    'medevac serve answers',
    async () => {
      if (!replica.isRunning()) throw new Error(`medevac serve ended:\n${replica.output()}`);
      const answer = await fetch(`http://${options.listen ?? LISTEN}/`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status === 200;
    },
    { timeoutMs: READY_TIMEOUT_MS, stepMs: 100 },
  ).catch(async (error: unknown) => {
    await replica.kill();
    throw error;
  });
  return replica;
}

/** Runs `medevac WORDS` to its end and answers what it printed; it must succeed. */
export function runMedevac(words: readonly string[], timeoutMs: number): string {
  const ran = spawnSync('npx', [...NPX, ...words], {
    cwd: ROOT,
    env: clientEnvironment(),
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (ran.status === 0) return ran.stdout;
  const said = ran.error?.message ?? `${ran.stderr}${ran.stdout}`.trim();
  throw new Error(`medevac ${words.join(' ')}: ${said}`);
}

export interface Refusal {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `serve` where it must refuse to start, and answers how it ended. */
export function runToRefusal(options: ServeOptions, env: NodeJS.ProcessEnv = {}): Refusal {
  const ran = spawnSync('npx', [...NPX, ...serveArguments(options)], {
    cwd: ROOT,
    env: { ...clientEnvironment(), ...env },
    encoding: 'utf8',
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  return { exitCode: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

let token: Promise<string> | undefined;

/** Calls the v1 API over HTTP at microversion 1.3 and answers the parsed body. */
export async function callMedevac<T>(
  method: string,
  path: string,
  body?: unknown,
  url = MEDEVAC_URL,
): Promise<T> {
  token ??= newToken();
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      'x-auth-token': await token,
      'openstack-api-version': 'instance-ha 1.3',
      'content-type': 'application/json',
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Holds a port of loopback until the returned function is called. */
export async function occupyPort(): Promise<{ readonly port: number; release(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}

export function removeStateDir(stateDir: string): void {
  rmSync(stateDir, { recursive: true, force: true });
}
