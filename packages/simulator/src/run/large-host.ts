/**
 * The failure of one host with very many instances, carried by one replica of the product on
 * virtual time without any fault: what its plan and its recovery cost. The caller brings the meter,
 * because simulated time says nothing about cost.
 */
import { IncidentState } from '@medevac/core';
import type { IncidentMove } from '@medevac/engine';
import { trustedReports } from '@medevac/fencing';
import {
  type HostName,
  type HostUuid,
  type NotificationUuid,
  type ReplicaId,
  type SegmentUuid,
  seededRandom,
  silentLog,
} from '@medevac/kernel';
import { openMemory, type Stores } from '@medevac/store';
import { VirtualTime } from '../time/virtual-time.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import { ProductReplica } from './product-replica.ts';
import { ReplicaLife } from './replica-life.ts';
import { REPORT_MS, runSettings } from './run-settings.ts';
import { wrappedPort } from './wrapped-port.ts';

export interface LargeHostOptions {
  readonly instances: number;
  /** What has been spent so far, in any unit that grows. */
  readonly meter: () => number;
  /** Called each simulated second. */
  readonly onLook?: () => void;
}

export interface LargeHostCosts {
  /** From the first list of the host's instances to the stored plan. */
  readonly plan: number;
  /** From the report to the last running instance. */
  readonly recovery: number;
}

const HOSTS = 4;
const WARM_UP_MS = 30_000;
const LOOK_MS = 1_000;
const LIMIT_MS = 7_200_000;
const FAILED = 'compute-1' as HostName;
const HOST_UUID = '00000000-0000-4000-8000-000000000101' as HostUuid;
const SEGMENT = '00000000-0000-4000-8000-000000000001' as SegmentUuid;

/** Throws when an instance is not back within two simulated hours. */
export async function recoverLargeHost(options: LargeHostOptions): Promise<LargeHostCosts> {
  const { instances, meter } = options;
  const time = new VirtualTime();
  const random = seededRandom(instances);
  const size = { hosts: HOSTS, roomPerHost: instances, reportMs: REPORT_MS };
  const cloud = new SimulatedCloud({ clock: time, random: random.fork('cloud'), ...size });
  const stores = openMemory();
  const planned = { began: Number.NaN, ended: Number.NaN };
  const incidents = heard(stores.incidents, 'move', {
    before: ([, , move]) => {
      if ((move as IncidentMove).to === IncidentState.planning) planned.began = meter();
    },
  });
  const vmoves = heard(stores.vmoves, 'plan', {
    after: () => {
      planned.ended = meter();
    },
  });
  const life = new ReplicaLife({ offsetMs: 0, rate: 1 });
  // Held by its life and by the clock: nobody else needs it.
  void new ProductReplica({
    ...{ life, clock: time },
    random: random.fork('replica'),
    log: silentLog,
    replica: 'replica-1' as ReplicaId,
    ...{ nova: cloud.nova, placement: cloud.placement, capacity: cloud.placement },
    ...{ aggregates: cloud.aggregates, actions: cloud.actions },
    ...{ serverGroups: cloud.catalogue, images: cloud.catalogue },
    stores: { ...stores, incidents, vmoves },
    hooks: [],
    fenceDevices: [trustedReports],
    settings: runSettings(true),
  });
  await register(stores, time.wallMs());
  cloud.boot(instances, FAILED);
  let back = 0;
  cloud.onEvent(({ text }) => {
    if (text.endsWith(`, from ${FAILED}`)) back += 1;
  });
  cloud.start();
  await time.advance(WARM_UP_MS);
  cloud.crash(FAILED);
  const began = meter();
  await report(stores, time.wallMs());
  const limitMs = time.monotonicMs() + LIMIT_MS;
  while (back < instances && time.monotonicMs() < limitMs) {
    await time.advance(LOOK_MS);
    options.onLook?.();
  }
  const recovery = meter() - began;
  life.kill();
  cloud.stop();
  if (back < instances) throw new Error(`${back} of ${instances} instances are back in time`);
  return { plan: planned.ended - planned.began, recovery };
}

async function register({ segments }: Stores, atMs: number): Promise<void> {
  const segment = { name: 'segment', description: null, serviceType: 'COMPUTE', enabled: true };
  await segments.createSegment(SEGMENT, { ...segment, recoveryMethod: 'auto' }, atMs);
  const host = { name: FAILED, type: 'KVM', controlAttributes: 'SSH' };
  const flags = { reserved: false, onMaintenance: false };
  await segments.createHost(HOST_UUID, SEGMENT, { ...host, ...flags }, atMs);
}

async function report({ notifications }: Stores, atMs: number): Promise<void> {
  const notification = {
    uuid: '00000000-0000-4000-b000-000000000001' as NotificationUuid,
    type: 'COMPUTE_HOST',
    hostUuid: HOST_UUID,
    hostName: FAILED,
    segmentUuid: SEGMENT,
    generatedAtMs: atMs,
    payload: { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' },
    reportedBy: 'monitor',
    createdAtMs: atMs,
  } as const;
  await notifications.create(notification, 0);
}

/** The port, with somebody listening at one of its methods. */
function heard<Port extends object>(
  port: Port,
  method: keyof Port & string,
  listener: {
    readonly before?: (parameters: readonly unknown[]) => void;
    readonly after?: () => void;
  },
): Port {
  return wrappedPort(port, (name, carryOut) => {
    if (name !== method) return carryOut;
    return async (...parameters) => {
      listener.before?.(parameters);
      const answer = await carryOut(...parameters);
      listener.after?.();
      return answer;
    };
  });
}
