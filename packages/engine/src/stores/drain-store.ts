/**
 * Port: drains, each of which is one planned emptying of one host, with the answer of every
 * instance. At most one drain of a host is open. Changes made by a workflow carry its tenure.
 *
 * | state | meaning | leaves to |
 * | --- | --- | --- |
 * | draining | instances are moved away | cancelling, drained, incomplete, host_failed |
 * | cancelling | nothing more is begun; what is under way ends | cancelled, host_failed |
 * | drained | empty, and disabled by us | undraining, host_failed |
 * | undraining | it goes back to service | drained, undrained, host_failed |
 * | undrained | back in service, or left disabled as it was before | - |
 * | incomplete | not everything could be moved: nothing was disabled | - |
 * | cancelled | somebody has called it off | - |
 * | host_failed | the host failed: its incident has taken over | - |
 */
import type {
  DrainId,
  HostName,
  HostUuid,
  IncidentId,
  InstanceUuid,
  SegmentUuid,
  ServiceUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Page } from './list-query.ts';

export const DrainState = {
  draining: 'draining',
  cancelling: 'cancelling',
  drained: 'drained',
  undraining: 'undraining',
  undrained: 'undrained',
  incomplete: 'incomplete',
  cancelled: 'cancelled',
  hostFailed: 'host_failed',
} as const;
export type DrainState = (typeof DrainState)[keyof typeof DrainState];

export interface NewDrain {
  readonly id: DrainId;
  readonly hostUuid: HostUuid;
  readonly hostName: HostName;
  readonly segmentUuid: SegmentUuid;
  /** How many instances are moved at once. */
  readonly parallel: number;
  /** After this long nothing more is begun. */
  readonly deadlineMs: number;
  readonly askedBy: string;
  readonly note: string | null;
  readonly openedAtMs: number;
}

export interface DrainRecord extends NewDrain {
  readonly state: DrainState;
  /** Why it is in this state, in one sentence for people. */
  readonly message: string | null;
  /** The host's service when the drain looked at it first; `null` until then. */
  readonly serviceUuid: ServiceUuid | null;
  readonly wasEnabled: boolean | null;
  /** How often going back to service was begun; names the run of each try. */
  readonly tries: number;
  readonly updatedAtMs: number;
  /** `null` while it is open. */
  readonly closedAtMs: number | null;
}

/** `left`: it stays, or is gone, with the reason. `pending`, `moving`: no answer yet. */
export const DrainInstanceStatus = {
  pending: 'pending',
  moving: 'moving',
  moved: 'moved',
  left: 'left',
  failed: 'failed',
} as const;
export type DrainInstanceStatus = (typeof DrainInstanceStatus)[keyof typeof DrainInstanceStatus];

export interface NewDrainInstance {
  readonly instanceUuid: InstanceUuid;
  readonly instanceName: string;
  /** In which it is moved: the first one first. */
  readonly place: number;
}

export interface DrainInstanceRecord extends NewDrainInstance {
  readonly drainId: DrainId;
  readonly status: DrainInstanceStatus;
  readonly destHost: HostName | null;
  readonly message: string | null;
  readonly updatedAtMs: number;
}

export interface DrainMove {
  readonly from: DrainState;
  readonly to: DrainState;
  readonly message: string | null;
  readonly atMs: number;
}

export type DrainInstanceKey = Pick<DrainInstanceRecord, 'drainId' | 'instanceUuid'>;

export type DrainInstanceChange = Partial<
  Pick<DrainInstanceRecord, 'status' | 'destHost' | 'message'>
>;

export interface DrainQuery {
  /** Absent fields do not filter. */
  readonly filter: { readonly hostName?: HostName; readonly isOpen?: boolean };
  readonly limit: number;
  /** Only drains that were opened before this one. */
  readonly marker?: DrainId;
}

export type DrainOpening =
  | { readonly kind: 'opened'; readonly drain: DrainRecord }
  /** What stands against it. */
  | { readonly kind: 'drain'; readonly drain: DrainRecord }
  | { readonly kind: 'incident'; readonly incident: IncidentId }
  | { readonly kind: 'return'; readonly incident: IncidentId; readonly state: string }
  | { readonly kind: 'reservation'; readonly failedHost: HostName };

export interface DrainStore {
  /**
   * In one transaction: opens the drain in `draining` and puts its host on maintenance, unless an
   * operator has. Refused while another drain or an incident of the host is open, while it is on
   * its way back to service (a return before `watching`), and while it serves as a reserved host.
   */
  open(drain: NewDrain): Promise<DrainOpening>;
  read(id: DrainId): Promise<DrainRecord | undefined>;
  findOpen(host: HostName): Promise<DrainRecord | undefined>;
  /** Open drains, oldest first. */
  listOpen(limit: number): Promise<readonly DrainRecord[]>;
  /** The newest first. */
  list(query: DrainQuery): Promise<Page<DrainRecord>>;
  /** `draining` to `cancelling`; anybody may ask. `false`: it is not draining. */
  askCancel(id: DrainId, message: string, atMs: number): Promise<boolean>;
  /** `drained` to `undraining`, one more try counted; anybody may ask. `false`: not drained. */
  askUndrain(id: DrainId, message: string, atMs: number): Promise<boolean>;
  /** Keeps how the service was before anything was changed; what is kept already stays. */
  keepService(
    tenure: Tenure,
    id: DrainId,
    service: { readonly serviceUuid: ServiceUuid; readonly wasEnabled: boolean },
  ): Promise<WriteOutcome>;
  /** Compare-and-swap on the state. An end lifts the maintenance that is ours with it. */
  move(tenure: Tenure, id: DrainId, move: DrainMove): Promise<WriteOutcome | 'lost'>;
  /**
   * Adds instances as `pending`. One that has its answer already and is there once more waits anew.
   */
  plan(
    tenure: Tenure,
    id: DrainId,
    instances: readonly NewDrainInstance[],
    atMs: number,
  ): Promise<WriteOutcome>;
  /** Changes one instance of an open drain. `lost`: the drain has ended. */
  changeInstance(
    tenure: Tenure,
    instance: DrainInstanceKey,
    change: DrainInstanceChange,
    atMs: number,
  ): Promise<WriteOutcome | 'lost'>;
  /** In the order of their places. */
  instancesOf(id: DrainId): Promise<readonly DrainInstanceRecord[]>;
  /**
   * Ends the open drain of a host that failed, whatever its state, as part of a recovery: its
   * maintenance is lifted, and every instance without an answer is left to the incident.
   */
  endOfFailedHost(
    tenure: Tenure,
    host: HostName,
    incident: IncidentId,
    atMs: number,
  ): Promise<WriteOutcome>;
}
