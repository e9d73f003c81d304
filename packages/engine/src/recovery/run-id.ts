/** The name and version of the workflow of a host failure, and of each of its runs. */
import type { IncidentId, RunId } from '@medevac/kernel';

export const HOST_FAILURE = 'host-failure';
export const HOST_FAILURE_VERSION = 1;

/** Each time an incident is opened again it gets a run of its own. */
export const hostFailureRunId = (incident: IncidentId, retries: number): RunId =>
  `host-failure/${incident}${retries === 0 ? '' : `/retry-${retries}`}` as RunId;
