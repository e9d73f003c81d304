/** Identifiers as types of their own: a string is never a host, and a host is never an instance. */
import type { Random } from './random.ts';

declare const brand: unique symbol;
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type SegmentUuid = Branded<string, 'SegmentUuid'>;
export type HostUuid = Branded<string, 'HostUuid'>;
/** Nova's compute `host` string. */
export type HostName = Branded<string, 'HostName'>;
export type NotificationUuid = Branded<string, 'NotificationUuid'>;
export type VmoveUuid = Branded<string, 'VmoveUuid'>;
/** One placing of a recovery's own lock on an instance. */
export type InstanceLockUuid = Branded<string, 'InstanceLockUuid'>;
export type IncidentId = Branded<string, 'IncidentId'>;
/** One failure of one instance or process on a living host, and what is done about it. */
export type RepairId = Branded<string, 'RepairId'>;
/** One planned emptying of one host. */
export type DrainId = Branded<string, 'DrainId'>;
export type InstanceUuid = Branded<string, 'InstanceUuid'>;
/** UUID of Nova's compute service record. */
export type ServiceUuid = Branded<string, 'ServiceUuid'>;
export type RunId = Branded<string, 'RunId'>;
export type ReplicaId = Branded<string, 'ReplicaId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => UUID.test(text);

/** `x` stands for any digit, `y` for one that says of which kind the identifier is. */
const FORM = 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx';
const DIGITS = '0123456789abcdef';

/** A version 4 UUID drawn from the given stream. */
export function newUuid<Id extends string>(random: Random): Id {
  let text = '';
  for (const place of FORM) {
    const digit = place === 'x' || place === 'y' ? Math.floor(random.next() * 16) : 0;
    if (place === 'x') text += DIGITS[digit];
    else text += place === 'y' ? DIGITS[(digit & 3) | 8] : place;
  }
  return text as Id;
}
