/** One request to the simulated Nova as its operations see it. */
import type { InstanceUuid } from '@medevac/kernel';
import type { Aggregates, Call, InstanceActions, Nova, ServerGroups } from '@medevac/openstack';
import type { WireAnswer, WireRequest } from './wire.ts';

/** What an owner does that no administrator's port can: a lock of the owner's own. */
export type ActAsOwner = (uuid: InstanceUuid, action: 'lock' | 'unlock') => void;

export interface NovaRequest {
  readonly request: WireRequest;
  readonly nova: Nova;
  readonly groups: ServerGroups;
  readonly aggregates: Aggregates;
  readonly actions: InstanceActions;
  readonly act: ActAsOwner;
  /** Without the admin role the caller is an owner: Nova's policy and the locks stand before it. */
  readonly isAdmin: boolean;
  /** The identifier in the path; empty where there is none. */
  readonly id: string;
  /** The microversion that the caller asked for. */
  readonly version: string;
  readonly call: Call;
}

export type NovaOperation = (asked: NovaRequest) => Promise<WireAnswer>;
