/**
 * Runs a program of somebody else and always comes back: no shell, an environment that is only what
 * it is given, a deadline, bounded output, and a process group of its own that is killed whole.
 * Secrets belong into `stdin` or `env`, never into `argv`: every user of the machine can read that.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { BoundedOutput } from './bounded-output.ts';

export interface Command {
  /** The program's absolute path and its arguments, each handed over as it is. */
  readonly argv: readonly [string, ...string[]];
  /** Everything that the program's environment holds. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to its standard input, which is closed then. */
  readonly stdin?: string;
  /** `/` when absent. */
  readonly cwd?: string;
}

export interface CommandLimits {
  readonly clock: Clock;
  /** The whole group is killed when it has run for so long. */
  readonly deadlineMs: number;
  /** Kept of each of its two outputs: the beginning and the end. What is between is counted. */
  readonly outputBytes: number;
  /** Kills the group as well. */
  readonly signal?: AbortSignal;
}

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Something of the outputs was left out. */
  readonly isCut: boolean;
}

export type CommandOutcome =
  | ({ readonly kind: 'exited'; readonly code: number } & CommandOutput)
  /** It died by a signal that we did not send. */
  | ({ readonly kind: 'crashed'; readonly by: string } & CommandOutput)
  /** Killed by us, and why. It may have done its work, or a part of it. */
  | ({ readonly kind: 'killed'; readonly why: 'deadline' | 'flood' | 'aborted' } & CommandOutput)
  /** It never ran. */
  | { readonly kind: 'unstartable'; readonly reason: string };

/** A program that writes more than this is not waited for: reading it would cost a core. */
const FLOOD_BYTES = 64 * 1024 * 1024;
/** What outlives the program may hold its pipes open; they are not read for longer than this. */
const DRAIN_MS = 250;

/** Never rejects: whatever becomes of the program is an answer. */
export async function runCommand(command: Command, limits: CommandLimits): Promise<CommandOutcome> {
  if (limits.signal?.aborted) return { kind: 'unstartable', reason: 'called off before it began' };
  let child: ChildProcessWithoutNullStreams;
  try {
    const [program, ...args] = command.argv;
    const { env, cwd = '/' } = command;
    child = spawn(program, args, { env, cwd, detached: true, stdio: 'pipe', shell: false });
  } catch (error) {
    return { kind: 'unstartable', reason: messageOf(error) };
  }
  return await new RunningCommand(child, limits).outcome(command.stdin ?? '');
}

type Ending =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'crashed'; readonly by: string }
  | { readonly kind: 'unstartable'; readonly reason: string };

class RunningCommand {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #limits: CommandLimits;
  readonly #stdout: BoundedOutput;
  readonly #stderr: BoundedOutput;
  #killedFor: 'deadline' | 'flood' | 'aborted' | undefined;

  constructor(child: ChildProcessWithoutNullStreams, limits: CommandLimits) {
    this.#child = child;
    this.#limits = limits;
    this.#stdout = new BoundedOutput(limits.outputBytes);
    this.#stderr = new BoundedOutput(limits.outputBytes);
  }

  async outcome(stdin: string): Promise<CommandOutcome> {
    const { clock, deadlineMs, signal } = this.#limits;
    const done = new AbortController();
    const onAbort = (): void => this.#kill('aborted');
    signal?.addEventListener('abort', onAbort, { once: true });
    clock.sleep(deadlineMs, done.signal).then(
      () => this.#kill('deadline'),
      () => undefined,
    );
    try {
      this.#listen(stdin);
      const ending = await this.#ending();
      // What it left behind in its group ends with it.
      this.#killGroup();
      await this.#drain(clock, done.signal);
      if (ending.kind === 'unstartable') return ending;
      const output = this.#output();
      const why = this.#killedFor;
      return why === undefined ? { ...ending, ...output } : { kind: 'killed', why, ...output };
    } finally {
      done.abort(new Error('the program has ended'));
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #listen(stdin: string): void {
    const { stdout, stderr, stdin: input } = this.#child;
    const outputs = [
      { stream: stdout, kept: this.#stdout },
      { stream: stderr, kept: this.#stderr },
    ];
    for (const { stream, kept } of outputs) {
      stream.on('data', (chunk: Buffer) => {
        kept.add(chunk);
        if (this.#stdout.seenBytes + this.#stderr.seenBytes > FLOOD_BYTES) this.#kill('flood');
      });
      stream.on('error', () => undefined);
    }
    // A program that does not read its input closes it: that is its right.
    input.on('error', () => undefined);
    input.end(stdin);
  }

  #ending(): Promise<Ending> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid !== undefined) return;
        resolve({ kind: 'unstartable', reason: messageOf(error) });
      });
      this.#child.once('exit', (code, by) => {
        resolve(code === null ? { kind: 'crashed', by: String(by) } : { kind: 'exited', code });
      });
    });
  }

  async #drain(clock: Clock, signal: AbortSignal): Promise<void> {
    const { stdout, stderr } = this.#child;
    const ended = [stdout, stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.closed || stream.destroyed) resolve();
          else stream.once('close', resolve);
        }),
    );
    const late = clock.sleep(DRAIN_MS, signal).catch(() => undefined);
    await Promise.race([Promise.all(ended), late]);
    for (const stream of [stdout, stderr, this.#child.stdin]) stream.destroy();
  }

  #kill(why: 'deadline' | 'flood' | 'aborted'): void {
    this.#killedFor ??= why;
    this.#killGroup();
  }

  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  }

  #output(): CommandOutput {
    return {
      stdout: this.#stdout.text(),
      stderr: this.#stderr.text(),
      isCut: this.#stdout.isCut || this.#stderr.isCut,
    };
  }
}
