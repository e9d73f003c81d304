/** A disk of a few kilobytes that can be filled: a file system in memory, mounted for one story. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedTrouble } from './waiting.ts';

export interface SmallDisk {
  readonly directory: string;
  /** Takes all room that is left. */
  readonly fill: () => void;
  /** Gives that room back. */
  readonly free: () => void;
}

export async function withSmallDisk(
  sizeKib: number,
  use: (disk: SmallDisk) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'medevac-disk-'));
  const filler = join(directory, 'filler');
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', directory);
  try {
    await use({
      directory,
      fill: () => {
        const { bavail, bsize } = statfsSync(directory);
        writeFileSync(filler, Buffer.alloc(bavail * bsize));
      },
      free: () => rmSync(filler),
    });
  } finally {
    run('umount', '--lazy', directory);
    rmSync(directory, { recursive: true });
  }
}

function run(command: string, ...words: readonly string[]): void {
  const ran = spawnSync(command, words, { encoding: 'utf8' });
  if (ran.status !== 0) throw new BedTrouble(`${command}: ${ran.stderr || String(ran.error)}`);
}
