/**
 * Notices that a recovered host reports to Nova again and begins its return. Level-triggered: every
 * turn compares what is stored with what Nova shows, so nothing is missed while no replica ran.
 */
import { type Clock, LIMITS, nextRetryDelayMs, type Random } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EngineStores } from '../ports.ts';
import { type ReturnRecord, ReturnState } from '../stores/return-store.ts';
import { HOST_RETURN, hostReturnRunId } from './host-return.ts';

export interface ReturnParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly stores: Pick<EngineStores, 'returns' | 'incidents'>;
  readonly watch: NovaWatch;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

/** A host that was not ready is asked again less and less often. */
const AGAIN = { maxAttempts: 1_000_000, firstDelayMs: 5_000, maxDelayMs: 300_000, factor: 2 };

export async function beginReturns(parts: ReturnParts): Promise<void> {
  const { clock, stores, watch } = parts;
  for (const record of await stores.returns.listOpen(LIMITS.runsPerReplica)) {
    if (record.state === ReturnState.clearing) {
      await submit(parts, record);
      continue;
    }
    const view = watch.view(record.hostName);
    const hasReported = view?.kind === 'seen' && view.updatedAt !== record.silentStamp;
    if (!hasReported || !isDue(parts, record)) continue;
    if ((await stores.incidents.findOpen(record.hostName)) !== undefined) continue;
    if (!(await stores.returns.begin(record.incidentId, clock.wallMs()))) continue;
    const begun = await stores.returns.read(record.incidentId);
    if (begun !== undefined) await submit(parts, begun);
  }
}

async function submit(parts: ReturnParts, record: ReturnRecord): Promise<void> {
  await parts.runner.submit({
    id: hostReturnRunId(record),
    workflow: HOST_RETURN,
    input: record.incidentId,
  });
}

function isDue(parts: ReturnParts, record: ReturnRecord): boolean {
  if (record.tries === 0) return true;
  const pauseMs = nextRetryDelayMs(AGAIN, Math.min(record.tries, 20), parts.random) ?? 0;
  return parts.clock.wallMs() - record.updatedAtMs >= pauseMs;
}
