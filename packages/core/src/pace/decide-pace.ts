/**
 * How many evacuations, or calls, may be under way at once. It begins at the most that is allowed
 * and comes down only on evidence: by half of what was under way when a tenth of what was seen is
 * trouble, and up again step by step while somebody waits and nothing is wrong. When very many
 * wait it is half of the most: a cloud that has so much to do is slowed down by more of it.
 */

/** What speaks for going slower. */
export const PaceTrouble = {
  /** A call that Nova answered with an error of its own, or not at all. */
  failedCall: 'failedCall',
  /** A call that was answered after a long time. */
  slowCall: 'slowCall',
  /** An evacuation that no destination has begun after a long time. */
  lateStart: 'lateStart',
  /** A rebuild that broke at its destination: no lack of room. */
  brokenRebuild: 'brokenRebuild',
} as const;
export type PaceTrouble = (typeof PaceTrouble)[keyof typeof PaceTrouble];

export interface PaceBounds {
  /** At least 1: it goes on whatever happens. */
  readonly least: number;
  readonly most: number;
}

/** What was seen since the last decision, of what was sent after the last slowing down. */
export interface PaceSample {
  readonly limit: number;
  /** Under way now. */
  readonly inside: number;
  readonly waiting: number;
  /** What went well. */
  readonly good: number;
  readonly troubles: Readonly<Partial<Record<PaceTrouble, number>>>;
}

export interface PaceDecision {
  readonly limit: number;
  /** Why it is another one, in words for a timeline; `undefined`: it is not. */
  readonly reason: string | undefined;
}

/** From this share of trouble on it goes slower. */
const TROUBLE_SHARE = 0.1;
/** From so many that wait on, half of the most is the most: as StarlingX does. */
const MANY_WAITING = 250;
/** From the least to the most in about so many steps up. */
const STEPS = 20;

export function decidePace(sample: PaceSample, bounds: PaceBounds): PaceDecision {
  const { limit, inside, waiting, good } = sample;
  const isMany = waiting > MANY_WAITING;
  const ceiling = isMany ? atLeast(bounds, Math.floor(bounds.most / 2)) : bounds.most;
  const trouble = Object.values(sample.troubles).reduce((sum, count) => sum + count, 0);
  if (trouble > 0 && trouble >= (good + trouble) * TROUBLE_SHARE) {
    const used = Math.min(limit, Math.max(inside, bounds.least));
    const slower = Math.min(ceiling, limit, atLeast(bounds, Math.floor(used / 2)));
    return slower < limit ? { limit: slower, reason: inWords(sample) } : steady(limit);
  }
  if (ceiling < limit) return { limit: ceiling, reason: `${waiting} more wait` };
  if (waiting === 0 || good === 0 || limit >= ceiling) return steady(limit);
  const step = Math.max(1, Math.floor((bounds.most - bounds.least) / STEPS));
  return {
    limit: Math.min(ceiling, limit + step),
    reason: `${good} went well and ${waiting} wait`,
  };
}

const steady = (limit: number): PaceDecision => ({ limit, reason: undefined });

const atLeast = ({ least }: PaceBounds, limit: number): number => Math.max(least, limit);

const TOLD: Readonly<Record<PaceTrouble, string>> = {
  failedCall: 'failed calls',
  slowCall: 'slow calls',
  lateStart: 'late starts',
  brokenRebuild: 'broken rebuilds',
};

/** "of 30 seen: 4 failed calls, 1 late starts" */
function inWords({ good, troubles }: PaceSample): string {
  const kinds = Object.values(PaceTrouble).filter((kind) => (troubles[kind] ?? 0) > 0);
  const all = kinds.reduce((sum, kind) => sum + (troubles[kind] ?? 0), good);
  const parts = kinds.map((kind) => `${troubles[kind]} ${TOLD[kind]}`);
  return `of ${all} seen: ${parts.join(', ')}`;
}
