/**
 * The last look before anything is written to Nova: is the confirmation still valid, and has the
 * host been silent since? Every caller gets an answer that was read after it asked.
 */
import { type Confirmation, Guard, isConfirmationValid, operatorsGuard } from '@medevac/core';
import {
  keepSignOfLife,
  type Recovery,
  readEvidenceOrder,
  readOperatorsWord,
  readService,
} from './context.ts';
import type { DeathCertificate } from './death-certificate.ts';

export type LivingCheck =
  | { readonly kind: 'dead' }
  /** The recovery must stop: `reason` says what contradicts, or what an operator has set. */
  | { readonly kind: 'contradicted'; readonly guard: Guard; readonly reason: string };

/**
 * Checks the host before an evacuate call: it must also still be forced down, and no operator may
 * have set what holds recoveries back.
 */
export async function checkStillDown(
  recovery: Recovery,
  certificate: DeathCertificate,
): Promise<LivingCheck> {
  const host = recovery.incident.hostName;
  const view = await readService(recovery);
  if (view === undefined) {
    return { kind: 'contradicted', guard: Guard.serviceUnknown, reason: `${host} left Nova` };
  }
  if (view.uuid !== certificate.serviceUuid) {
    return living(recovery, `${host} has registered anew in Nova as service ${view.uuid}`);
  }
  if (view.updatedAt !== certificate.stamp) {
    return living(recovery, `the service of ${host} moved in Nova after it was forced down`);
  }
  if (!view.forcedDown) return living(recovery, `somebody cleared forced_down of ${host}`);
  const allowed = await checkOperatorsWord(recovery);
  return allowed.kind === 'dead' ? checkConfirmation(recovery, certificate.confirmation) : allowed;
}

/** Whether an operator has set, since the verdict, what holds recoveries back. */
export async function checkOperatorsWord(recovery: Recovery): Promise<LivingCheck> {
  const host = recovery.incident.hostName;
  const word = await readOperatorsWord(recovery);
  if (word === undefined) return contradicted(`${host} is no longer registered in a segment`);
  const held = operatorsGuard({ host, ...word });
  return held === undefined ? { kind: 'dead' } : { kind: 'contradicted', ...held };
}

/** Checks the evidence alone. */
export async function checkConfirmation(
  recovery: Recovery,
  confirmation: Confirmation,
): Promise<LivingCheck> {
  const { lastSignOfLife } = await readEvidenceOrder(recovery);
  if (isConfirmationValid(confirmation, lastSignOfLife?.id)) return { kind: 'dead' };
  return contradicted(`${recovery.incident.hostName} showed a sign of life after its confirmation`);
}

/** Keeps what was seen as a sign of life, so that only a newer report lets the recovery go on. */
export async function living(recovery: Recovery, reason: string): Promise<Contradicted> {
  await keepSignOfLife(recovery, reason);
  return contradicted(reason);
}

type Contradicted = Extract<LivingCheck, { kind: 'contradicted' }>;

const contradicted = (reason: string): Contradicted => ({
  kind: 'contradicted',
  guard: Guard.contradiction,
  reason,
});
