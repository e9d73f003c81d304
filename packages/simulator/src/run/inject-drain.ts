/**
 * An operator's planned work as a fault: a host is drained, and then comes back, is called off, or
 * dies in the middle of it; or it is switched off when it is drained, and a monitor reports that.
 */
import type { Clock, HostName } from '@medevac/kernel';
import type { DrainOrder } from '../callers/operator.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fault } from './faults.ts';

export interface DrainTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  drain(host: HostName, order: DrainOrder | 'cancel' | 'undrain'): Promise<void>;
}

/** In the time of a run every drain comes to its end. */
const DEADLINE_SECONDS = 600;
const MOST_PARALLEL = 3;
const BACK_ON_MS = 60_000;

export async function drainHost(target: DrainTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const parallel = 1 + Math.floor(fault.amount * MOST_PARALLEL);
  await target.drain(host, { parallel, deadlineSeconds: DEADLINE_SECONDS });
  await clock.sleep(fault.forMs);
  if (fault.how === 'undrained') await target.drain(host, 'undrain');
  if (fault.how === 'cancelled') await target.drain(host, 'cancel');
  if (fault.how !== 'dies' && fault.how !== 'switched-off') return;
  cloud.powerOff(host);
  if (fault.how === 'dies') return;
  await clock.sleep(BACK_ON_MS);
  cloud.powerOn(host);
  await target.drain(host, 'undrain');
}
