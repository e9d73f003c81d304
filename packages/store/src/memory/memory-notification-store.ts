/** Notifications in memory. */
import type { NotificationStatus } from '@medevac/core';
import type {
  NewNotification,
  NotificationQuery,
  NotificationRecord,
  NotificationSortKey,
  NotificationStore,
  Page,
} from '@medevac/engine';
import { invariant, type NotificationUuid } from '@medevac/kernel';
import { fingerprintOf } from '../rules/notification-fingerprint.ts';
import { equalsFilter, memoryPage } from './memory-list.ts';
import { copyOf, type MemoryTables } from './memory-tables.ts';

type Created = Awaited<ReturnType<NotificationStore['create']>>;
/** A notification as a list sees it: ordered by the text of its payload, as a database keeps it. */
type Listed = Omit<NotificationRecord, 'payload'> & { readonly payload: string };

export class MemoryNotificationStore implements NotificationStore {
  readonly #tables: MemoryTables;
  readonly #newestOfFingerprint = new Map<string, NotificationRecord>();

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async create(notification: NewNotification, duplicateWindowMs: number): Promise<Created> {
    const fingerprint = fingerprintOf(notification);
    const newest = this.#newestOfFingerprint.get(fingerprint);
    const sinceMs = notification.generatedAtMs - duplicateWindowMs;
    if (newest !== undefined && newest.generatedAtMs >= sinceMs)
      return {
        kind: 'duplicate',
        of: copyOf(this.#tables.notifications.get(newest.uuid) ?? newest),
      };
    const { uuid, type, hostUuid, hostName, segmentUuid } = notification;
    const { generatedAtMs, payload, reportedBy, createdAtMs } = notification;
    invariant(!this.#tables.notifications.has(uuid), `notification ${uuid} is there already`);
    const row: NotificationRecord = {
      id: this.#tables.nextId('notification'),
      ...{ uuid, type, hostUuid, hostName, segmentUuid, generatedAtMs, reportedBy, createdAtMs },
      payload: copyOf(payload),
      status: 'new',
      message: null,
      incidentId: null,
      updatedAtMs: null,
    };
    this.#tables.notifications.set(uuid, row);
    this.#newestOfFingerprint.set(fingerprint, row);
    return { kind: 'created', row: copyOf(row) };
  }

  async read(uuid: NotificationUuid): Promise<NotificationRecord | undefined> {
    return copyOf(this.#tables.notifications.get(uuid));
  }

  async list({ filter, ...query }: NotificationQuery): Promise<Page<NotificationRecord>> {
    const { generatedSinceMs = Number.NEGATIVE_INFINITY, ...equal } = filter;
    const isEqual = equalsFilter<Listed>(equal);
    const page = memoryPage<NotificationSortKey, Listed>(
      this.#listed(),
      query,
      (row) => row.generatedAtMs >= generatedSinceMs && isEqual(row),
    );
    if (page.kind === 'unknown-marker') return page;
    const rows = page.rows.flatMap(({ uuid }) => this.#tables.notifications.get(uuid) ?? []);
    return { kind: 'page', rows: copyOf(rows) };
  }

  *#listed(): Iterable<Listed> {
    for (const row of this.#tables.notifications.values()) {
      yield { ...row, payload: JSON.stringify(row.payload) };
    }
  }

  async undispatched(limit: number): Promise<readonly NotificationRecord[]> {
    const rows = [...this.#tables.notifications.values()].filter(isUndispatched);
    rows.sort((a, b) => a.createdAtMs - b.createdAtMs || a.id - b.id);
    return copyOf(rows.slice(0, limit));
  }

  async settle(
    uuid: NotificationUuid,
    status: NotificationStatus,
    message: string,
    atMs: number,
  ): Promise<boolean> {
    const row = this.#tables.notifications.get(uuid);
    if (row === undefined || !isUndispatched(row)) return false;
    this.#tables.notifications.set(uuid, { ...row, status, message, updatedAtMs: atMs });
    return true;
  }
}

/** The engine has still to look at it. */
export const isUndispatched = (row: NotificationRecord): boolean =>
  row.status === 'new' && row.incidentId === null;
