/**
 * Looks whether small files have changed. Their text is read and compared, because a file may be
 * replaced by a link, within one second, or by a tool that keeps the time stamp.
 */
import { readFile } from 'node:fs/promises';
import { type Clock, type Log, messageOf } from '@medevac/kernel';

export interface WatchedFiles {
  readonly paths: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** What they hold now; the next different text is a change. */
  readonly texts: readonly string[];
  /** Takes the new texts, in the order of the paths. What it throws is logged, and tried once. */
  readonly changed: (texts: readonly string[]) => void;
}

const LOOK_EVERY_MS = 2_000;

/** Watches until the returned function is called. A file that cannot be read is left as it was. */
export function watchFiles(watched: WatchedFiles): () => void {
  const { paths, clock, log } = watched;
  let known = watched.texts;
  let trouble: string | undefined;
  return clock.every(LOOK_EVERY_MS, async () => {
    try {
      const texts = await readTexts(paths);
      trouble = undefined;
      if (texts.every((text, index) => text === known[index])) return;
      known = texts;
      watched.changed(texts);
      log.info('files.reloaded', { paths });
    } catch (error) {
      if (messageOf(error) !== trouble) {
        log.error('files.not_reloaded', { paths, message: messageOf(error) });
      }
      trouble = messageOf(error);
    }
  });
}

export const readTexts = (paths: readonly string[]): Promise<readonly string[]> =>
  Promise.all(paths.map((path) => readFile(path, 'utf8')));
