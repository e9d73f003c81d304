/**
 * The world of the demo: hosts with their instances, one of which is to lose its power. What Nova
 * is told in the course of the recovery is kept, and so is where everything ran before.
 */
import {
  type Clock,
  type HostName,
  type InstanceUuid,
  invariant,
  type Random,
} from '@medevac/kernel';
import type { NovaWrite } from '../world/nova-write.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import { fastClock } from './fast-clock.ts';

/** The world runs this many times as fast as the clock on the wall. */
export const TIMES_AS_FAST = 10;
/** Nova's default, in the world's time. */
const REPORT_MS = 10_000;
/** Report interval of its hosts on the clock on the wall, for the replica's settings. */
export const DEMO_REPORT_MS = REPORT_MS / TIMES_AS_FAST;
/** Hosts start their guests at different paces, as real ones do. */
const SLOWNESS = { least: 0.8, most: 2 } as const;
/** An owner who wants no recovery says so with this metadata of the instance. */
const OPTED_OUT = { HA_Enabled: 'False' };
/** From so many on, the host that fails has one instance whose owner wants no recovery. */
const ENOUGH_FOR_OPT_OUT = 3;

export interface DemoInstance {
  readonly uuid: InstanceUuid;
  readonly name: string;
  /** Where it ran at the beginning. */
  readonly host: HostName;
  /** Its owner wants it to be recovered. */
  readonly isProtected: boolean;
}

export interface DemoWorld {
  readonly cloud: SimulatedCloud;
  readonly hosts: readonly HostName[];
  /** Those of them that are kept in reserve. */
  readonly reserved: readonly HostName[];
  /** The host that fails. */
  readonly victim: HostName;
  readonly instances: readonly DemoInstance[];
  /** Every change that Nova has carried out, the oldest first. */
  readonly writes: readonly NovaWrite[];
}

export interface DemoSize {
  readonly hosts: number;
  readonly instances: number;
}

export interface DemoShape extends DemoSize {
  /** So many of the hosts are kept in reserve: empty and disabled in Nova until one fails. */
  readonly reserved: number;
}

/** How many hosts a recovery method needs in reserve. */
export const reservedHostsOf = (method: string): number =>
  method === 'reserved_host' || method === 'rh_priority' ? 1 : 0;

/** Instances are spread over the hosts in turn; the host that fails is one that has some. */
export function buildDemoWorld(size: DemoShape, clock: Clock, random: Random): DemoWorld {
  const cloud = new SimulatedCloud({
    clock: fastClock(clock, TIMES_AS_FAST),
    random: random.fork('world'),
    hosts: size.hosts,
    reportMs: REPORT_MS,
    // All of one host's instances must fit on the others, however few those are.
    roomPerHost: size.instances,
  });
  const hosts = cloud.hosts().map((host) => host.name);
  const inUse = hosts.slice(0, hosts.length - size.reserved);
  const reserved = hosts.slice(inUse.length);
  const inhabited = inUse.slice(0, size.instances);
  const victim = inhabited[Math.floor(random.fork('victim').next() * inhabited.length)];
  invariant(victim !== undefined, 'a demo has hosts and instances');
  const shares = sharesOf(size.instances, inUse.length);
  const onVictim = shares[hosts.indexOf(victim)] ?? 0;
  const protectedUuids = new Set<InstanceUuid>();
  shares.forEach((count, index) => {
    const host = hosts[index];
    const optedOut = host === victim && onVictim >= ENOUGH_FOR_OPT_OUT ? 1 : 0;
    if (host === undefined) return;
    for (const uuid of cloud.boot(count - optedOut, host)) protectedUuids.add(uuid);
    cloud.boot(optedOut, host, { metadata: OPTED_OUT });
  });
  const pace = random.fork('pace');
  for (const host of hosts) {
    const { least, most } = SLOWNESS;
    cloud.slowDown(host, least + pace.next() * (most - least));
  }
  for (const host of reserved) cloud.operator.disable(host, 'kept in reserve');
  const writes: NovaWrite[] = [];
  cloud.onWrite((write) => void writes.push(write));
  const instances = cloud.instances().map(({ server, runsOn }) => ({
    uuid: server.uuid,
    name: server.name,
    host: onlyHost(runsOn),
    isProtected: protectedUuids.has(server.uuid),
  }));
  return { cloud, hosts, reserved, victim, instances, writes };
}

const sharesOf = (instances: number, hosts: number): readonly number[] =>
  Array.from(
    { length: hosts },
    (_, index) => Math.floor(instances / hosts) + (index < instances % hosts ? 1 : 0),
  );

function onlyHost(hosts: readonly HostName[]): HostName {
  const [host] = hosts;
  invariant(host !== undefined && hosts.length === 1, 'a booted instance runs on one host');
  return host;
}
