/** A change that Nova carries out for a client, as those hear of it who judge it. */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { ServiceChange } from '@medevac/openstack';
import type { OpenMigration } from './nova-tables.ts';

export interface NovaWrite {
  readonly atMs: number;
  readonly kind: 'changeService' | 'evacuate' | 'resetState' | 'stop';
  readonly host: HostName | null;
  readonly instance: InstanceUuid | null;
  readonly change: ServiceChange | null;
  /** Migrations of the instance that were open in this moment. */
  readonly beside: readonly OpenMigration[];
}

/** Whether an evacuation that a client began is still under way. */
export const isBesideOwnEvacuation = (write: NovaWrite): boolean =>
  write.beside.some((one) => one.type === 'evacuation' && one.by === 'client' && one.isAlive);
