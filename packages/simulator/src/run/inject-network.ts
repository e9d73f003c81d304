/** Faults of networks: partitions both ways, one way and partial; messages that go wrong. */
import type { HostName } from '@medevac/kernel';
import type { CutWay, Network } from '../world/machine.ts';
import { MessageTrouble } from '../world/message-trouble.ts';
import type { Fault } from './faults.ts';
import type { FaultTarget } from './inject-fault.ts';

interface Cut {
  readonly networks: readonly Network[];
  readonly way: CutWay;
}

const MANAGEMENT: Cut = { networks: ['management'], way: 'both' };

/** Only what the management network says reaches Nova: everything else leaves a host talking. */
const CUTS: Readonly<Record<string, Cut>> = {
  management: MANAGEMENT,
  reported: MANAGEMENT,
  storage: { networks: ['storage'], way: 'both' },
  tenant: { networks: ['tenant'], way: 'both' },
  all: { networks: ['management', 'storage', 'tenant'], way: 'both' },
  deaf: { networks: ['management'], way: 'in' },
  mute: { networks: ['management'], way: 'out' },
  'mute-reported': { networks: ['management'], way: 'out' },
};

export async function partition(target: FaultTarget, fault: Fault, host: HostName): Promise<void> {
  const { clock, cloud } = target;
  const { networks, way } = CUTS[fault.how] ?? MANAGEMENT;
  const isSilent = networks.includes('management') && way !== 'in';
  if (isSilent) target.silences(host);
  for (const network of networks) cloud.partition(host, network, way);
  if (fault.how.endsWith('reported')) await target.report(host, 'once');
  await clock.sleep(fault.forMs);
  for (const network of networks) cloud.heal(host, network);
  if (isSilent) target.speaks(host);
}

export async function troubleMessages(
  target: FaultTarget,
  fault: Fault,
  host: HostName,
): Promise<void> {
  const { clock, cloud } = target;
  const how = Object.values(MessageTrouble).find((one) => one === fault.how) ?? 'late';
  const isSilent = how === 'lost' || how === 'late';
  if (isSilent) target.silences(host);
  cloud.troubleMessages(host, { how, share: fault.amount, random: target.randomOf(fault) });
  await clock.sleep(fault.forMs);
  cloud.troubleMessages(host);
  if (isSilent) target.speaks(host);
}
