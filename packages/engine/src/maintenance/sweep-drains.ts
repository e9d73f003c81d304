/**
 * Makes sure that every drain that is worked on has a run, and notices hosts that somebody has
 * taken back to service by hand: their drain ends, and with it the maintenance that is ours.
 * Level-triggered: every turn of every replica compares what is stored with what Nova shows.
 */
import { type Clock, LIMITS } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EngineStores } from '../ports.ts';
import { type DrainRecord, DrainState } from '../stores/drain-store.ts';
import { DRAIN, drainRunId, UNDRAIN, undrainRunId } from './run-id.ts';

export interface SweepParts {
  readonly clock: Clock;
  readonly stores: Pick<EngineStores, 'drains'>;
  readonly watch: Pick<NovaWatch, 'refresh' | 'view'>;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

export async function sweepDrains(parts: SweepParts): Promise<void> {
  const { runner, stores } = parts;
  for (const drain of await stores.drains.listOpen(LIMITS.runsPerReplica)) {
    switch (drain.state) {
      case DrainState.draining:
      case DrainState.cancelling:
        await runner.submit({ id: drainRunId(drain.id), workflow: DRAIN, input: drain.id });
        break;
      case DrainState.undraining:
        await runner.submit({ id: undrainRunId(drain), workflow: UNDRAIN, input: drain.id });
        break;
      case DrainState.drained:
        await noticeTakenBack(parts, drain);
        break;
      default:
        // Ended since the list was read.
        break;
    }
  }
}

async function noticeTakenBack(parts: SweepParts, { id, hostName }: DrainRecord): Promise<void> {
  const { clock, stores, watch } = parts;
  const isEnabled = (view: ReturnType<typeof watch.view>): boolean =>
    view?.kind === 'seen' && view.status === 'enabled';
  if (!isEnabled(watch.view(hostName))) return;
  // What the watch keeps may be older than the disabling.
  if (!isEnabled(await watch.refresh(hostName))) return;
  const message = `somebody has enabled ${hostName} in Nova`;
  await stores.drains.askUndrain(id, message, clock.wallMs());
}
