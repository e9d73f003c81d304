/**
 * The part of Nova that a host recovery needs, in our own types. Every call names its microversion.
 * Times are Nova's own stamps, kept as Nova wrote them: they are compared with other stamps of Nova
 * only, never with a clock of ours.
 */
import type { HostName, InstanceUuid, ServiceUuid } from '@medevac/kernel';
import type { Call } from '../call.ts';

export interface ComputeService {
  readonly kind: 'seen';
  readonly uuid: ServiceUuid;
  readonly host: HostName;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  /** Nova's own opinion: up while not forced down and heard of within `service_down_time`. */
  readonly state: 'up' | 'down';
  readonly forcedDown: boolean;
  /**
   * Moves with every report of the host and with every PUT that changes something, to the second on
   * MariaDB; `null` until the first. A PUT that repeats what is there moves nothing.
   */
  readonly updatedAt: string | null;
}

/** A service in a cell that Nova cannot reach now: nothing is known of it (`UNKNOWN`, 2.69). */
export interface UnseenService {
  readonly kind: 'unseen';
  readonly host: HostName;
}

export type ServiceView = ComputeService | UnseenService;

export interface ServiceChange {
  readonly forcedDown?: boolean;
  readonly status?: 'enabled' | 'disabled';
  readonly disabledReason?: string;
}

/**
 * `refused`: Nova says no for good reason (400 or 409), for instance while evacuations are `done`.
 */
export type ServiceChangeOutcome =
  | { readonly kind: 'changed'; readonly service: ComputeService }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'missing' };

/** What an instance was asked to be made of, as Nova keeps it with the instance. */
export interface Flavor {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  /** On the host or the shared instance storage; 0 for an instance that boots from a volume. */
  readonly rootDiskGib: number;
  readonly ephemeralDiskGib: number;
  readonly swapMib: number;
  /** Empty as well when Nova's policy hides them from our user. */
  readonly extraSpecs: Readonly<Record<string, string>>;
}

export interface Server {
  readonly uuid: InstanceUuid;
  readonly name: string;
  /** `OS-EXT-SRV-ATTR:host`; `null` before it is scheduled and when it is shelved. */
  readonly host: HostName | null;
  readonly projectId: string;
  readonly vmState: string;
  readonly taskState: string | null;
  readonly powerState: number;
  readonly locked: boolean;
  /** `null` when it is not locked, or was locked without a reason. */
  readonly lockedReason: string | null;
  readonly tags: readonly string[];
  readonly flavor: Flavor;
  /** Attached volumes of Cinder, the one that it boots from included. */
  readonly volumes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** `null` when it boots from a volume. */
  readonly imageUuid: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ServerList {
  readonly servers: readonly Server[];
  /** Instances of which Nova can say nothing now, their cell being down. */
  readonly unseen: readonly InstanceUuid[];
}

export interface ServerQuery {
  readonly host: HostName;
  /** Only those changed at or after this stamp of Nova's. */
  readonly changedSince?: string;
}

export interface Migration {
  readonly id: number;
  readonly instanceUuid: InstanceUuid;
  /** `evacuation`, `migration`, `live-migration`, `resize`, or what Nova adds. */
  readonly type: string;
  readonly status: string;
  readonly sourceHost: HostName | null;
  /** `null` until a destination has been chosen. */
  readonly destHost: HostName | null;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

export interface MigrationQuery {
  /** Source or destination. */
  readonly host?: HostName;
  readonly sourceHost?: HostName;
  readonly type?: string;
  /** Newest first; reading ends at the first record with this id or a smaller one. */
  readonly newerThanId?: number;
}

/**
 * What Nova answered to an evacuate call. `service-in-use`: it counts the source host as up.
 * `conflict`: another action or state stands against it (409). `rejected`: any other refusal.
 */
export type EvacuateOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'service-in-use'; readonly message: string }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'rejected'; readonly message: string };

export type ActionOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'missing' };

/**
 * Calls that change something are sent once and at once, or not at all: see `Transport.exchange`.
 */
export interface Nova {
  /** All `nova-compute` services, or those of one host. Hosts of the Ironic driver included. */
  listComputeServices(
    query: { readonly host?: HostName },
    call: Call,
  ): Promise<readonly ServiceView[]>;
  /**
   * One PUT with exactly the given fields. The answer's `updatedAt` is the stamp of this write as
   * later reads show it, read once more after the PUT; if the host reported between the two, the
   * answer keeps the earlier stamp, so that the report shows as an advance. If a report cannot be
   * told from a stamp that the database rounded up, `cloud.stamp_unclear` is thrown: the change was
   * made, and the caller proves the silence of the host itself.
   */
  changeService(
    uuid: ServiceUuid,
    change: ServiceChange,
    call: Call,
  ): Promise<ServiceChangeOutcome>;
  /**
   * Instances of all projects on a host, every page, without deleted ones. Nova leaves out a cell
   * that is down without a word when it filters: an empty list is therefore believed only between
   * two looks that show the service of the host; `cloud.cell_down` is thrown when it is unseen.
   */
  listServers(query: ServerQuery, call: Call): Promise<ServerList>;
  /** `undefined` when it does not exist; `cloud.cell_down` is thrown when its cell is. */
  readServer(uuid: InstanceUuid, call: Call): Promise<Server | undefined>;
  /**
   * Migration records, newest first, every page. Those of a cell that is down are left out by Nova
   * without a sign: whoever concludes something from an absence looks at the service list too.
   */
  listMigrations(query: MigrationQuery, call: Call): Promise<readonly Migration[]>;
  /**
   * Below microversion 2.95, so that the instance is started on arrival. Without a host Nova
   * chooses. Nova 26 does NOT refuse a second call while a first is under way: it starts another
   * evacuation beside it, and the two spoil each other. Observe the migrations before every call.
   */
  evacuate(uuid: InstanceUuid, host: HostName | undefined, call: Call): Promise<EvacuateOutcome>;
  resetState(uuid: InstanceUuid, state: 'active' | 'error', call: Call): Promise<ActionOutcome>;
  stop(uuid: InstanceUuid, call: Call): Promise<ActionOutcome>;
}
