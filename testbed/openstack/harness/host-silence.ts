/** When a crashed host counts as silent, measured the way Medevac itself must measure it. */
import { performance } from 'node:perf_hooks';
import { BED } from './bed.ts';
import type { Nova } from './nova.ts';
import { waitForBed } from './waiting.ts';

/** Resolves once the host's `updated_at` has not moved for one report interval. */
export async function waitUntilSilent(nova: Nova, host: string): Promise<void> {
  let seen = (await nova.service(host)).updated_at;
  let sinceMs = performance.now();
  await waitForBed(
    `${host} is silent in Nova`,
    async () => {
      const { updated_at: now } = await nova.service(host);
      if (now !== seen) sinceMs = performance.now();
      seen = now;
      return performance.now() - sinceMs >= BED.reportIntervalMs;
    },
    { timeoutMs: 30_000 },
  );
}
