/** The proof set of worlds with armed watchdogs: the operator has declared just this one. */
import type { ProofSet } from '@medevac/core';
import { WATCHDOG_MS } from './watchdogs.ts';

/** Nova's stamps are old by up to one report when they are first seen to stand still. */
const MARGIN_MS = 15_000;

export const WATCHDOG_SET: ProofSet = {
  name: 'watchdog',
  kind: 'reset',
  elements: [
    { element: 'watchdog_elapsed', forMs: WATCHDOG_MS + MARGIN_MS, withinMs: 10_000 },
    { element: 'bmc_unreachable', forMs: 20_000, withinMs: 10_000 },
  ],
};
