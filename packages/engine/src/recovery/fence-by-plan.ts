/**
 * Carries out one pass through the fencing plan of the host: what core decides next is tried at the
 * devices, all of one level at once, until the host is confirmed off or no level is left. Observes:
 * the power, before each command. Changes: the power. Safe to repeat: what is off is not switched.
 */
import {
  type Confirmation,
  type FencingEvent,
  type FencingStep,
  nextFencingStep,
} from '@medevac/core';
import type { FenceTarget } from '@medevac/fencing';
import { OperationalError } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { EvidenceRecord } from '../stores/incident-store.ts';
import type { Recovery } from './context.ts';
import type { LivingCheck } from './living-check.ts';
import { deviceOf, fencingPlanOf, readableDevices, readDevices } from './read-power.ts';

export interface FencingOrder {
  readonly recovery: Recovery;
  readonly attempt: Pick<Attempt, 'effect'>;
  /** Ends the pass; it then throws. */
  readonly signal: AbortSignal;
  /** The newest report of the failure. */
  readonly report: EvidenceRecord;
  /** The host's own word, asked for directly before each command. */
  readonly look: () => Promise<LivingCheck>;
}

export type FencingOutcome =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'failed'; readonly reasons: readonly string[] };

/** Throws when the host turns out to live before a command, which is then not given. */
export async function fenceByPlan(order: FencingOrder): Promise<FencingOutcome> {
  const { recovery, signal } = order;
  const { clock } = recovery.ports;
  const plan = fencingPlanOf(recovery);
  const readable = readableDevices(recovery);
  const events: FencingEvent[] = [];
  let level = 0;
  let levelSinceMs = clock.monotonicMs();
  for (;;) {
    const levelSpentMs = clock.monotonicMs() - levelSinceMs;
    const step = nextFencingStep({ plan, readable, events, levelSpentMs });
    if (step.kind === 'confirmed' || step.kind === 'failed') return step;
    if (step.level !== level) {
      level = step.level;
      levelSinceMs = clock.monotonicMs();
    }
    if (step.kind === 'try') events.push(...(await tryDevices(order, step)));
    else {
      const readings = await readDevices(recovery, step.devices, signal);
      events.push({ kind: 'read', level, readings });
    }
  }
}

/** All are awaited before the first trouble is thrown: no command is left behind. */
async function tryDevices(
  order: FencingOrder,
  { devices, level }: Extract<FencingStep, { kind: 'try' }>,
): Promise<readonly FencingEvent[]> {
  const tries = devices.map((device) => tryDevice(order, device, level));
  const settled = await Promise.allSettled(tries);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function tryDevice(
  { attempt, look, recovery, report, signal }: FencingOrder,
  name: string,
  level: number,
): Promise<FencingEvent> {
  const device = deviceOf(recovery, name);
  if (device === undefined) {
    const reason = 'the fencing plan names it, and there is no fence device of this name';
    return { kind: 'failed', level, device: name, reason };
  }
  const target: FenceTarget = {
    host: recovery.incident.hostName,
    incident: recovery.incident.id,
    report: { evidenceId: report.id, by: report.observer },
    // A switch may take long to read: directly before a command the host is looked at once more.
    command: async (act) => {
      const seen = await look();
      if (seen.kind === 'contradicted') {
        throw new OperationalError(ENGINE_ERRORS.notFenced, `not switched off: ${seen.reason}`);
      }
      await attempt.effect(act);
    },
  };
  const outcome = await attempt.effect(() => device.fence(target, signal));
  if (outcome.kind === 'failed') {
    return { kind: 'failed', level, device: name, reason: outcome.reason };
  }
  return { kind: 'confirmed', level, device: name, confirmation: outcome.confirmation };
}

/** What a confirmation rests on, in words. */
export function restOf({ basis, by }: Confirmation): string {
  switch (basis) {
    case 'power_off':
      return `${by}, its power reads off`;
    case 'trusted_report':
      return `trusted-reports, on the word of ${by}`;
    case 'operator':
      return `on the word of ${by}`;
    case 'fenced_event':
      return `fenced by ${by}`;
    case 'proof_set':
      return `proof set ${by}`;
  }
}
