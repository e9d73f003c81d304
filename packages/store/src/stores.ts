/** All store ports together, as the program hands them to the rooms that use them. */
import type {
  DrainStore,
  HistoryStore,
  IncidentCommandStore,
  IncidentStore,
  InstanceLockStore,
  NotificationStore,
  RepairStore,
  ReservationStore,
  ReturnStore,
  RuleStore,
  SegmentStore,
  VmoveStore,
} from '@medevac/engine';
import type { JournalStore, LeaseStore } from '@medevac/workflow';

export interface Stores {
  readonly leases: LeaseStore;
  readonly journal: JournalStore;
  readonly segments: SegmentStore;
  readonly notifications: NotificationStore;
  readonly incidents: IncidentStore;
  readonly incidentCommands: IncidentCommandStore;
  readonly vmoves: VmoveStore;
  readonly instanceLocks: InstanceLockStore;
  readonly returns: ReturnStore;
  readonly drains: DrainStore;
  readonly reservations: ReservationStore;
  readonly repairs: RepairStore;
  readonly rules: RuleStore;
  readonly history: HistoryStore;
}
