/**
 * Whether a recovery did what it promises, by the ground truth of the world and not by what
 * Medevac or Nova say of it. Each fault is a sentence; none means that the demo has succeeded.
 */
import type { HostName } from '@medevac/kernel';
import { isBesideOwnEvacuation } from '../world/nova-write.ts';
import type { SimulatedInstance } from '../world/simulated-cloud.ts';
import type { DemoInstance, DemoWorld } from './demo-world.ts';

export function judgeRecovery(world: DemoWorld): readonly string[] {
  const now = new Map(world.cloud.instances().map((one) => [one.server.uuid, one]));
  return [
    ...world.instances.flatMap((before) => faultsOf(before, now.get(before.uuid), world.victim)),
    ...doubleRunFaults(world),
    ...orderFaults(world),
  ];
}

function faultsOf(
  before: DemoInstance,
  now: SimulatedInstance | undefined,
  victim: HostName,
): readonly string[] {
  const { name } = before;
  if (now === undefined) return [`${name} is gone`];
  const places = now.runsOn.join(' and ') || 'nowhere';
  if (before.host !== victim) {
    const isAsBefore = places === before.host && now.starts === 1;
    return isAsBefore ? [] : [`${name} had no part in this, and runs ${on(places)}`];
  }
  if (!before.isProtected) {
    return now.runsOn.length === 0 ? [] : [`${name} was to be left alone, and runs on ${places}`];
  }
  if (now.runsOn.length !== 1 || now.runsOn[0] === victim) return [`${name} runs ${on(places)}`];
  return now.starts === 2 ? [] : [`${name} was started ${now.starts - 1} times, not once`];
}

const on = (places: string): string => (places === 'nowhere' ? places : `on ${places}`);

const doubleRunFaults = ({ cloud, instances }: DemoWorld): readonly string[] =>
  cloud.doubleRuns.map((double) => {
    const name = instances.find((one) => one.uuid === double.instance)?.name ?? double.instance;
    return `${name} ran on ${double.hosts.join(' and ')} at once`;
  });

/**
 * Nova must be told that the host is down before anything is evacuated from it: otherwise it goes
 * on placing new instances there, and a host that comes back starts what runs elsewhere by then.
 */
function orderFaults({ writes, victim }: DemoWorld): readonly string[] {
  const onVictim = writes.filter((write) => write.host === victim);
  const isForceDown = (write: (typeof onVictim)[number]): boolean =>
    write.change?.forcedDown === true && write.change.status === 'disabled';
  const forceDowns = onVictim.filter(isForceDown);
  const isEvacuation = (write: (typeof onVictim)[number]): boolean => write.kind === 'evacuate';
  const early = onVictim.findIndex(isEvacuation);
  const told = onVictim.findIndex(isForceDown);
  return [
    ...(forceDowns.length === 0 ? [`Nova was never told that ${victim} is down`] : []),
    ...(told !== -1 && early !== -1 && early < told
      ? [`instances were evacuated before Nova was told that ${victim} is down`]
      : []),
    ...onVictim
      .filter(isBesideOwnEvacuation)
      .map((write) => `Nova was asked to evacuate ${write.instance} a second time at once`),
  ];
}
