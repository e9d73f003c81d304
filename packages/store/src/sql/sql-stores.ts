/** The SQL stores over one database, whatever its kind. */
import type { Stores } from '../stores.ts';
import type { SqlDatabase } from './sql-database.ts';
import { SqlDrainStore } from './sql-drain-store.ts';
import { SqlHistoryStore } from './sql-history-store.ts';
import { SqlIncidentCommandStore } from './sql-incident-command-store.ts';
import { SqlIncidentStore } from './sql-incident-store.ts';
import { SqlInstanceLockStore } from './sql-instance-lock-store.ts';
import { SqlJournalStore } from './sql-journal-store.ts';
import { SqlLeaseStore } from './sql-lease-store.ts';
import { SqlNotificationStore } from './sql-notification-store.ts';
import { SqlRepairStore } from './sql-repair-store.ts';
import { SqlReservationStore } from './sql-reservation-store.ts';
import { SqlReturnStore } from './sql-return-store.ts';
import { SqlRuleStore } from './sql-rule-store.ts';
import { SqlSegmentStore } from './sql-segment-store.ts';
import { SqlVmoveStore } from './sql-vmove-store.ts';

export const sqlStores = (database: SqlDatabase): Stores => ({
  leases: new SqlLeaseStore(database),
  journal: new SqlJournalStore(database),
  segments: new SqlSegmentStore(database),
  notifications: new SqlNotificationStore(database),
  incidents: new SqlIncidentStore(database),
  incidentCommands: new SqlIncidentCommandStore(database),
  vmoves: new SqlVmoveStore(database),
  instanceLocks: new SqlInstanceLockStore(database),
  returns: new SqlReturnStore(database),
  drains: new SqlDrainStore(database),
  reservations: new SqlReservationStore(database),
  repairs: new SqlRepairStore(database),
  rules: new SqlRuleStore(database),
  history: new SqlHistoryStore(database),
});
