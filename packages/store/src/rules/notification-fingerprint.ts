/** What makes two notifications equal: type, host and payload, whatever the order of its keys. */
import { createHash } from 'node:crypto';
import type { NewNotification } from '@medevac/engine';

/** 64 hexadecimal digits, equal exactly for equal notifications. */
export function fingerprintOf(
  notification: Pick<NewNotification, 'type' | 'hostUuid' | 'payload'>,
): string {
  const payload = Object.entries(notification.payload).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([notification.type, notification.hostUuid, payload]))
    .digest('hex');
}
