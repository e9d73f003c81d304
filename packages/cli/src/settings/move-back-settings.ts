/** Settings about what goes back to a repaired host, and the rules of a return that they make. */
import { DEFAULT_RETURN_RULES, type ReturnRules } from '@medevac/core';
import { DAY_SECONDS, SECOND, timeIn, wholeNumber, yesOrNo } from './read-text.ts';
import type { ServeSettings, Setting } from './settings-table.ts';

const MOST_PARALLEL = 20;

export const MOVE_BACK_SETTINGS = {
  returnMoveBack: {
    name: 'return-move-back',
    value: 'on|off',
    help:
      'whether evacuated instances are migrated back live once their host is in service again ' +
      'and its watch is over',
    read: yesOrNo,
    fallback: DEFAULT_RETURN_RULES.movesBack,
    shownDefault: 'off',
  },
  returnMoveBackParallel: {
    name: 'return-move-back-parallel',
    value: 'NUMBER',
    help: 'how many of them at once',
    read: wholeNumber(1, MOST_PARALLEL),
    fallback: DEFAULT_RETURN_RULES.moveBackParallel,
    shownDefault: String(DEFAULT_RETURN_RULES.moveBackParallel),
  },
  returnMoveBackPause: {
    name: 'return-move-back-pause',
    value: 'SECONDS',
    help: 'pause after each of them',
    read: timeIn(SECOND, 0, DAY_SECONDS),
    fallback: DEFAULT_RETURN_RULES.moveBackPauseMs,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export const returnRules = (settings: ServeSettings): ReturnRules => ({
  ...DEFAULT_RETURN_RULES,
  policy: settings.returnToService,
  probationMs: settings.returnProbation,
  movesBack: settings.returnMoveBack,
  moveBackParallel: settings.returnMoveBackParallel,
  moveBackPauseMs: settings.returnMoveBackPause,
});
