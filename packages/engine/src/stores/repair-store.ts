/**
 * Port: repairs, each of which is one failure of one instance or process on a living host. At most
 * one repair of a subject is open; every report of it joins. Changes made by a workflow carry its
 * tenure and are refused as `stale` when its lease has moved on.
 */
import type { NotificationStatus } from '@medevac/core';
import type { HostName, HostUuid, NotificationUuid, RepairId, SegmentUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { NewIncidentEvent } from './incident-store.ts';

export const RepairKind = { instance: 'instance', process: 'process' } as const;
export type RepairKind = (typeof RepairKind)[keyof typeof RepairKind];

export interface NewRepair {
  readonly id: RepairId;
  readonly kind: RepairKind;
  /** The instance's UUID, whatever host it is on; or the process's name on its host. */
  readonly subject: string;
  readonly hostUuid: HostUuid;
  readonly hostName: HostName;
  readonly segmentUuid: SegmentUuid;
  /** What the report that opened it said. */
  readonly payload: Readonly<Record<string, string>>;
  readonly openedAtMs: number;
}

export interface RepairRecord extends NewRepair {
  /** Of its notifications, `running` at first. */
  readonly status: NotificationStatus;
  readonly message: string | null;
  /** Reports that have joined, the first one included. */
  readonly reports: number;
  /** A process that was reported started since the newest report of its failure. */
  readonly startedAtMs: number | null;
  /** How often something was tried, and when it last was. */
  readonly tries: number;
  readonly triedAtMs: number | null;
  readonly updatedAtMs: number;
  /** `null` while it is open. */
  readonly closedAtMs: number | null;
}

export interface RepairChange {
  readonly status: NotificationStatus;
  readonly message: string | null;
  readonly atMs: number;
  /** Given: it is closed, unless more reports than these have joined by now. */
  readonly closesAfterReports?: number;
}

export interface RepairStore {
  /**
   * In one transaction: opens `repair` unless one of its subject is open, ties the undispatched
   * notification to the open one and gives it its status and message. It voids a start that was
   * noted. `already-dispatched`: the notification has a repair or an incident, or is settled.
   */
  openOrJoin(
    repair: NewRepair,
    notification: NotificationUuid,
  ): Promise<
    | { readonly kind: 'opened' | 'joined'; readonly repair: RepairRecord }
    | { readonly kind: 'already-dispatched' }
  >;
  read(id: RepairId): Promise<RepairRecord | undefined>;
  /** The repair that the notification has joined. */
  ofNotification(notification: NotificationUuid): Promise<RepairRecord | undefined>;
  /** Open repairs, oldest first. */
  listOpen(limit: number): Promise<readonly RepairRecord[]>;
  /** Tries of all repairs of the subject whose last one was at or after `sinceMs`. */
  countTries(kind: RepairKind, subject: string, sinceMs: number): Promise<number>;
  /** The process was reported started; nothing happens when no repair of it is open. */
  noteStarted(host: HostUuid, process: string, atMs: number): Promise<void>;
  /** From now on so many tries have been begun; a smaller number changes nothing. */
  noteTry(tenure: Tenure, id: RepairId, tries: number, atMs: number): Promise<WriteOutcome>;
  /**
   * Changes status and message of an open repair and of its notifications. `lost`: it is closed, or
   * was to be closed and another report has joined.
   */
  change(tenure: Tenure, id: RepairId, change: RepairChange): Promise<WriteOutcome | 'lost'>;
  /** Adds a line to its timeline; the oldest beyond the limit are dropped. */
  addEvent(tenure: Tenure, id: RepairId, event: NewIncidentEvent): Promise<WriteOutcome>;
  readEvents(id: RepairId): Promise<readonly NewIncidentEvent[]>;
}
