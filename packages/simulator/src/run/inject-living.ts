/**
 * Failures on hosts that live: the emulator of a guest dies, or a process does. A monitor of the
 * host itself reports each, as Masakari's do.
 */
import type { Clock, HostName, InstanceUuid } from '@medevac/kernel';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fault } from './faults.ts';

export interface LivingTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  silences(host: HostName): void;
  speaks(host: HostName): void;
  reportInstance(host: HostName, instance: InstanceUuid): Promise<void>;
  reportProcess(host: HostName, process: string): Promise<void>;
}

const TOLD_AFTER_MS = 500;
/** Nova has seen it by then. */
const SEEN_MS = 20_000;
const AGAIN_MS = 45_000;

export async function crashGuest(target: LivingTarget, fault: Fault): Promise<void> {
  await crashOnce(target, fault);
  if (fault.how !== 'twice') return;
  await target.clock.sleep(AGAIN_MS);
  await crashOnce(target, fault);
}

async function crashOnce(target: LivingTarget, fault: Fault): Promise<void> {
  const { clock, cloud } = target;
  const running = cloud.instances().filter((one) => one.runsOn.length > 0);
  const chosen = running[fault.subject % Math.max(1, running.length)];
  const host = chosen?.runsOn[0];
  if (chosen === undefined || host === undefined) return;
  cloud.crashGuest(chosen.server.uuid);
  await clock.sleep(fault.how === 'seen-first' ? SEEN_MS : TOLD_AFTER_MS);
  if (!cloud.isDead(host)) await target.reportInstance(host, chosen.server.uuid);
}

export async function failProcess(
  target: LivingTarget,
  fault: Fault,
  host: HostName,
): Promise<void> {
  const { clock, cloud } = target;
  const isCompute = fault.how === 'compute';
  if (!cloud.host(host).isReporting) return;
  if (isCompute) {
    target.silences(host);
    cloud.stopCompute(host);
  }
  await clock.sleep(TOLD_AFTER_MS);
  await target.reportProcess(host, isCompute ? 'nova-compute' : 'libvirtd');
  await clock.sleep(fault.forMs);
  if (!isCompute) return;
  cloud.restartCompute(host);
  target.speaks(host);
}
