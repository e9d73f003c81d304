/**
 * Armed hardware watchdogs: a host whose kernel stands still, or that cannot reach the management
 * network, for longer than the watchdog allows is reset by it. Its memory is lost with its guests,
 * and its kernel is not started again.
 */
import type { Clock, HostName } from '@medevac/kernel';
import type { SimulatedCloud } from './simulated-cloud.ts';

export const WATCHDOG_MS = 60_000;
const LOOK_MS = 1_000;

/** Watches until the answered function is called. */
export function armWatchdogs(clock: Clock, cloud: SimulatedCloud): () => void {
  const unfedSinceMs = new Map<HostName, number>();
  return clock.every(LOOK_MS, () => {
    for (const { cutOff, kernel, name, power } of cloud.hosts()) {
      const isFed = kernel === 'running' && !cutOff.includes('management');
      if (power === 'off' || kernel === 'crashed' || isFed) {
        unfedSinceMs.delete(name);
        continue;
      }
      const sinceMs = unfedSinceMs.get(name) ?? clock.monotonicMs();
      unfedSinceMs.set(name, sinceMs);
      if (clock.monotonicMs() - sinceMs >= WATCHDOG_MS) cloud.crash(name);
    }
  });
}
