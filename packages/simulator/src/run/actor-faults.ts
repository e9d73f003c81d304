/**
 * Owners and operators as faults: what they rightly ask of Nova at a bad moment. Operators move
 * instances away while a host dies, evacuate one themselves, and edit the record of its service.
 */
import type { Clock, HostName, InstanceUuid, Random } from '@medevac/kernel';
import type { OwnerAction } from '../world/owner-requests.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fault } from './faults.ts';

/** The run as owners and operators reach it. */
export interface ActorTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  randomOf(fault: Fault): Random;
}

/** A move is through by then: what dies in the middle of it dies within this time. */
const MOVE_MS = 14_000;
/** Between two evacuations of one operator. */
const OPERATOR_PAUSE_MS = 4_000;

const OWNER_ACTIONS: readonly OwnerAction[] = [
  'delete',
  'stop',
  'start',
  'reboot',
  'hard-reboot',
  'rebuild',
  'resize',
];

export function actAsOwner({ cloud }: ActorTarget, fault: Fault): void {
  const instances = cloud.instances();
  const chosen = instances[fault.subject % Math.max(1, instances.length)];
  const action = OWNER_ACTIONS.find((one) => one === fault.how);
  if (chosen !== undefined && action !== undefined) cloud.act(chosen.server.uuid, action);
}

/** Drains the host; `-source-dies` and `-destination-dies` say what happens in the middle of it. */
export async function moveInstances(
  target: ActorTarget,
  fault: Fault,
  host: HostName,
): Promise<void> {
  const { clock, cloud } = target;
  const moved = instancesOn(cloud, host);
  for (const uuid of moved) {
    if (fault.how.startsWith('live')) cloud.operator.liveMigrate(uuid);
    else cloud.operator.coldMigrate(uuid);
  }
  const dying = fault.how.endsWith('source-dies') ? host : destinationOf(cloud, moved);
  if (!fault.how.endsWith('dies') || dying === undefined) return;
  await clock.sleep(Math.round(target.randomOf(fault).next() * MOVE_MS));
  cloud.crash(dying);
}

/** Not before the host is dead: an operator makes sure of it, and Nova refuses otherwise. */
export async function evacuateAsOperator(
  target: ActorTarget,
  fault: Fault,
  host: HostName,
): Promise<void> {
  const { clock, cloud } = target;
  const instances = instancesOn(cloud, host);
  for (const uuid of fault.how === 'all' ? instances : instances.slice(-1)) {
    const { power, kernel } = cloud.host(host);
    if (power === 'on' && kernel !== 'crashed') return;
    cloud.operator.evacuate(uuid);
    await clock.sleep(OPERATOR_PAUSE_MS);
  }
}

export function editService({ cloud }: ActorTarget, fault: Fault, host: HostName): void {
  if (fault.how === 'enable') cloud.operator.enable(host);
  else if (fault.how === 'disable') cloud.operator.disable(host, 'looking at it');
  else cloud.operator.deleteService(host);
}

const instancesOn = (cloud: SimulatedCloud, host: HostName): readonly InstanceUuid[] =>
  cloud
    .instances()
    .filter((one) => one.server.host === host)
    .map((one) => one.server.uuid);

function destinationOf(
  cloud: SimulatedCloud,
  moved: readonly InstanceUuid[],
): HostName | undefined {
  const open = moved.flatMap((uuid) => cloud.openMigrations(uuid));
  return open[0]?.otherHosts[0];
}
