/**
 * Everything through which the engine reaches the world. The cli wires it, the simulator replaces
 * it.
 */
import type { FenceDevice } from '@medevac/fencing';
import type { Clock, Log, Random, ReplicaId } from '@medevac/kernel';
import type {
  Aggregates,
  Capacity,
  Images,
  InstanceActions,
  Nova,
  Placement,
  ServerGroups,
} from '@medevac/openstack';
import type { HistoryStore } from './stores/history-store.ts';
import type { IncidentStore } from './stores/incident-store.ts';
import type { NotificationStore } from './stores/notification-store.ts';
import type { RepairStore } from './stores/repair-store.ts';
import type { ReservationStore } from './stores/reservation-store.ts';
import type { ReturnStore } from './stores/return-store.ts';
import type { SegmentStore } from './stores/segment-store.ts';
import type { VmoveStore } from './stores/vmove-store.ts';

export interface EngineStores {
  readonly segments: SegmentStore;
  readonly notifications: NotificationStore;
  readonly incidents: IncidentStore;
  readonly vmoves: VmoveStore;
  readonly returns: ReturnStore;
  readonly reservations: ReservationStore;
  readonly repairs: RepairStore;
  readonly history: HistoryStore;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly replica: ReplicaId;
  readonly nova: Nova;
  readonly actions: InstanceActions;
  readonly placement: Placement;
  readonly capacity: Capacity;
  readonly aggregates: Aggregates;
  readonly serverGroups: ServerGroups;
  readonly images: Images;
  readonly stores: EngineStores;
  /** Tried in order until one gives a confirmation; empty: nothing can be fenced. */
  readonly fenceDevices: readonly FenceDevice[];
}
