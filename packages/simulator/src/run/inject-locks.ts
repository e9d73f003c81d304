/**
 * Owners and operators about locks as faults: they lock, unlock and act on instances while a
 * recovery may have them locked. Instances of hosts that are dead come first: those wait.
 */
import type { Clock } from '@medevac/kernel';
import type { OwnerAction } from '../world/owner-requests.ts';
import type { SimulatedCloud, SimulatedInstance } from '../world/simulated-cloud.ts';
import type { Fault } from './faults.ts';

export interface LockTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
}

/** Between two tries of an impatient owner, each of which Nova may refuse. */
const TRY_MS = 4_000;
const TRIES: readonly OwnerAction[] = ['hard-reboot', 'unlock', 'stop', 'start', 'reboot'];

export async function troubleLocks({ clock, cloud }: LockTarget, fault: Fault): Promise<void> {
  const chosen = chooseInstance(cloud, fault);
  if (chosen === undefined) return;
  const { uuid } = chosen.server;
  if (fault.how === 'owner-locks') cloud.act(uuid, 'lock');
  if (fault.how === 'owner-unlocks') cloud.act(uuid, 'unlock');
  if (fault.how === 'operator-locks') cloud.operator.lock(uuid, 'an audit');
  if (fault.how === 'operator-unlocks') cloud.operator.unlock(uuid);
  if (fault.how !== 'owner-tries') return;
  for (const action of TRIES) {
    cloud.act(uuid, action);
    await clock.sleep(TRY_MS);
  }
}

function chooseInstance(cloud: SimulatedCloud, fault: Fault): SimulatedInstance | undefined {
  const all = cloud.instances();
  const onDead = all.filter(({ server }) => server.host !== null && cloud.isDead(server.host));
  const among = onDead.length > 0 ? onDead : all;
  return among[fault.subject % Math.max(1, among.length)];
}
