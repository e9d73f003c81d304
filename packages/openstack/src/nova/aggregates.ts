/** Host aggregates: named sets of hosts, which the scheduler's filters and zones are made of. */
import type { HostName } from '@medevac/kernel';
import type { Call } from '../call.ts';

export interface Aggregate {
  /** The number by which it is changed. */
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly availabilityZone: string | null;
  readonly hosts: readonly HostName[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** `unchanged`: the host was in it, or was not in it, already. `missing`: no such aggregate. */
export type AggregateChange =
  | { readonly kind: 'changed' | 'unchanged' | 'missing' }
  | { readonly kind: 'refused'; readonly message: string };

export interface Aggregates {
  listAggregates(call: Call): Promise<readonly Aggregate[]>;
  /** Refused by Nova for instance when the host would be in two availability zones. */
  addHost(id: number, host: HostName, call: Call): Promise<AggregateChange>;
  removeHost(id: number, host: HostName, call: Call): Promise<AggregateChange>;
}
