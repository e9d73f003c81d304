/** The parts of Placement that a host recovery needs. */
import type { InstanceUuid } from '@medevac/kernel';
import type { Call } from '../call.ts';

export interface Placement {
  /**
   * Names of the resource providers that hold allocations of the instance. During an evacuation
   * both source and destination do; a provider that is no compute node appears under its own name.
   */
  allocatedProviders(uuid: InstanceUuid, call: Call): Promise<readonly string[]>;
}

/** Resource classes with amounts in Placement's units: `VCPU` 1, `MEMORY_MB` MiB, `DISK_GB` GiB. */
export type Resources = Readonly<Record<string, number>>;

export interface ProviderCapacity {
  /** A compute node's name is Nova's `hypervisor_hostname`. */
  readonly name: string;
  /** Its root in a tree of providers: itself, or the compute node to which a device belongs. */
  readonly root: string;
  /** What can still be allocated, reserved shares and overcommit counted in. */
  readonly free: Resources;
  readonly traits: readonly string[];
}

export interface Capacity {
  /**
   * Every provider of a tree that could take `least` now, the shared ones among them. One that has
   * less free is left out, whatever else it has.
   */
  listCapacity(least: Resources, call: Call): Promise<readonly ProviderCapacity[]>;
}
