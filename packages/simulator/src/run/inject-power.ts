/** Faults of power: of one host, of a rack, of the switches by which hosts are fenced. */
import type { HostName } from '@medevac/kernel';
import { BmcState } from '../world/bmc.ts';
import type { Fault } from './faults.ts';
import type { FaultTarget } from './inject-fault.ts';

/** Hosts of one rack; a large world loses three of them at once. */
const RACK = 2;
const LARGE_WORLD = 6;

/** Hosts that stand side by side lose their power at the same moment, some with their BMCs. */
export async function loseRack(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const all = cloud.hosts().map((one) => one.name);
  const first = all.indexOf(host);
  const size = all.length >= LARGE_WORLD ? RACK + 1 : RACK;
  const rack = Array.from(
    { length: size },
    (_, index) => all[(first + index) % all.length] ?? host,
  );
  for (const name of rack) {
    cloud.powerOff(name);
    if (fault.how === 'with-bmcs') cloud.setBmc(name, BmcState.unreachable);
  }
  if (fault.how === 'stays') return;
  await clock.sleep(fault.forMs);
  // With the power comes the setting "restore after a loss of power".
  for (const name of rack) {
    if (fault.how === 'with-bmcs') cloud.setBmc(name, BmcState.works);
    cloud.powerOn(name);
  }
}

/** The whole machine is without power: nobody can ask its BMC. */
export async function losePowerWithBmc(
  target: FaultTarget,
  fault: Fault,
  host: HostName,
): Promise<void> {
  const { clock, cloud } = target;
  cloud.powerOff(host);
  cloud.setBmc(host, BmcState.unreachable);
  await clock.sleep(fault.forMs);
  cloud.setBmc(host, BmcState.works);
}

export async function troubleBmc(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const state = Object.values(BmcState).find((one) => one === fault.how) ?? BmcState.unreachable;
  cloud.setBmc(host, state);
  await clock.sleep(fault.forMs);
  cloud.setBmc(host, BmcState.works);
}
