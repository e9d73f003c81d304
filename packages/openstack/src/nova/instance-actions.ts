/**
 * What Nova does to one instance on request, beside the evacuation. Each call is sent once and at
 * once, or not at all. `accepted` says that the work has begun: observe the instance to see how it
 * ends.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Call } from '../call.ts';
import type { ActionOutcome } from './nova.ts';

/** `rejected`: refused for another reason than its state, for instance for want of a host. */
export type RejectableOutcome =
  | ActionOutcome
  | { readonly kind: 'rejected'; readonly message: string };

/** One thing that was asked of Nova for an instance, as its own record tells. */
export interface ActionRecord {
  /** `stop`, `start`, `reboot`, `create`, or what Nova adds. */
  readonly action: string;
  readonly requestId: string;
  /** Who asked; `null` when Nova did it by itself, because it found the guest gone. */
  readonly userId: string | null;
}

export interface InstanceActions {
  /** Newest first; empty when Nova has the instance no more. */
  listActions(uuid: InstanceUuid, call: Call): Promise<readonly ActionRecord[]>;
  start(uuid: InstanceUuid, call: Call): Promise<ActionOutcome>;
  /** Power off and on again, whatever the guest says; from most states, `error` included. */
  hardReboot(uuid: InstanceUuid, call: Call): Promise<ActionOutcome>;
  pause(uuid: InstanceUuid, call: Call): Promise<ActionOutcome>;
  suspend(uuid: InstanceUuid, call: Call): Promise<ActionOutcome>;
  /** Rejected for an instance that boots from a volume. */
  rescue(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome>;
  /**
   * Keeps owners' actions off; administrators' go on. Locking what is locked replaces its reason,
   * so that whoever must not take another one's lock away looks before.
   */
  lock(uuid: InstanceUuid, reason: string, call: Call): Promise<ActionOutcome>;
  unlock(uuid: InstanceUuid, call: Call): Promise<ActionOutcome>;
  /**
   * Cold migration to a host that Nova chooses, from `active` or `stopped` only. Its guest is off
   * before it is moved. It ends in `resized`, to be confirmed. Rejected for want of a host.
   */
  migrate(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome>;
  /** Gives the source of a finished cold migration up; from `resized`, to the state before it. */
  confirmMigration(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome>;
  /** Without a host Nova chooses. Disks are copied when they are not shared. */
  liveMigrate(
    uuid: InstanceUuid,
    host: HostName | undefined,
    call: Call,
  ): Promise<RejectableOutcome>;
}
