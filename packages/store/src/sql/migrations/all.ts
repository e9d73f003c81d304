/** Every migration, in order. */
import { initial } from './0001-initial.ts';
import { incidentCommands } from './0002-incident-commands.ts';
import { reservations } from './0003-reservations.ts';
import { repairs } from './0004-repairs.ts';
import { maintenanceOrigin } from './0005-maintenance-origin.ts';
import { incidentSteering } from './0006-incident-steering.ts';
import { instanceLocks } from './0007-instance-locks.ts';
import { drains } from './0008-drains.ts';
import { rules } from './0009-rules.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  initial,
  incidentCommands,
  reservations,
  repairs,
  maintenanceOrigin,
  incidentSteering,
  instanceLocks,
  drains,
  rules,
];
