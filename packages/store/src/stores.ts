/** All store ports together, as the program hands them to the rooms that use them. */
import type {
  HistoryStore,
  IncidentStore,
  NotificationStore,
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
  readonly vmoves: VmoveStore;
  readonly returns: ReturnStore;
  readonly history: HistoryStore;
}
