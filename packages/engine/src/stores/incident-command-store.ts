/**
 * Port: what people do with incidents from outside of their workflow: look through them, take note
 * of one, and have one tried again. Each change is one transaction and a compare-and-swap; none
 * needs a tenure, because it is refused while a workflow could meet it.
 */
import type { IncidentState } from '@medevac/core';
import type {
  HostName,
  IncidentId,
  InstanceUuid,
  NotificationUuid,
  SegmentUuid,
} from '@medevac/kernel';
import type {
  Acknowledgement,
  Asked,
  ChosenMethod,
  IncidentRecord,
  NewEvidence,
  NewIncidentEvent,
} from './incident-store.ts';
import type { Page } from './list-query.ts';

export interface IncidentFilter {
  readonly state: IncidentState;
  readonly hostName: HostName;
  readonly segmentUuid: SegmentUuid;
  readonly isOpen: boolean;
  readonly isAcknowledged: boolean;
}

export interface IncidentQuery {
  /** Absent fields do not filter. */
  readonly filter: Partial<IncidentFilter>;
  readonly limit: number;
  /** Only incidents older than this one. */
  readonly marker?: IncidentId;
}

export interface Reopening {
  /** How often it had been opened again when that was decided. */
  readonly retries: number;
  readonly reason: string;
  /** The word of the person who asked: a report that the host is down, newer than all others. */
  readonly evidence: NewEvidence;
  readonly atMs: number;
  /** Only this one is pending again; the others keep their answers. */
  readonly instance?: InstanceUuid;
}

export interface IncidentCommandStore {
  /** The newest first. */
  list(query: IncidentQuery): Promise<Page<IncidentRecord>>;
  /** The first acknowledgement stays. Answers the incident as it is then. */
  acknowledge(
    id: IncidentId,
    acknowledgement: Acknowledgement,
  ): Promise<IncidentRecord | undefined>;
  /** Leaves word that an open incident be tried again now. `false`: it is not open. */
  askRetry(id: IncidentId, atMs: number): Promise<boolean>;
  /**
   * Makes one instance of an open incident pending again that was tried and failed. `false`: it is
   * not so, or the incident is not open.
   */
  retryInstance(id: IncidentId, instance: InstanceUuid, told: NewIncidentEvent): Promise<boolean>;
  /** Pauses an open incident. `false`: it is not open, or is paused already. */
  pause(id: IncidentId, asked: Asked, told: NewIncidentEvent): Promise<boolean>;
  /** Ends a pause, also of an incident that has ended. `false`: it is not paused. */
  resume(id: IncidentId, told: NewIncidentEvent): Promise<boolean>;
  /** Chooses the recovery method of an open incident. `false`: it is not open. */
  chooseMethod(id: IncidentId, chosen: ChosenMethod, told: NewIncidentEvent): Promise<boolean>;
  /**
   * Opens a final incident again, in `suspected` and without its acknowledgement: its instances
   * that were tried and failed are pending, its notifications follow, the evidence is added. An
   * instance that the plan refused stays refused; a pause and a chosen method stand. `host-busy`:
   * another incident of the host is open. `returned`: the host is on its way back to service, or
   * has come back. `lost`: it is not as it was when this was decided.
   */
  reopen(
    id: IncidentId,
    reopening: Reopening,
  ): Promise<'reopened' | 'host-busy' | 'returned' | 'lost'>;
  /**
   * Keeps a copy of a notification that was refused as its duplicate: as evidence of the open
   * incident of the host, or beside the notification until that has opened or joined one.
   * `dropped`: there is no incident and none will come of it.
   */
  keepCopy(
    host: HostName,
    of: NotificationUuid,
    evidence: NewEvidence,
  ): Promise<'added' | 'kept' | 'dropped'>;
}
