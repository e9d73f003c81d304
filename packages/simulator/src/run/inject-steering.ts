/**
 * Operators at the recoveries of the product as faults: they pause one and let it go on, choose
 * another method for what is left, and have it tried again. A pause that stays is ended by whoever
 * looks through the cloud after all faults.
 */
import type { Clock, HostName } from '@medevac/kernel';
import type { ConfirmAnswer, IncidentOrder } from '../callers/confirm-off.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fault } from './faults.ts';

export interface SteeringTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  steer(host: HostName, order: IncidentOrder): Promise<ConfirmAnswer['kind']>;
}

const METHODS = ['auto', 'reserved_host', 'rh_priority', 'auto_priority'];
/** The report may be on its way yet. */
const TRIES = 15;
const AGAIN_MS = 2_000;

export async function steerRecovery(
  target: SteeringTarget,
  fault: Fault,
  host: HostName,
): Promise<void> {
  const { clock } = target;
  if (fault.how.startsWith('pause')) {
    const answer = await steerOpen(target, host, { command: 'pause', body: {} });
    if (fault.how === 'pause-stays' || answer === 'no-incident') return;
    await clock.sleep(fault.forMs);
    await target.steer(host, { command: 'resume', body: {} });
    return;
  }
  const order = orderOf(target, fault, host);
  if (order !== undefined) await steerOpen(target, host, order);
}

function orderOf(
  { cloud }: SteeringTarget,
  { amount, how }: Fault,
  host: HostName,
): IncidentOrder | undefined {
  if (how === 'method') {
    const method = METHODS[Math.floor(amount * METHODS.length)] ?? 'auto';
    return { command: 'method', body: { method } };
  }
  if (how === 'retry') return { command: 'retry', body: {} };
  const instances = cloud.instances(host);
  const one = instances[Math.floor(amount * instances.length)];
  return one && { command: 'retry', body: { instance_uuid: one.server.uuid } };
}

async function steerOpen(
  target: SteeringTarget,
  host: HostName,
  order: IncidentOrder,
): Promise<ConfirmAnswer['kind']> {
  for (let attempt = 1; ; attempt++) {
    const answer = await target.steer(host, order);
    if (answer !== 'no-incident' || attempt === TRIES) return answer;
    await target.clock.sleep(AGAIN_MS);
  }
}
