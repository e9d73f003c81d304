/** Names of the workflows of planned maintenance, and of their runs. */
import type { DrainId, RunId } from '@medevac/kernel';
import type { DrainRecord } from '../stores/drain-store.ts';

export const DRAIN = 'drain';
export const UNDRAIN = 'undrain';

export const drainRunId = (id: DrainId): RunId => `drain/${id}` as RunId;

/** Each time that a host is asked to go back to service has a run of its own. */
export const undrainRunId = ({ id, tries }: Pick<DrainRecord, 'id' | 'tries'>): RunId =>
  `undrain/${id}/${tries}` as RunId;
