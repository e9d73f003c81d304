/**
 * Processor time of everything that one session of the machine has started. Beside requests a
 * second it tells what a request costs, which other load on the machine changes less.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Fields of `/proc/PID/stat` behind the command's name. */
const SESSION = 3;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout);

/** Milliseconds since the start of each of its processes; those that have ended count no more. */
export function sessionCpuMs(session: number): number {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      const fields = statOf(pid);
      if (Number(fields[SESSION]) !== session) return 0;
      return Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
    });
  return (ticks.reduce((sum, one) => sum + one, 0) * 1000) / ticksPerSecond;
}

/** Empty once the process has ended. */
function statOf(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
