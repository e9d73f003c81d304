/** Reading a list of several pages by limit and marker, to its end and never in a circle. */
import { LIMITS, OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; `undefined` on the last page. */
  readonly nextMarker: string | undefined;
}

/** Thrown by a page reader when its marker is gone: the item was deleted between two pages. */
export class MarkerGone extends Error {}

const RESTARTS = 3;

/**
 * All items of all pages. `enough` may end the reading early. When a marker vanishes the list is
 * read again from its beginning, a few times at most.
 */
export async function readPages<T>(
  what: string,
  readPage: (marker: string | undefined) => Promise<Page<T>>,
  enough: (page: Page<T>) => boolean = () => false,
): Promise<readonly T[]> {
  for (let restart = 0; ; restart++) {
    try {
      return await readOnce(what, readPage, enough);
    } catch (error) {
      if (!(error instanceof MarkerGone)) throw error;
      if (restart === RESTARTS) {
        throw unfinished(what, `its marker vanished ${restart + 1} times`, error);
      }
    }
  }
}

async function readOnce<T>(
  what: string,
  readPage: (marker: string | undefined) => Promise<Page<T>>,
  enough: (page: Page<T>) => boolean,
): Promise<readonly T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let marker: string | undefined;
  for (let pages = 0; pages < LIMITS.cloudPages; pages++) {
    const page = await readPage(marker);
    items.push(...page.items);
    marker = page.nextMarker;
    if (marker === undefined || page.items.length === 0 || enough(page)) return items;
    if (seen.has(marker)) throw unfinished(what, `page ${pages + 1} repeats an earlier one`);
    seen.add(marker);
  }
  throw unfinished(what, `it has more than ${LIMITS.cloudPages} pages`);
}

function unfinished(what: string, why: string, cause?: unknown): OperationalError {
  return new OperationalError(
    cloudErrors.listUnfinished,
    `${what} did not come to an end: ${why}`,
    {
      cause,
      fields: { list: what },
    },
  );
}
