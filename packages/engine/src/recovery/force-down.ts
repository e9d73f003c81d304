/**
 * Step 6: the one PUT that forces the service down and disables it. Observes: the service. Changes:
 * `forced_down`, and `status` with our reason where it was enabled. Safe to repeat: what stands in
 * Nova already is not written again, and a host that reported meanwhile is left alone.
 */
import { Guard } from '@medevac/core';
import { OperationalError } from '@medevac/kernel';
import type { ComputeService } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { silenceNeededMs } from './await-verdict.ts';
import {
  type DeadHost,
  disabledReasonOf,
  keepSignOfLife,
  type Recovery,
  readService,
} from './context.ts';
import type { HeldOff } from './held-off.ts';
import { checkConfirmation, checkOperatorsWord, type LivingCheck, living } from './living-check.ts';
import { reportPowerOff } from './power-check.ts';
import { TimelineStep } from './recorder.ts';
import type { HeldPhase } from './refence.ts';

export type ForceDownResult =
  /** `stamp`: Nova's stamp of our write. */
  | { readonly kind: 'down'; readonly stamp: string | null }
  /** `ourWrite`: stamp under which our force-down stands in Nova all the same: to be undone. */
  | { readonly kind: 'contradicted'; readonly reason: string; readonly ourWrite: string | null };

const CALL_MS = 20_000;

export async function forceDown(
  recovery: Recovery,
  dead: DeadHost,
  heldOff: HeldOff,
  attempt: Attempt,
): Promise<ForceDownResult> {
  const host = recovery.incident.hostName;
  if (recovery.recorder.isHeld) {
    // An earlier try was contradicted and broke off behind that: a new round finds out.
    return await contradicted(recovery, dead, `${host} was held before it was forced down`);
  }
  const off = await heldOff.hold(phaseOf(recovery, dead, heldOff), attempt.signal);
  if (off.kind === 'contradicted') {
    return await contradicted(recovery, dead, off.reason, off.guard);
  }
  const view = await readService(recovery);
  if (view?.uuid !== dead.serviceUuid) {
    return await stopLiving(recovery, dead, `${host} has registered anew in Nova`);
  }
  const isMoved = view.updatedAt !== dead.stamp;
  if (dead.wasForcedDown && !dead.wasEnabled) {
    if (isMoved) return await stopLiving(recovery, dead, `${host} has reported to Nova`);
    return { kind: 'down', stamp: view.updatedAt };
  }
  if (isMoved) {
    if (isOurWrite(recovery, dead, view))
      return await confirmSilence(recovery, dead, view, attempt);
    return await stopLiving(recovery, dead, `${host} has reported to Nova`);
  }
  const outcome = await attempt.effect(() =>
    recovery.ports.nova.changeService(
      dead.serviceUuid,
      {
        forcedDown: true,
        // A service that an operator had disabled keeps the operator's reason.
        ...(dead.wasEnabled
          ? { status: 'disabled' as const, disabledReason: disabledReasonOf(recovery) }
          : {}),
      },
      { deadlineMs: Math.min(attempt.remainingMs(), CALL_MS), signal: attempt.signal },
    ),
  );
  if (outcome.kind === 'changed') {
    await recovery.recorder.note(TimelineStep.forceDown, `Forced ${host} down and disabled it`, 1);
    return { kind: 'down', stamp: outcome.service.updatedAt };
  }
  const why = outcome.kind === 'missing' ? 'the service is gone' : outcome.message;
  throw new OperationalError(ENGINE_ERRORS.refused, `Nova did not force ${host} down: ${why}`);
}

/** Before the force-down the stamp of the verdict counts, or that of our own write. */
function phaseOf(recovery: Recovery, dead: DeadHost, heldOff: HeldOff): HeldPhase {
  const host = recovery.incident.hostName;
  const look = async (): Promise<LivingCheck> => {
    const valid = await checkConfirmation(recovery, heldOff.confirmation);
    return valid.kind === 'contradicted' ? valid : await checkOperatorsWord(recovery);
  };
  const beforeCommand = async (): Promise<LivingCheck> => {
    const view = await readService(recovery);
    const isSilent = view?.uuid === dead.serviceUuid && view.updatedAt === dead.stamp;
    const isWritten = view?.uuid === dead.serviceUuid && isOurWrite(recovery, dead, view);
    if (!isSilent && !isWritten) return await living(recovery, `${host} has reported to Nova`);
    return await look();
  };
  return { backTo: 'planning', look, beforeCommand };
}

/** The service stands as our own write would leave it. */
function isOurWrite(recovery: Recovery, dead: DeadHost, view: ComputeService): boolean {
  if (!view.forcedDown) return false;
  return dead.wasEnabled ? view.disabledReason === disabledReasonOf(recovery) : true;
}

/**
 * After a crash we find the service forced down, but the stamp of that write was lost with the
 * answer. The stamp that stands now is taken only when it does not move for a whole silence.
 */
async function confirmSilence(
  recovery: Recovery,
  dead: DeadHost,
  view: ComputeService,
  attempt: Attempt,
): Promise<ForceDownResult> {
  const host = recovery.incident.hostName;
  for (;;) {
    const missingMs = silenceNeededMs(recovery) - recovery.watch.silentForMs(host);
    if (missingMs <= 0) return { kind: 'down', stamp: view.updatedAt };
    await recovery.ports.clock.sleep(missingMs, attempt.signal);
    // A cell that is down says nothing of the host: then this throws, and is tried again.
    const now = await readService(recovery);
    if (now?.updatedAt !== view.updatedAt) {
      const reason = `${host} has reported to Nova after it was forced down`;
      return await stopLiving(recovery, dead, reason);
    }
  }
}

async function stopLiving(
  recovery: Recovery,
  dead: DeadHost,
  reason: string,
): Promise<ForceDownResult> {
  await keepSignOfLife(recovery, reason);
  return await contradicted(recovery, dead, reason);
}

/** Looks once more: a force-down of ours whose answer was lost is undone when the host returns. */
async function contradicted(
  recovery: Recovery,
  dead: DeadHost,
  reason: string,
  guard: Guard = Guard.contradiction,
): Promise<ForceDownResult> {
  const { recorder } = recovery;
  if (!recorder.isHeld) await recorder.hold({ guard, reason });
  if (guard === Guard.contradiction) await reportPowerOff(recovery);
  // Unseen, it may stand as our write: it is asked for until it is seen, lest nobody undo it.
  const view = await readService(recovery);
  const isOurs = view !== undefined && !dead.wasForcedDown && isOurWrite(recovery, dead, view);
  return { kind: 'contradicted', reason, ourWrite: isOurs ? view.updatedAt : null };
}
