/** All store ports together, as the program hands them to the rooms that use them. */
import type {
  HistoryStore,
  IncidentCommandStore,
  IncidentStore,
  NotificationStore,
  RepairStore,
  ReservationStore,
  ReturnStore,
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
  readonly returns: ReturnStore;
  readonly reservations: ReservationStore;
  readonly repairs: RepairStore;
  readonly history: HistoryStore;
}
