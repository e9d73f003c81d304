/**
 * Port: the way of recovered hosts back to service, one record per recovered incident.
 *
 * | state | meaning | leaves to |
 * | --- | --- | --- |
 * | waiting | the host has not reported since its recovery | clearing, cancelled |
 * | clearing | it reports again; `forced_down` is being cleared | waiting, cleared, cancelled |
 * | cleared | Nova counts it as up again, still disabled and on maintenance | - |
 * | cancelled | the host failed again, or somebody else brought it back | - |
 */
import type { HostName, HostUuid, IncidentId, ServiceUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';

export const ReturnState = {
  waiting: 'waiting',
  clearing: 'clearing',
  cleared: 'cleared',
  cancelled: 'cancelled',
} as const;
export type ReturnState = (typeof ReturnState)[keyof typeof ReturnState];

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
  /** How often clearing was begun; names the run of each try. */
  readonly tries: number;
  readonly updatedAtMs: number;
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
  /** Returns in `waiting` or `clearing`, oldest first. */
  listOpen(limit: number): Promise<readonly ReturnRecord[]>;
  /** `waiting` to `clearing` with one more try counted; anybody may begin. `false`: not waiting. */
  begin(incident: IncidentId, atMs: number): Promise<boolean>;
  /** Compare-and-swap on the state under the tenure of the return's run. */
  move(tenure: Tenure, incident: IncidentId, move: ReturnMove): Promise<WriteOutcome | 'lost'>;
  /** Cancels the open returns of a host that failed again. */
  cancelOfHost(host: HostName, reason: string, atMs: number): Promise<void>;
}
