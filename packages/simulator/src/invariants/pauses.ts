/** While an operator has paused an incident, nothing new is begun for it. */
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface PausedEffect {
  /** What the product asks of the cloud or of a switch. */
  readonly effect: string;
  /** The failed host for whose incident it does so. */
  readonly host: HostName;
  /** How long ago the pause was stored; `undefined`: the incident is not paused. */
  readonly pausedForMs: number | undefined;
}

/**
 * A call whose last look was before the pause may still be on its way: between the two lie a write
 * to the database and a request, both of which may be slow.
 */
const ON_ITS_WAY_MS = 15_000;

export const PAUSE_INVARIANTS: readonly Invariant<PausedEffect>[] = [
  {
    name: 'no-effect-while-paused',
    rule: 'No effect of any kind begins for an incident while an operator has paused it (7.6).',
    holdsOutside: true,
    check: ({ effect, host, pausedForMs }) =>
      (pausedForMs ?? 0) > ON_ITS_WAY_MS
        ? `${effect} for the incident of ${host}, which is paused since ${pausedForMs} ms`
        : undefined,
  },
];
