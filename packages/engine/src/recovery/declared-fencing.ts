/**
 * The fence devices as the segment of a host is declared: under `trusted` whoever reports counts
 * last, under `required` never. Read when a recovery is taken up; what operators change later holds
 * from then on for the next recovery, and for this one when another replica continues it.
 */
import type { FencingPlan } from '@medevac/core';
import { trustedReports } from '@medevac/fencing';
import type { HostName, SegmentUuid } from '@medevac/kernel';
import type { EnginePorts } from '../ports.ts';

export async function portsForSegment(
  ports: EnginePorts,
  segment: SegmentUuid,
): Promise<EnginePorts> {
  const fencing = (await ports.stores.rules.readSegment(segment))?.fencing ?? null;
  if (fencing === null) return ports;
  const { name } = trustedReports;
  const switching = ports.fenceDevices.filter((one) => one.name !== name);
  const fenceDevices = fencing === 'trusted' ? [...switching, trustedReports] : switching;
  const { fencingPlanOf } = ports;
  if (fencingPlanOf === undefined) return { ...ports, fenceDevices };
  const planOf = (host: HostName): FencingPlan => declaredPlan(fencing, fencingPlanOf(host));
  return { ...ports, fenceDevices, fencingPlanOf: planOf };
}

function declaredPlan(fencing: 'required' | 'trusted', plan: FencingPlan): FencingPlan {
  const { name } = trustedReports;
  const levels = plan.levels
    .map((level) => level.filter((device) => device !== name))
    .filter((level) => level.length > 0);
  return { ...plan, levels: fencing === 'trusted' ? [...levels, [name]] : levels };
}
