/** What the API is given: stores, the cloud, the engine's bell, time and chance. */
import type { IncidentStore, NotificationStore, SegmentStore, VmoveStore } from '@medevac/engine';
import type { Clock, HostName, Log, Random } from '@medevac/kernel';
import type { TokenValidator } from '@medevac/openstack';

export interface ApiStores {
  readonly segments: SegmentStore;
  readonly notifications: NotificationStore;
  readonly incidents: IncidentStore;
  readonly vmoves: VmoveStore;
}

export interface ApiOptions {
  /** Keystone's address, told to callers without a valid token. */
  readonly authUrl: string;
  /** How long after a report an equal one counts as its duplicate; 180 s unless given. */
  readonly duplicateWindowMs?: number;
  /** Believe `X-Forwarded-*`. Only behind a proxy that sets them. Off unless given. */
  readonly trustProxyHeaders?: boolean;
}

export interface ApiDependencies {
  readonly stores: ApiStores;
  readonly tokens: TokenValidator;
  /**
   * Whether Nova has a compute service of this name. Rejects when Nova gives no answer; an
   * `OperationalError` whose field `status` is 403 tells that Nova forbids the question.
   */
  computeServiceExists(name: HostName): Promise<boolean>;
  /** Tells the engine that a notification waits. Returns at once; no work is done in it. */
  dispatch(): void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly options: ApiOptions;
}
