/** All store ports in memory, for the simulator and for tests of the rooms above. */
import type { Stores } from '../stores.ts';
import { MemoryDrainStore } from './memory-drain-store.ts';
import { MemoryHistoryStore } from './memory-history-store.ts';
import { MemoryIncidentCommandStore } from './memory-incident-command-store.ts';
import { MemoryIncidentStore } from './memory-incident-store.ts';
import { MemoryInstanceLockStore } from './memory-instance-lock-store.ts';
import { MemoryJournalStore } from './memory-journal-store.ts';
import { MemoryLeaseStore } from './memory-lease-store.ts';
import { MemoryNotificationStore } from './memory-notification-store.ts';
import { MemoryRepairStore } from './memory-repair-store.ts';
import { MemoryReservationStore } from './memory-reservation-store.ts';
import { MemoryReturnStore } from './memory-return-store.ts';
import { MemoryRuleStore } from './memory-rule-store.ts';
import { MemorySegmentStore } from './memory-segment-store.ts';
import { MemoryTables } from './memory-tables.ts';
import { MemoryVmoveStore } from './memory-vmove-store.ts';

/** Empty stores over tables of their own. Several replicas of one simulation share one answer. */
export function openMemory(): Stores {
  const tables = new MemoryTables();
  return {
    leases: new MemoryLeaseStore(tables),
    journal: new MemoryJournalStore(tables),
    segments: new MemorySegmentStore(tables),
    notifications: new MemoryNotificationStore(tables),
    incidents: new MemoryIncidentStore(tables),
    incidentCommands: new MemoryIncidentCommandStore(tables),
    vmoves: new MemoryVmoveStore(tables),
    instanceLocks: new MemoryInstanceLockStore(tables),
    returns: new MemoryReturnStore(tables),
    drains: new MemoryDrainStore(tables),
    reservations: new MemoryReservationStore(tables),
    repairs: new MemoryRepairStore(tables),
    rules: new MemoryRuleStore(tables),
    history: new MemoryHistoryStore(tables),
  };
}
