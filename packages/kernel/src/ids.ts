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
export type IncidentId = Branded<string, 'IncidentId'>;
export type InstanceUuid = Branded<string, 'InstanceUuid'>;
/** UUID of Nova's compute service record. */
export type ServiceUuid = Branded<string, 'ServiceUuid'>;
export type RunId = Branded<string, 'RunId'>;
export type ReplicaId = Branded<string, 'ReplicaId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => UUID.test(text);

/** A version 4 UUID drawn from the given stream. */
export function newUuid<Id extends string>(random: Random): Id {
  const digits = Array.from({ length: 32 }, (_, index) => {
    if (index === 12) return '4';
    const digit = Math.floor(random.next() * 16);
    return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join('');
  const parts = [0, 8, 12, 16, 20].map((start, index) =>
    digits.slice(start, [8, 12, 16, 20, 32][index]),
  );
  return parts.join('-') as Id;
}
