/**
 * A database server as a child process of the tests: on a port of its own on loopback, under an
 * unprivileged user where the tests run as root, watched by its recorded id and bounded in time.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { messageOf, systemClock } from '@medevac/kernel';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Who the server runs as: nobody special unless we are root, which servers refuse to be. */
export function accountOf(name: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string): number =>
    Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export function giveTo(account: Account | undefined, ...paths: readonly string[]): void {
  if (account === undefined) return;
  for (const path of paths) chownSync(path, account.uid, account.gid);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A command that prepares something and ends by itself. */
export function runTool(
  program: string,
  parameters: readonly string[],
  options: { readonly account?: Account | undefined; readonly input?: string } = {},
): void {
  try {
    execFileSync(program, parameters, {
      ...options.account,
      input: options.input ?? '',
      timeout: 60_000,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`${program} failed: ${said.trim().slice(-2_000) || messageOf(error)}`);
  }
}

const STOP_MS = 20_000;
const LOOK_MS = 100;

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #program: string;
  readonly #logFile: string;

  constructor(
    program: string,
    parameters: readonly string[],
    { account, logFile }: { readonly account: Account | undefined; readonly logFile: string },
  ) {
    const log = openSync(logFile, 'a');
    this.#program = program;
    this.#logFile = logFile;
    this.#child = spawn(program, parameters, { ...account, stdio: ['ignore', log, log] });
    this.#child.on('error', () => undefined);
    closeSync(log);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves once `isReady` does; rejects with the end of the server's log. */
  async ready(withinMs: number, isReady: () => Promise<unknown>): Promise<void> {
    const startedMs = systemClock.monotonicMs();
    for (;;) {
      if (this.#hasEnded()) throw new Error(`${this.#program} ended: ${this.#log()}`);
      try {
        await isReady();
        return;
      } catch (error) {
        if (systemClock.monotonicMs() - startedMs > withinMs)
          throw new Error(
            `${this.#program} not ready after ${withinMs} ms (${messageOf(error)}): ${this.#log()}`,
          );
      }
      await systemClock.sleep(LOOK_MS);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#hasEnded()) return;
    const ended = once(this.#child, 'exit');
    const patience = new AbortController();
    this.#child.kill(signal);
    const late = systemClock.sleep(STOP_MS, patience.signal).then(
      () => this.#child.kill('SIGKILL'),
      () => false,
    );
    await ended;
    patience.abort();
    await late;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.pid === 0;
  }

  #log(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-3_000);
  }
}
