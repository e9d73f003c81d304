/** One request to the simulated Nova as its operations see it. */
import type { Aggregates, Call, Nova, ServerGroups } from '@medevac/openstack';
import type { WireAnswer, WireRequest } from './wire.ts';

export interface NovaRequest {
  readonly request: WireRequest;
  readonly nova: Nova;
  readonly groups: ServerGroups;
  readonly aggregates: Aggregates;
  /** The identifier in the path; empty where there is none. */
  readonly id: string;
  /** The microversion that the caller asked for. */
  readonly version: string;
  readonly call: Call;
}

export type NovaOperation = (asked: NovaRequest) => Promise<WireAnswer>;
