/** The way on which the instances of a failed host are evacuated: what every part of it shares. */
import type { Guard } from '@medevac/core';
import type { HostName } from '@medevac/kernel';

/** Where a round of evacuations goes. */
export interface EvacuationWay {
  /** The reserved host; `undefined`: Nova chooses. */
  readonly host: HostName | undefined;
  /** What finds no place leaves for the next way; otherwise it stays and waits for room. */
  readonly leavesEarly: boolean;
  /** Whether the reserved host still reports: nothing is sent to a silent one. */
  readonly isOpen: (signal: AbortSignal) => Promise<boolean>;
  /** Asked by what waits for room: whether another way has become free meanwhile. */
  readonly hasOther: () => Promise<boolean>;
}

/** Nova chooses, and what has no room waits. */
export const BY_NOVA: EvacuationWay = {
  host: undefined,
  leavesEarly: false,
  isOpen: () => Promise.resolve(true),
  hasOther: () => Promise.resolve(false),
};

/** The next way as it is journaled. */
export type ChosenWay =
  /** `since`: the newest evacuation when it was chosen; later failures belong to this way. */
  | {
      readonly kind: 'nova';
      readonly isLast: boolean;
      readonly since: number;
      readonly method: string;
    }
  | {
      readonly kind: 'reserved';
      readonly host: HostName;
      /** `null`: it serves this failed host already, as an ordinary host. */
      readonly reservation: number | null;
      readonly since: number;
    }
  | { readonly kind: 'give-up'; readonly reason: string }
  | { readonly kind: 'contradicted'; readonly guard: Guard; readonly reason: string };
