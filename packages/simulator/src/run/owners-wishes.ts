/** What owners ask of the order of their instances, drawn without circles. */
import { AFTER_KEY, MOST_PRIORITY, PRIORITY_KEY } from '@medevac/core';
import type { HostName, Random } from '@medevac/kernel';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { BootOptions } from '../world/simulated-host.ts';

const AFTER_SHARE = 0.2;

/** Boots instances on a host; each may name one that was booted there before it. */
export function bootWished(
  cloud: SimulatedCloud,
  random: Random,
  { count, host, options }: { count: number; host: HostName; options: BootOptions },
): void {
  const names: string[] = [];
  for (let number = 0; number < count; number++) {
    const priority = String(Math.floor(random.next() * (MOST_PRIORITY + 1)));
    const isAfter = random.next() < AFTER_SHARE;
    const named = names[Math.floor(random.next() * names.length)];
    const after = isAfter && named !== undefined ? { [AFTER_KEY]: named } : {};
    const metadata = { [PRIORITY_KEY]: priority, ...after };
    const [uuid] = cloud.boot(1, host, { ...options, metadata });
    const name = uuid === undefined ? undefined : cloud.instance(uuid)?.server.name;
    if (name !== undefined) names.push(name);
  }
}
