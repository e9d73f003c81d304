/**
 * The last touch on an instance that has arrived: one act that brings it nearer to the state that
 * it had before its host failed. Safe to repeat: each act is for what Nova shows, and does nothing
 * to an instance that is there already.
 */
import type { Restoration } from '@medevac/core';
import { type InstanceUuid, unreachable } from '@medevac/kernel';
import type { Call, RejectableOutcome } from '@medevac/openstack';
import type { EnginePorts } from '../ports.ts';

export function restoreState(
  { nova, actions }: Pick<EnginePorts, 'nova' | 'actions'>,
  by: Exclude<Restoration, 'none'>,
  uuid: InstanceUuid,
  call: Call,
): Promise<RejectableOutcome> {
  switch (by) {
    case 'stop':
      return nova.stop(uuid, call);
    case 'pause':
      return actions.pause(uuid, call);
    case 'suspend':
      return actions.suspend(uuid, call);
    case 'rescue':
      return actions.rescue(uuid, call);
    case 'error':
      return nova.resetState(uuid, 'error', call);
    default:
      return unreachable(by);
  }
}

/** As it is said to people. */
export const RESTORING: Readonly<Record<Exclude<Restoration, 'none'>, string>> = {
  stop: 'stop',
  pause: 'pause',
  suspend: 'suspend',
  rescue: 'rescue',
  error: 'set the state error of',
};
