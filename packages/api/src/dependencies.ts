/** What the API is given: stores, the cloud, the engine's bell, time and chance. */
import type {
  DrainStore,
  HostSilence,
  IncidentCommandParts,
  NotificationStore,
  RepairStore,
  ReturnStore,
  RuleStore,
  SegmentStore,
  VmoveStore,
} from '@medevac/engine';
import type { Clock, HostName, Log, Random } from '@medevac/kernel';
import type { TokenValidator } from '@medevac/openstack';
import type { Policy } from './policy.ts';
import type { TlsServers } from './secure-server.ts';

type StoresOfCommands = IncidentCommandParts['stores'];

export interface ApiStores extends StoresOfCommands {
  readonly segments: SegmentStore;
  readonly notifications: NotificationStore;
  readonly returns: ReturnStore;
  readonly drains: DrainStore;
  readonly repairs: RepairStore;
  readonly rules: RuleStore;
  readonly vmoves: VmoveStore;
}

export interface ApiOptions {
  /** Keystone's address, told to callers without a valid token. */
  readonly authUrl: string;
  /** How long after a report an equal one counts as its duplicate; 180 s unless given. */
  readonly duplicateWindowMs?: number;
  /**
   * Believe `Forwarded` and `X-Forwarded-*`. Only behind a proxy that sets them. Off unless given.
   */
  readonly trustProxyHeaders?: boolean;
  /** Whether a peer of this address is such a proxy; every one is unless given. */
  readonly isTrustedProxy?: (peerAddress: string) => boolean;
  /** TLS of our own; plain HTTP unless given. */
  readonly tls?: TlsServers;
  /**
   * Address under which callers reach the API, scheme and path prefix included; stands in every
   * link instead of what the request tells.
   */
  readonly linkPrefix?: string;
  /** While this file exists, `/healthcheck` answers 503, so that a balancer takes us out. */
  readonly disableFile?: string;
}

export interface ApiDependencies {
  readonly stores: ApiStores;
  readonly tokens: TokenValidator;
  /** Roles of which a service must have one for its `X-Service-Token`; `service` unless given. */
  readonly serviceRoles?: readonly string[];
  /** Who may do what; Masakari's defaults unless given. */
  readonly policy?: Policy;
  /**
   * Whether Nova has a compute service of this name. Rejects when Nova gives no answer; an
   * `OperationalError` whose field `status` is 403 tells that Nova forbids the question.
   */
  computeServiceExists(name: HostName): Promise<boolean>;
  /** How long Nova has shown a host silent, asked now. Rejects when Nova gives no answer. */
  silenceOf(name: HostName): Promise<HostSilence>;
  /** Tells the engine that a notification waits. Returns at once; no work is done in it. */
  dispatch(): void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly options: ApiOptions;
}
