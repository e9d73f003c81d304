/** Every migration, in order. */
import { initial } from './0001-initial.ts';
import { incidentCommands } from './0002-incident-commands.ts';
import { reservations } from './0003-reservations.ts';
import { repairs } from './0004-repairs.ts';
import { maintenanceOrigin } from './0005-maintenance-origin.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  initial,
  incidentCommands,
  reservations,
  repairs,
  maintenanceOrigin,
];
