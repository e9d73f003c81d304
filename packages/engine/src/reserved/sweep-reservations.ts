/**
 * Sees to it that every reserved host that is held ends as used or given back. Level-triggered:
 * every turn of every replica looks at what is stored, so nothing is left behind by a crash.
 */
import { type Clock, LIMITS, nextRetryDelayMs, type Random } from '@medevac/kernel';
import type { WorkflowRunner } from '@medevac/workflow';
import type { EngineStores } from '../ports.ts';
import { ReservationState } from '../stores/reservation-store.ts';
import { GIVE_BACK, giveBackRunId } from './give-back.ts';

export interface SweepParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly stores: Pick<EngineStores, 'reservations'>;
  readonly runner: Pick<WorkflowRunner, 'submit'>;
}

/** A host that could not be given back is tried again less and less often. */
const AGAIN = { maxAttempts: 1_000_000, firstDelayMs: 5_000, maxDelayMs: 300_000, factor: 2 };

export async function sweepReservations(parts: SweepParts): Promise<void> {
  const { clock, random, runner, stores } = parts;
  for (const record of await stores.reservations.listOpen(LIMITS.runsPerReplica)) {
    if (record.state === ReservationState.held) {
      // The run of the open incident sees to it; what is released here is submitted next turn.
      await stores.reservations.releaseEnded(record.id, clock.wallMs());
      continue;
    }
    const pauseMs =
      record.tries === 0 ? 0 : (nextRetryDelayMs(AGAIN, Math.min(record.tries, 20), random) ?? 0);
    if (clock.wallMs() - record.updatedAtMs < pauseMs) continue;
    await runner.submit({ id: giveBackRunId(record), workflow: GIVE_BACK, input: record.id });
  }
}
