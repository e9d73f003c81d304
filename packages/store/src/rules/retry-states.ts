/** Which incidents may be opened again: those that ended with something left to do. */
import { IncidentState } from '@medevac/core';

export const REOPENABLE_STATES: readonly IncidentState[] = [
  IncidentState.partlyRecovered,
  IncidentState.cancelled,
];

/** States of a return from which the host may be, or will be, back in service. */
export const RETURNED_STATES = [
  'clearing',
  'cleared',
  'enabling',
  'watching',
  'returned',
  'cancelled',
] as const;
