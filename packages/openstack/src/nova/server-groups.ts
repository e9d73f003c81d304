/** Server groups: instances that their owner wants on one host, or on different ones. */
import type { InstanceUuid } from '@medevac/kernel';
import type { Call } from '../call.ts';

export interface ServerGroup {
  readonly uuid: string;
  readonly name: string;
  /** The `soft-` ones are wishes; the others make the scheduler refuse a host. */
  readonly policy: 'affinity' | 'anti-affinity' | 'soft-affinity' | 'soft-anti-affinity';
  /** With `anti-affinity`: this many members may be on one host; 1 unless the owner says more. */
  readonly maxPerHost: number;
  readonly members: readonly InstanceUuid[];
}

export interface ServerGroups {
  /** Of all projects, every page. */
  listServerGroups(call: Call): Promise<readonly ServerGroup[]>;
}
