/** Port: reports of failures as monitors sent them, and what became of each. */
import type { NotificationStatus } from '@medevac/core';
import type {
  HostName,
  HostUuid,
  IncidentId,
  NotificationUuid,
  SegmentUuid,
} from '@medevac/kernel';
import type { ListQuery, Page } from './list-query.ts';

export const NotificationType = {
  computeHost: 'COMPUTE_HOST',
  vm: 'VM',
  process: 'PROCESS',
} as const;
export type NotificationType = (typeof NotificationType)[keyof typeof NotificationType];

export interface NewNotification {
  readonly uuid: NotificationUuid;
  readonly type: NotificationType;
  readonly hostUuid: HostUuid;
  /** Kept beside the UUID, so that the report stays readable after the host row is gone. */
  readonly hostName: HostName;
  readonly segmentUuid: SegmentUuid;
  readonly generatedAtMs: number;
  readonly payload: Readonly<Record<string, string>>;
  /** Who sent it: user and project of the caller's token. */
  readonly reportedBy: string;
  readonly createdAtMs: number;
}

export interface NotificationRecord extends NewNotification {
  readonly id: number;
  readonly status: NotificationStatus;
  readonly message: string | null;
  /** The incident it joined; `null` until the engine has looked at it, or when it opened none. */
  readonly incidentId: IncidentId | null;
  readonly updatedAtMs: number | null;
}

export type NotificationSortKey =
  | 'id'
  | 'uuid'
  | 'type'
  | 'status'
  | 'generatedAtMs'
  | 'hostUuid'
  | 'segmentUuid'
  | 'message'
  /** By its text, as it is kept. */
  | 'payload'
  | 'createdAtMs'
  | 'updatedAtMs';
export type NotificationQuery = ListQuery<
  Pick<NotificationRecord, 'type' | 'status' | 'hostUuid' | 'incidentId'> & {
    /** Only those whose `generatedAtMs` is at least this. */
    readonly generatedSinceMs: number;
  },
  NotificationSortKey
>;

export interface NotificationStore {
  /**
   * Keeps a notification unless one of equal type, host and payload is there whose `generatedAtMs`
   * is at least `generatedAtMs - duplicateWindowMs` (any status). Of two equal ones sent at the
   * same moment one is kept. Keys of the payload compare without regard to their order.
   */
  create(
    notification: NewNotification,
    duplicateWindowMs: number,
  ): Promise<
    | { readonly kind: 'created'; readonly row: NotificationRecord }
    | { readonly kind: 'duplicate'; readonly of: NotificationRecord }
  >;
  read(uuid: NotificationUuid): Promise<NotificationRecord | undefined>;
  list(query: NotificationQuery): Promise<Page<NotificationRecord>>;
  /** Status `new` and no incident yet, oldest first: what the engine has still to look at. */
  undispatched(limit: number): Promise<readonly NotificationRecord[]>;
  /**
   * Ends an undispatched notification that opens no incident. `false`: it was dispatched already.
   */
  settle(
    uuid: NotificationUuid,
    status: NotificationStatus,
    message: string,
    atMs: number,
  ): Promise<boolean>;
}
