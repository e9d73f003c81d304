/**
 * Carries returns from one stage to the next: a recovered host that reports to Nova again begins
 * stage A; one that is cleared and approved, or whose probation is over, begins stage B.
 * Level-triggered: every turn compares what is stored with what Nova shows, so nothing is missed
 * while no replica ran.
 */
import { type Clock, LIMITS, nextRetryDelayMs, type Random, type RunId } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EngineStores } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import { type BeginningState, type ReturnRecord, ReturnState } from '../stores/return-store.ts';
import { HOST_ENABLE, hostEnableRunId } from './host-enable.ts';
import { HOST_RETURN, hostReturnRunId } from './host-return.ts';
import { readTurn } from './read-turn.ts';

export interface ReturnParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly stores: Pick<EngineStores, 'incidents' | 'returns' | 'rules' | 'segments'>;
  readonly settings: Pick<EngineSettings, 'returns'>;
  readonly watch: NovaWatch;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

/** A host that was not ready is asked again less and less often. */
const AGAIN = { maxAttempts: 1_000_000, firstDelayMs: 5_000, maxDelayMs: 300_000, factor: 2 };

export async function beginReturns(parts: ReturnParts): Promise<void> {
  const { clock, stores } = parts;
  for (const record of await stores.returns.listOpen(LIMITS.runsPerReplica)) {
    if (record.state !== ReturnState.waiting && record.state !== ReturnState.cleared) {
      await submit(parts, record);
      continue;
    }
    if (!(await isNext(parts, record))) continue;
    if ((await stores.incidents.findOpen(record.hostName)) !== undefined) continue;
    const from: BeginningState = record.state;
    if (!(await stores.returns.begin(record.incidentId, from, clock.wallMs()))) continue;
    const begun = await stores.returns.read(record.incidentId);
    if (begun !== undefined) await submit(parts, begun);
  }
}

async function isNext(parts: ReturnParts, record: ReturnRecord): Promise<boolean> {
  const view = parts.watch.view(record.hostName);
  if (record.state === ReturnState.waiting) {
    const hasReported = view?.kind === 'seen' && view.updatedAt !== record.silentStamp;
    return hasReported && isDue(parts, record);
  }
  const turn = await readTurn({ ports: parts, settings: parts.settings }, record);
  return turn?.kind !== 'wait' && isDue(parts, record);
}

async function submit(parts: ReturnParts, record: ReturnRecord): Promise<void> {
  const isEarly = record.state === ReturnState.waiting || record.state === ReturnState.clearing;
  const [workflow, id]: [string, RunId] = isEarly
    ? [HOST_RETURN, hostReturnRunId(record)]
    : [HOST_ENABLE, hostEnableRunId(record)];
  await parts.runner.submit({ id, workflow, input: record.incidentId });
}

function isDue(parts: ReturnParts, record: ReturnRecord): boolean {
  if (record.tries === 0) return true;
  const pauseMs = nextRetryDelayMs(AGAIN, Math.min(record.tries, 20), parts.random) ?? 0;
  return parts.clock.wallMs() - record.updatedAtMs >= pauseMs;
}
