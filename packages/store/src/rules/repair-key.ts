/** What makes two repairs the same while one is open: its kind and its subject. */
import { createHash } from 'node:crypto';
import type { NewRepair } from '@medevac/engine';

/**
 * 64 hexadecimal digits. An instance is the same on whichever host; a process is one of its host,
 * and its name may be longer than a key can be.
 */
export function repairKey(
  repair: Pick<NewRepair, 'kind' | 'subject'> & { readonly hostUuid: string },
): string {
  const { kind, subject, hostUuid } = repair;
  const place = kind === 'process' ? hostUuid : '';
  return createHash('sha256')
    .update(JSON.stringify([kind, place, subject]))
    .digest('hex');
}
