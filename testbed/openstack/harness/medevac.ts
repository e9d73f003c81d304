/**
 * Runs the product as an operator would: `npx medevac serve` from the repository's root, in a
 * process group of its own, so that a SIGKILL hits everything that was started.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BED, clientEnvironment } from './bed.ts';
import { newToken } from './nova.ts';
import { waitFor } from './waiting.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const READY_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 30_000;
export const MEDEVAC_URL = `http://127.0.0.1:${BED.instanceHaPort}`;

/** `npx` without its offer to fetch a package from elsewhere, and without remarks of its own. */
const NPX = ['--no', '--loglevel=silent', 'medevac'];

export interface ServeOptions {
  readonly stateDir: string;
  readonly osCloud?: string;
  readonly listen?: string;
  /** Declarations to leave out or change; `undefined` leaves one out. */
  readonly fencing?: string | undefined;
  readonly storage?: string | undefined;
}

export function serveArguments(options: ServeOptions): readonly string[] {
  const { fencing, storage } = { fencing: 'trusted', storage: 'shared', ...options };
  return [
    'serve',
    `--os-cloud=${options.osCloud ?? 'medevac'}`,
    `--listen=${options.listen ?? `127.0.0.1:${BED.instanceHaPort}`}`,
    `--state=${options.stateDir}`,
    `--nova-report-interval=${BED.reportIntervalMs / 1000}`,
    ...(fencing === undefined ? [] : [`--fencing=${fencing}`]),
    ...(storage === undefined ? [] : [`--storage=${storage}`]),
  ];
}

export function newStateDir(): string {
  return mkdtempSync(join(tmpdir(), 'medevac-e2e-'));
}

export interface Replica {
  /** What it has written to stdout and stderr so far. */
  output(): string;
  isRunning(): boolean;
  /** SIGKILL to the whole process group; resolves when it is gone. */
  kill(): Promise<void>;
}

const running = new Set<number>();
const killAll = (): void => {
  for (const group of running) killGroup(group);
};
process.on('exit', killAll);
// A test that overruns its time is ended by a signal, and then no exit handler runs.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(1);
  });
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}

function launch(options: ServeOptions): Replica & { readonly child: ChildProcess } {
  const child = spawn('npx', [...NPX, ...serveArguments(options)], {
    cwd: ROOT,
    env: clientEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let written = '';
  const keep = (chunk: Buffer): void => {
    written = `${written}${chunk.toString()}`.slice(-100_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  return {
    child,
    output: () => written,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: async () => {
      if (pid !== undefined) {
        killGroup(pid);
        running.delete(pid);
      }
      await gone;
    },
  };
}

/** Starts a replica and resolves when it answers. */
export async function startMedevac(options: ServeOptions): Promise<Replica> {
  const replica = launch(options);
  await waitFor(
    'medevac serve answers',
    async () => {
      if (!replica.isRunning()) throw new Error(`medevac serve ended:\n${replica.output()}`);
      const answer = await fetch(`${MEDEVAC_URL}/`).catch(() => undefined);
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
export async function callMedevac<T>(method: string, path: string, body?: unknown): Promise<T> {
  token ??= newToken();
  const response = await fetch(`${MEDEVAC_URL}/v1${path}`, {
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
