/**
 * Whether Placement knows a host with room for an instance that is to be moved: where it knows
 * none, Nova is not asked for what must fail. Placement counts a disabled host like any other, so
 * it is compared with Nova's services. Where it cannot tell, Nova is asked as if there were room.
 */
import { fitRecovery, needsOf } from '@medevac/core';
import { type HostName, LIMITS, messageOf, throwIfAborted } from '@medevac/kernel';
import type { Call, Server } from '@medevac/openstack';
import { usableHosts } from '../recovery/usable-hosts.ts';
import type { DrainParts } from './drain-run.ts';

export async function lackOfRoom(
  { ports, watch }: Pick<DrainParts, 'ports' | 'watch'>,
  source: HostName,
  server: Server,
  call: Call,
): Promise<string | undefined> {
  const { flavor, imageUuid, uuid } = server;
  const needs = needsOf({ ...flavor, bootsFromVolume: imageUuid === null });
  const least = {
    VCPU: Math.max(1, needs.resources['VCPU'] ?? 0),
    MEMORY_MB: Math.max(1, needs.resources['MEMORY_MB'] ?? 0),
  };
  const bounded = { ...call, deadlineMs: Math.min(call.deadlineMs, LIMITS.surroundingsMs) };
  try {
    const providers = await ports.capacity.listCapacity(least, bounded);
    const hosts = usableHosts({ providers, services: watch.views(), failedHost: source });
    if (hosts === undefined) return undefined;
    const instances = [{ uuid, ...needs, isSent: false }];
    const fit = fitRecovery({ instances, hosts, groups: [] }).get(uuid);
    return fit?.kind === 'no-room' ? `waits for room: ${fit.reason}` : undefined;
  } catch (error) {
    if (call.signal !== undefined) throwIfAborted(call.signal);
    ports.log.warn('drain.room_unknown', { host: source, error: messageOf(error) });
    return undefined;
  }
}
