/**
 * A program that runs beside a story: in a process group of its own, so that one signal hits all
 * that it started, its output kept, and gone at the latest when the test process ends.
 */
import { spawn } from 'node:child_process';

const KEPT_OUTPUT = 100_000;

export interface Program {
  /** What it has written to stdout and stderr so far, its last part. */
  output(): string;
  isRunning(): boolean;
  /** The process that was started, undefined when it could not be. */
  readonly pid: number | undefined;
  /** SIGSTOP to the whole process group: it stands still and knows nothing of it. */
  pause(): void;
  /** SIGCONT. */
  wake(): void;
  /** SIGKILL to the whole process group; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
}

const running = new Set<number>();
const killAll = (): void => {
  for (const group of running) signalGroup(group, 'SIGKILL');
};
process.on('exit', killAll);
// A test that overruns its time is ended by a signal, and then no exit handler runs.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(1);
  });
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group has ended by itself.
  }
}

export function startProgram({ command, args, cwd, env }: Launch): Program {
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let written = '';
  const keep = (chunk: Buffer): void => {
    written = `${written}${chunk.toString()}`.slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      keep(Buffer.from(`${command}: ${error.message}\n`));
      resolve();
    });
    child.once('exit', () => resolve());
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  return {
    output: () => written,
    isRunning: () => pid !== undefined && child.exitCode === null && child.signalCode === null,
    pid,
    pause: () => signalGroup(pid ?? 0, 'SIGSTOP'),
    wake: () => signalGroup(pid ?? 0, 'SIGCONT'),
    kill: async () => {
      if (pid !== undefined) {
        signalGroup(pid, 'SIGKILL');
        running.delete(pid);
      }
      await gone;
    },
  };
}
