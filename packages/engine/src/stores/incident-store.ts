/**
 * Port: incidents with their evidence and timeline. At most one incident per host is open. Changes
 * made by a workflow carry its tenure and are refused as `stale` when its lease has moved on.
 */
import type { IncidentState } from '@medevac/core';
import type {
  HostName,
  HostUuid,
  IncidentId,
  Json,
  NotificationUuid,
  SegmentUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';

export interface NewIncident {
  readonly id: IncidentId;
  readonly hostUuid: HostUuid;
  readonly hostName: HostName;
  readonly segmentUuid: SegmentUuid;
  readonly openedAtMs: number;
}

/** A person has taken note. */
export interface Acknowledgement {
  readonly by: string;
  readonly note: string | null;
  readonly atMs: number;
}

/** What a person has asked for: who, when, and in which words. */
export interface Asked {
  readonly by: string;
  readonly note: string | null;
  readonly atMs: number;
}

/** The recovery method that a person has chosen for what is left of one incident. */
export interface ChosenMethod extends Asked {
  readonly method: string;
}

export interface IncidentRecord extends NewIncident {
  readonly state: IncidentState;
  /** The guard that holds it, while it is held. */
  readonly guard: string | null;
  /** Why it is in this state, in one sentence for people. */
  readonly reason: string | null;
  readonly updatedAtMs: number;
  /** `null` while it is open. */
  readonly closedAtMs: number | null;
  /** How often it was opened again after its end; each time has a run of its own. */
  readonly retries: number;
  /** When somebody last asked that it be tried again now, while it was open. */
  readonly retryAskedAtMs: number | null;
  readonly acknowledged: Acknowledgement | null;
  /** While it stands no effect of the recovery begins; only a resume ends it. */
  readonly paused: Asked | null;
  /** Counts in place of the method of the segment. */
  readonly method: ChosenMethod | null;
}

/**
 * `failure`: somebody says the host failed. `sign_of_life`: somebody saw it run. The others say
 * that its guests are dead: `fenced`, the history of another fencer; `confirmed_off`, a person;
 * `proven`, a proof set of the operator.
 */
export const EvidenceKind = {
  failure: 'failure',
  signOfLife: 'sign_of_life',
  fenced: 'fenced',
  confirmedOff: 'confirmed_off',
  proven: 'proven',
} as const;
export type EvidenceKind = (typeof EvidenceKind)[keyof typeof EvidenceKind];

export interface NewEvidence {
  readonly kind: EvidenceKind;
  /** The kind of source: `notification`, `nova`. */
  readonly source: string;
  /** Who observed: a caller's identity, or our own replica. */
  readonly observer: string;
  readonly content: Json;
  readonly receivedAtMs: number;
}

export interface EvidenceRecord extends NewEvidence {
  /** Grows with every row: the order of receipt, which alone decides what is newer. */
  readonly id: number;
  readonly incidentId: IncidentId;
}

/** One line of the timeline; lines of one step together are its progress. */
export interface NewIncidentEvent {
  readonly step: string;
  readonly message: string;
  /** 0 to 1 within the step. */
  readonly progress: number;
  readonly failed: boolean;
  readonly atMs: number;
}

export interface IncidentEvent extends NewIncidentEvent {
  readonly id: number;
  readonly incidentId: IncidentId;
}

export interface IncidentMove {
  readonly from: IncidentState;
  readonly to: IncidentState;
  readonly guard: string | null;
  readonly reason: string | null;
  readonly atMs: number;
  /** Nothing is moved while an instance has no final answer: a person may have asked for one. */
  readonly onlySettled?: true;
}

export interface IncidentStore {
  /**
   * In one transaction: opens `incident` (state `suspected`) unless one is open for that host, ties
   * the undispatched notification to the open one, gives it the status of that incident's state,
   * and adds the evidence and what was kept of its refused copies. `already-dispatched`: the
   * notification has an incident or is settled.
   */
  openOrJoin(
    incident: NewIncident,
    notification: NotificationUuid,
    evidence: NewEvidence,
  ): Promise<
    | { readonly kind: 'opened' | 'joined'; readonly incident: IncidentRecord }
    | { readonly kind: 'already-dispatched' }
  >;
  read(id: IncidentId): Promise<IncidentRecord | undefined>;
  findOpen(host: HostName): Promise<IncidentRecord | undefined>;
  /** Open incidents, oldest first. */
  listOpen(limit: number): Promise<readonly IncidentRecord[]>;
  /**
   * Compare-and-swap on the state (legal by the table of core, or an invariant is broken). The
   * joined notifications take the status of the new state and the reason as their message, in the
   * same transaction; a final state closes the incident. A move to the present state changes guard
   * and reason alone. `lost`: the state is not `from`. `unsettled`: an instance is open.
   */
  move(
    tenure: Tenure,
    id: IncidentId,
    move: IncidentMove,
  ): Promise<WriteOutcome | 'lost' | 'unsettled'>;
  /**
   * Adds evidence to the open incident of the host. The oldest beyond the limit are dropped, but
   * never the newest of a kind: their order decides what a confirmation is worth.
   */
  addEvidence(host: HostName, evidence: NewEvidence): Promise<'added' | 'no-incident'>;
  /** Evidence in the order of receipt. */
  readEvidence(id: IncidentId): Promise<readonly EvidenceRecord[]>;
  /** Adds a line to the timeline; the oldest beyond the limit are dropped. */
  addEvent(tenure: Tenure, id: IncidentId, event: NewIncidentEvent): Promise<WriteOutcome>;
  readEvents(id: IncidentId): Promise<readonly IncidentEvent[]>;
  /**
   * Sets the host row's maintenance flag as part of a recovery; one that an operator has set stays
   * the operator's.
   */
  setMaintenance(tenure: Tenure, host: HostUuid, atMs: number): Promise<WriteOutcome>;
  /** Takes the flag back that a recovery has set, and no other one. */
  liftMaintenance(tenure: Tenure, host: HostUuid, atMs: number): Promise<WriteOutcome>;
}
