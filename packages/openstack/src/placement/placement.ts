/** The part of Placement that a host recovery needs. */
import type { InstanceUuid } from '@medevac/kernel';
import type { Call } from '../call.ts';

export interface Placement {
  /**
   * Names of the resource providers that hold allocations of the instance. During an evacuation
   * both source and destination do; a provider that is no compute node appears under its own name.
   */
  allocatedProviders(uuid: InstanceUuid, call: Call): Promise<readonly string[]>;
}
