/** The bounds of the pace, each with its share of what is open. */
import { AdaptiveLimit, type LimitChange } from './adaptive-limit.ts';

export interface PaceFigures {
  readonly open: number;
  readonly waiting: number;
  readonly calls: number;
  /** Of the cloud, of calls, and of each segment and destination in use. */
  readonly limits: Readonly<Record<string, number>>;
}

/** One bound and its share of what is open. */
export interface Share {
  readonly limit: AdaptiveLimit;
  readonly what: string;
  /** What a timeline calls it. */
  readonly told: string;
  inside: number;
  /** The least that was told since it was at its most. */
  leastTold: number;
}

export const shareOf = (what: string, most: number, least?: number): Share => ({
  limit: new AdaptiveLimit(most, least),
  what,
  told: what,
  inside: 0,
  leastTold: most,
});

export const isFull = ({ inside, limit }: Share): boolean => inside >= limit.limit;

export function known<Key>(shares: Map<Key, Share>, key: Key, make: () => Share): Share {
  const found = shares.get(key);
  if (found !== undefined) return found;
  const made = make();
  shares.set(key, made);
  return made;
}

/**
 * What a timeline says of the change; `undefined`: nothing. Steps up and down again in one and the
 * same trouble are no news, so that it does not push everything else out.
 */
export function newsOf(share: Share, { from, to, reason }: LimitChange): string | undefined {
  const isAtMost = share.limit.isAtMost;
  const isNews = to < share.leastTold || (isAtMost && share.leastTold < to);
  if (!isNews) return undefined;
  share.leastTold = to;
  if (isAtMost) return `Full pace again: up to ${to} ${share.told}`;
  return `Slower: up to ${to} ${share.told}, ${from} before; ${reason}`;
}
