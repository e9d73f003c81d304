/**
 * Port: the way of recovered hosts back to service, one record per recovered incident.
 *
 * | state | meaning | leaves to |
 * | --- | --- | --- |
 * | waiting | the host has not reported since its recovery | clearing, cancelled |
 * | clearing | it reports again; `forced_down` is being cleared | waiting, cleared, cancelled |
 * | cleared | up again, disabled, on maintenance; waits for approval or probation | enabling, cancelled |
 * | enabling | its service is being enabled | cleared, watching, cancelled |
 * | watching | back in service; what was left on it is started, and it is watched | moving_back, returned, cancelled |
 * | moving_back | in service; instances that left it are moved back | returned, cancelled |
 * | returned | it has stayed in service | - |
 * | cancelled | the host failed again, or its return can have no meaning any more | - |
 */
import type { HostName, HostUuid, IncidentId, ServiceUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Page } from './list-query.ts';

export const ReturnState = {
  waiting: 'waiting',
  clearing: 'clearing',
  cleared: 'cleared',
  enabling: 'enabling',
  watching: 'watching',
  movingBack: 'moving_back',
  returned: 'returned',
  cancelled: 'cancelled',
} as const;
export type ReturnState = (typeof ReturnState)[keyof typeof ReturnState];

/** States that a run of ours takes a return out of. */
export type BeginningState = 'waiting' | 'cleared';

export interface ReturnQuery {
  /** Absent fields do not filter. */
  readonly filter: { readonly hostName?: HostName; readonly isOpen?: boolean };
  readonly limit: number;
  /** Only returns that were opened before that of this incident. */
  readonly marker?: IncidentId;
}

export interface NewReturn {
  readonly incidentId: IncidentId;
  readonly hostUuid: HostUuid;
  readonly hostName: HostName;
  readonly serviceUuid: ServiceUuid;
  /**
   * Nova's `updated_at` of the service after our last write: a later one is a report of the host.
   */
  readonly silentStamp: string;
  /** Whether the service was enabled before the incident; only then may it be enabled again. */
  readonly wasEnabled: boolean;
  readonly createdAtMs: number;
}

export interface ReturnRecord extends NewReturn {
  readonly state: ReturnState;
  readonly message: string | null;
  /** How often clearing or enabling was begun; names the run of each try. */
  readonly tries: number;
  readonly updatedAtMs: number;
}

/** One line of what was done for a host that is back in service. */
export interface ReturnEvent {
  readonly message: string;
  readonly failed: boolean;
  readonly atMs: number;
}

export interface ReturnMove {
  readonly from: ReturnState;
  readonly to: ReturnState;
  readonly message: string | null;
  readonly atMs: number;
  /** Replaces the stamp behind which the host is silent; the old one stays when it is absent. */
  readonly silentStamp?: string;
}

export interface ReturnStore {
  /**
   * Opens a return in `waiting`. Idempotent per incident; older open returns of the host are
   * cancelled.
   */
  open(tenure: Tenure, record: NewReturn): Promise<WriteOutcome>;
  read(incident: IncidentId): Promise<ReturnRecord | undefined>;
  /** Returns that have not ended, oldest first. */
  listOpen(limit: number): Promise<readonly ReturnRecord[]>;
  /** The newest first. */
  list(query: ReturnQuery): Promise<Page<ReturnRecord>>;
  /** How often the host was recovered at or after `sinceMs`: returns that were opened. */
  countOfHost(host: HostName, sinceMs: number): Promise<number>;
  /**
   * `waiting` to `clearing`, `cleared` to `enabling`, with one more try counted; anybody may begin.
   * `false`: it is not in `from`, or an incident of the host is open.
   */
  begin(incident: IncidentId, from: BeginningState, atMs: number): Promise<boolean>;
  /** Compare-and-swap on the state under the tenure of the return's run. */
  move(tenure: Tenure, incident: IncidentId, move: ReturnMove): Promise<WriteOutcome | 'lost'>;
  /** Adds a line; the oldest beyond the limit are dropped. */
  addEvent(tenure: Tenure, incident: IncidentId, event: ReturnEvent): Promise<WriteOutcome>;
  /** Oldest first. */
  readEvents(incident: IncidentId): Promise<readonly ReturnEvent[]>;
}
