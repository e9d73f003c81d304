/**
 * Makes one fault happen, and takes it back. What silences a living host or reports one is told to
 * the run, because the two together are outside of what `fencing: trusted` can guarantee.
 */
import type { Clock, HostName, Random } from '@medevac/kernel';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import { actAsOwner, editService, evacuateAsOperator, moveInstances } from './actor-faults.ts';
import { type Fault, FaultKind } from './faults.ts';
import type { ActiveFault } from './faulty-ports.ts';
import { type DrainTarget, drainHost } from './inject-drain.ts';
import { actAsPeer, confirmByHand, type FencingTarget, troubleFeed } from './inject-fencing.ts';
import { crashGuest, failProcess, type LivingTarget } from './inject-living.ts';
import { troubleLocks } from './inject-locks.ts';
import { partition, troubleMessages } from './inject-network.ts';
import { losePowerWithBmc, loseRack, troubleBmc } from './inject-power.ts';
import { type SteeringTarget, steerRecovery } from './inject-steering.ts';
import type { ReplicaSet } from './replica-set.ts';
import type { ReportManner } from './reporters.ts';
import { REPORT_MS } from './run-settings.ts';

/** The run as a fault reaches it. */
export interface FaultTarget extends FencingTarget, LivingTarget, DrainTarget, SteeringTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  readonly cloudFaults: Set<ActiveFault>;
  readonly storeFaults: Set<ActiveFault>;
  readonly networkFaults: Set<ActiveFault>;
  /** The instance has been asked for twice on the way to Nova, and not by the product. */
  noteDoubled(instance: string): void;
  randomOf(fault: Fault): Random;
  /** `host` lives and is silent in Nova from now on; until `speaks`. */
  silences(host: HostName): void;
  speaks(host: HostName): void;
  report(host: HostName, manner: ReportManner): Promise<void>;
  keepBack(what: 'maintenance' | 'segment', isKept: boolean, host: HostName): Promise<void>;
  readonly replicas: Pick<ReplicaSet, 'nextCall' | 'kill' | 'dieInRequest' | 'pause' | 'jumpClock'>;
}

const JUMP_MS = 3_600_000;
const FLAP_MS = 45_000;
const FENCE_MS = 3_000;
const TORN_MS = 500;

export async function injectFault(target: FaultTarget, fault: Fault): Promise<void> {
  await ACTS[fault.kind](target, fault, hostOf(target.cloud, fault));
}

type Act = (target: FaultTarget, fault: Fault, host: HostName) => Promise<void> | void;

const ACTS: Readonly<Record<FaultKind, Act>> = {
  crash: loseMachine,
  'power-loss': (target, fault, host) =>
    fault.how === 'with-bmc'
      ? losePowerWithBmc(target, fault, host)
      : loseMachine(target, fault, host),
  hang: freeze,
  pause: freeze,
  partition,
  messages: troubleMessages,
  'rack-loss': loseRack,
  bmc: troubleBmc,
  'switched-on': ({ cloud }, _fault, host) => cloud.powerOn(host),
  'compute-restart': async (target, _fault, host) => {
    target.silences(host);
    target.cloud.restartCompute(host);
    await target.clock.sleep(FLAP_MS);
    target.speaks(host);
  },
  'slow-compute': slowDown,
  'false-report': async (target, fault, host) => {
    const manner = fault.how === 'at-once' || fault.how === 'stranger' ? fault.how : 'once';
    await target.report(host, manner);
    if (fault.how === 'twice') await target.report(host, manner);
  },
  'cell-down': async ({ clock, cloud }, fault, host) => {
    const hosts = fault.how === 'one' ? [host] : [];
    cloud.cellDown(...hosts);
    await clock.sleep(fault.forMs);
    cloud.cellUp(...hosts);
  },
  'no-room': takeRoom,
  'failed-claims': ({ cloud }, fault, host) =>
    cloud.failClaims(host, 1 + Math.round(fault.amount * 3)),
  owner: actAsOwner,
  'operator-moves': moveInstances,
  'operator-evacuates': evacuateAsOperator,
  'service-edited': editService,
  'forced-down-cleared': ({ cloud }, _fault, host) => cloud.setForcedDown(host, false),
  maintenance: async (target, fault, host) => {
    await target.keepBack('maintenance', true, host);
    await target.clock.sleep(fault.forMs);
    await target.keepBack('maintenance', false, host);
  },
  'segment-disabled': async (target, fault, host) => {
    await target.keepBack('segment', true, host);
    await target.clock.sleep(fault.forMs);
    await target.keepBack('segment', false, host);
  },
  nova: (target, fault) => hitCalls(target, fault, target.cloudFaults),
  store: (target, fault) => hitCalls(target, fault, target.storeFaults),
  requests: (target, fault) => hitCalls(target, fault, target.networkFaults),
  'replica-killed': async (target, fault) => {
    if (fault.how === 'before-keeping' || fault.how === 'after-keeping') {
      return target.replicas.dieInRequest(fault.subject, fault.how);
    }
    if (fault.how === 'in-call') await target.replicas.nextCall(fault.subject);
    target.replicas.kill(fault.subject, fault.forMs);
  },
  'replica-paused': async (target, fault) => {
    if (fault.how === 'in-call') await target.replicas.nextCall(fault.subject);
    target.replicas.pause(fault.subject, true);
    await target.clock.sleep(fault.forMs);
    target.replicas.pause(fault.subject, false);
  },
  'guest-crash': (target, fault) => crashGuest(target, fault),
  'peer-fencing': actAsPeer,
  'operator-confirms': confirmByHand,
  feed: troubleFeed,
  'process-failure': failProcess,
  locks: troubleLocks,
  steering: steerRecovery,
  drain: drainHost,
  'clock-jump': (target, fault) =>
    target.replicas.jumpClock(fault.subject, fault.how === 'back' ? -JUMP_MS : JUMP_MS),
};

async function hitCalls(
  target: FaultTarget,
  fault: Fault,
  active: Set<ActiveFault>,
): Promise<void> {
  const one: ActiveFault = {
    how: fault.how,
    share: shareOf(fault),
    random: target.randomOf(fault),
    onDoubled: (instance) => target.noteDoubled(instance),
  };
  if (fault.how === 'failover') await tearConnections(target, one, active);
  active.add(one);
  await target.clock.sleep(fault.forMs);
  active.delete(one);
}

/** A database that fails over first breaks what is under way, and is away for a while then. */
async function tearConnections(
  { clock }: FaultTarget,
  fault: ActiveFault,
  active: Set<ActiveFault>,
): Promise<void> {
  const torn = { ...fault, how: 'torn' };
  active.add(torn);
  await clock.sleep(TORN_MS);
  active.delete(torn);
}

async function takeRoom(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const hosts = fault.how === 'one' ? [host] : cloud.hosts().map((one) => one.name);
  const rooms = new Map(hosts.map((name) => [name, cloud.host(name).room]));
  for (const name of hosts) cloud.setRoom(name, 0);
  await clock.sleep(fault.forMs);
  // Another fault of this kind may have found no room there, and may end after all have ceased.
  for (const [name, room] of rooms) cloud.setRoom(name, Math.max(room, cloud.host(name).room));
}

async function loseMachine(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const lose = (): void =>
    fault.kind === FaultKind.crash ? cloud.crash(host) : cloud.powerOff(host);
  lose();
  if (fault.how === 'stays') return;
  await clock.sleep(fault.forMs);
  cloud.powerOn(host);
  if (fault.how !== 'flaps') return;
  await clock.sleep(FLAP_MS);
  lose();
  await clock.sleep(FLAP_MS);
  cloud.powerOn(host);
}

async function freeze(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  if (cloud.host(host).kernel !== 'running') return;
  target.silences(host);
  cloud.hang(host, fault.kind === FaultKind.hang ? 'hung' : 'paused');
  if (fault.how === 'fenced') {
    await clock.sleep(FENCE_MS);
    cloud.powerOff(host);
    return target.speaks(host);
  }
  if (fault.how === 'reported') await target.report(host, 'once');
  await clock.sleep(fault.forMs);
  cloud.resume(host);
  target.speaks(host);
}

async function slowDown(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const times = 2 + Math.round(fault.amount * 5);
  const isReporting = fault.how === 'reports';
  if (isReporting) target.silences(host);
  cloud.slowDown(host, times, isReporting ? REPORT_MS * 3 : REPORT_MS);
  await clock.sleep(fault.forMs);
  cloud.slowDown(host, 1, REPORT_MS);
  if (isReporting) target.speaks(host);
}

/** In an outage every call fails. */
const shareOf = (fault: Fault): number =>
  fault.how === 'outage' || fault.how === 'failover' ? 1 : fault.amount;

function hostOf(cloud: SimulatedCloud, fault: Fault): HostName {
  const hosts = cloud.hosts();
  const host = hosts[(fault.subject - 1) % hosts.length];
  if (host === undefined) throw new Error('a run has at least one host');
  return host.name;
}
