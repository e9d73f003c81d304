/**
 * Everything through which the engine reaches the world. The cli wires it, the simulator replaces
 * it.
 */
import type { FencingPlan } from '@medevac/core';
import type { FenceDevice, FencingHistory, ProofSource } from '@medevac/fencing';
import type { Clock, HostName, Log, Random, ReplicaId } from '@medevac/kernel';
import type {
  Aggregates,
  Capacity,
  Images,
  InstanceActions,
  Nova,
  Placement,
  ServerGroups,
} from '@medevac/openstack';
import type { Hook } from './hooks/hook.ts';
import type { DrainStore } from './stores/drain-store.ts';
import type { HistoryStore } from './stores/history-store.ts';
import type { IncidentStore } from './stores/incident-store.ts';
import type { InstanceLockStore } from './stores/instance-lock-store.ts';
import type { NotificationStore } from './stores/notification-store.ts';
import type { RepairStore } from './stores/repair-store.ts';
import type { ReservationStore } from './stores/reservation-store.ts';
import type { ReturnStore } from './stores/return-store.ts';
import type { RuleStore } from './stores/rule-store.ts';
import type { SegmentStore } from './stores/segment-store.ts';
import type { VmoveStore } from './stores/vmove-store.ts';

export interface EngineStores {
  readonly segments: SegmentStore;
  readonly notifications: NotificationStore;
  readonly incidents: IncidentStore;
  readonly vmoves: VmoveStore;
  readonly instanceLocks: InstanceLockStore;
  readonly returns: ReturnStore;
  readonly drains: DrainStore;
  readonly reservations: ReservationStore;
  readonly repairs: RepairStore;
  readonly rules: RuleStore;
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
  /** What operators have run at named points, in their order. */
  readonly hooks: readonly Hook[];
  /** By name, each of which is unique; empty: nothing can be switched off. */
  readonly fenceDevices: readonly FenceDevice[];
  /** In which levels they are tried for a host; one by one in their order unless given. */
  readonly fencingPlanOf?: (host: HostName) => FencingPlan;
  /** Fencers beside us, whose successes count as confirmations; none unless given. */
  readonly fencingHistories?: readonly FencingHistory[];
  /** What looks at the elements of proof sets; none unless given. */
  readonly proofSources?: readonly ProofSource[];
}
