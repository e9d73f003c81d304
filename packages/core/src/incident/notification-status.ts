/**
 * How an incident shows on Masakari's wire, where the only word is the status of a notification.
 */
import type { IncidentState } from './states.ts';

/** The six statuses of a v1 notification; `new`, `running` and `error` are not final. */
export const NotificationStatus = {
  new: 'new',
  running: 'running',
  error: 'error',
  failed: 'failed',
  ignored: 'ignored',
  finished: 'finished',
} as const;
export type NotificationStatus = (typeof NotificationStatus)[keyof typeof NotificationStatus];

const STATUS_OF: Readonly<Record<IncidentState, NotificationStatus>> = {
  suspected: 'new',
  held: 'new',
  fencing: 'running',
  fence_failed: 'error',
  planning: 'running',
  evacuating: 'running',
  waiting_capacity: 'error',
  refencing: 'running',
  paused: 'running',
  stuck: 'error',
  recovered: 'finished',
  partly_recovered: 'failed',
  cancelled: 'ignored',
};

export const notificationStatusOf = (state: IncidentState): NotificationStatus => STATUS_OF[state];
